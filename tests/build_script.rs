//! What `--version` names: the commit that was built, after incremental builds too, and whether it was changed.

use std::{fs, path::Path, process::Command};

/// A small package with this project's build script, in a git checkout of its own.
struct Checkout(tempfile::TempDir);

const MAIN: &str = "fn main() { println!(\"{} {}\", env!(\"LIFEBOAT_VERSION\"), env!(\"LIFEBOAT_BUILD_DATE\")) }\n";
const MANIFEST: &str =
    "[package]\nname = \"built\"\nversion = \"1.2.3\"\nedition = \"2024\"\n[workspace]\n";

impl Checkout {
    fn new() -> Self {
        let checkout = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(checkout.path("main/src")).unwrap();
        checkout.put("main/src/main.rs", MAIN);
        checkout.put("main/Cargo.toml", MANIFEST);
        checkout.put("main/.gitignore", "target\n");
        checkout.put("main/build.rs", include_str!("../build.rs"));
        checkout.git(&["init", "--quiet"]);
        checkout
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.path("main"), args)
    }

    /// Commits everything at this time: the commit's short name.
    fn commit(&self, seconds: u64) -> String {
        self.git(&["add", "--all"]);
        let date = format!("{seconds} +0000");
        let mut command = Command::new("git");
        command.args(["-c", "user.name=n", "-c", "user.email=e", "commit"]);
        command.args(["--quiet", "--allow-empty", "--message", "m"]);
        command
            .env("GIT_COMMITTER_DATE", &date)
            .env("GIT_AUTHOR_DATE", &date);
        let done = command.current_dir(self.path("main")).status().unwrap();
        assert!(done.success());
        self.git(&["rev-parse", "--short=12", "HEAD"])
    }

    /// What the program says that is built in this folder.
    fn built(&self, folder: &str, environment: &[(&str, &str)]) -> String {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(["run", "--quiet", "--offline"])
            .current_dir(self.path(folder))
            .envs(environment.iter().copied());
        for name in ["CARGO_TARGET_DIR", "LIFEBOAT_COMMIT", "SOURCE_DATE_EPOCH"] {
            if !environment.iter().any(|(given, _)| *given == name) {
                command.env_remove(name);
            }
        }
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said.trim().to_owned()
    }
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_version_follows_commits_and_changes() {
    let checkout = Checkout::new();
    let first = checkout.commit(1_000_000_000);
    let is = |commit: &str, date: u64| format!("1.2.3 ({commit}) {date}");
    checkout.built("main", &[]); // makes Cargo.lock
    let locked = checkout.commit(1_100_000_000);
    assert_ne!(first, locked);
    assert_eq!(checkout.built("main", &[]), is(&locked, 1_100_000_000));

    checkout.put("main/src/main.rs", &format!("{MAIN}\n"));
    let dirty = format!("{locked}-dirty");
    assert_eq!(checkout.built("main", &[]), is(&dirty, 1_100_000_000));
    let second = checkout.commit(1_200_000_000);
    assert_eq!(checkout.built("main", &[]), is(&second, 1_200_000_000));

    // Nothing but the commit is new.
    let third = checkout.commit(1_300_000_000);
    assert_eq!(checkout.built("main", &[]), is(&third, 1_300_000_000));

    // A worktree has a file for `.git`.
    checkout.git(&["worktree", "add", "--quiet", "../tree"]);
    assert_eq!(checkout.built("tree", &[]), is(&third, 1_300_000_000));
    let after = checkout.commit(1_400_000_000);
    git(
        &checkout.path("tree"),
        &["merge", "--quiet", "--ff-only", &after],
    );
    assert_eq!(checkout.built("tree", &[]), is(&after, 1_400_000_000));

    let given = [("LIFEBOAT_COMMIT", "v1"), ("SOURCE_DATE_EPOCH", "77")];
    assert_eq!(checkout.built("main", &given), is("v1", 77));
}

#[test]
fn sources_inside_another_checkout_do_not_borrow_its_commit() {
    let checkout = Checkout::new();
    checkout.commit(1_000_000_000);
    let inner = checkout.path("main/vendor/src");
    fs::create_dir_all(inner).unwrap();
    for name in ["src/main.rs", "Cargo.toml", "build.rs"] {
        fs::copy(
            checkout.path(&format!("main/{name}")),
            checkout.path(&format!("main/vendor/{name}")),
        )
        .unwrap();
    }
    assert_eq!(checkout.built("main/vendor", &[]), "1.2.3 0");
}
