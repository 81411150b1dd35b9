//! The database of a folder: SQLite, or a database of its own in the PostgreSQL cluster that `tests/postgres/with` runs.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
    sync::OnceLock,
};

/// The folder of the cluster's socket; `None` where the tests run on SQLite.
pub(crate) fn cluster() -> Option<&'static str> {
    static CLUSTER: OnceLock<Option<String>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| env::var("LIFEBOAT_TEST_POSTGRES").ok());
    cluster.as_deref()
}

/// The port of the cluster, over loopback and in the name of its socket.
pub(crate) fn port() -> String {
    env::var("PGPORT").expect("`tests/postgres/with` says it")
}

/// Whether the tests run on PostgreSQL.
pub(crate) fn is_postgres() -> bool {
    cluster().is_some()
}

/// What a folder keeps its rows in.
pub(crate) struct Database {
    name: String,
}

impl Database {
    /// One for the folder of this name, made when the first configuration is written.
    pub(crate) fn of(folder: &str) -> Self {
        Self {
            name: folder.replace('-', "_"),
        }
    }

    /// A configuration that names it, where it names no other.
    pub(crate) fn configured(&self, text: String) -> String {
        let Some(cluster) =
            cluster().filter(|_| !text.contains("database]") && !text.contains("database ="))
        else {
            return text;
        };
        self.make();
        let name = &self.name;
        let url = format!(
            "url = \"postgres://endpoint@/{name}?host={cluster}&port={}\"",
            port()
        );
        // Lines keep their numbers, and tests may add to the end.
        match text.strip_prefix('\n') {
            Some(rest) => format!("database = {{ {url} }}\n{rest}"),
            None => format!("{text}\n[database]\n{url}\n"),
        }
    }

    fn make(&self) {
        let sql = format!("CREATE DATABASE {} STRATEGY file_copy", self.name);
        let made = psql("postgres", &sql);
        assert!(made.is_ok() || made.is_err_and(|told| told.contains("already exists")));
    }

    /// Does a statement behind the endpoint's back.
    pub(crate) fn execute(&self, folder: &Path, sql: &str) {
        if is_postgres() {
            psql(&self.name, sql).unwrap();
        } else {
            let state = rusqlite::Connection::open(folder.join("data/state.db")).unwrap();
            state.execute_batch(sql).unwrap();
        }
    }

    /// The number that a statement finds.
    pub(crate) fn number(&self, folder: &Path, sql: &str) -> i64 {
        if is_postgres() {
            return psql(&self.name, sql).unwrap().trim().parse().unwrap();
        }
        let state = rusqlite::Connection::open(folder.join("data/state.db")).unwrap();
        state.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Holds the lock of all writes until the holder is dropped.
    pub(crate) fn hold(&self, folder: &Path) -> Holder {
        if !is_postgres() {
            let state = rusqlite::Connection::open(folder.join("data/state.db")).unwrap();
            state.execute_batch("BEGIN IMMEDIATE").unwrap();
            return Holder::Sqlite(state);
        }
        let mut child = command(&self.name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let sql = "SELECT 'held' FROM pg_advisory_lock(x'6c696665626f6174'::bigint);\n";
        let stdin = child.stdin.as_mut().unwrap();
        std::io::Write::write_all(stdin, sql.as_bytes()).unwrap();
        let mut told = [0; 4];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut told).unwrap();
        assert_eq!(&told, b"held");
        Holder::Postgres(child)
    }

    /// Whether an import has put records into it.
    pub(crate) fn has_records(&self, folder: &Path) -> bool {
        if is_postgres() {
            let next = psql(&self.name, "SELECT max(next_n) FROM share_file");
            return next.is_ok_and(|next| next.trim().parse().is_ok_and(|next: i64| next > 0));
        }
        let waiting = folder.join("data/shares.db-wal");
        std::fs::metadata(waiting).map_or(0, |file| file.len()) >= 1 << 20
    }

    /// Its own programs find nothing wrong with it.
    pub(crate) fn assert_sound(&self, folder: &Path) {
        if is_postgres() {
            psql(&self.name, "CREATE EXTENSION IF NOT EXISTS amcheck").unwrap();
            let checked = Command::new("pg_amcheck")
                .args(["--host", cluster().unwrap(), "--username", "endpoint"])
                .args(["--heapallindexed", "--parent-check", &self.name])
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&checked.stdout);
            assert!(checked.status.success(), "{told}");
            return;
        }
        for name in ["state.db", "shares.db"] {
            let file = rusqlite::Connection::open(folder.join("data").join(name)).unwrap();
            let check = |row: &rusqlite::Row<'_>| row.get(0);
            let said: String = file.query_row("PRAGMA integrity_check", [], check).unwrap();
            assert_eq!(said, "ok", "{name}");
        }
    }

    /// Copies it as its own program does, into a database for another folder.
    pub(crate) fn copy_to(&self, other: &Self) {
        let socket = cluster().expect("a cluster runs");
        other.make();
        let flags = ["--host", socket, "--username", "endpoint"];
        let mut dump = Command::new("pg_dump")
            .args(flags)
            .args(["--format", "custom", &self.name])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let restored = Command::new("pg_restore")
            .args(flags)
            .args(["--exit-on-error", "--dbname", &other.name])
            .stdin(dump.stdout.take().unwrap())
            .status();
        assert!(restored.unwrap().success());
        assert!(dump.wait().unwrap().success());
    }

    /// Everything that lies in it.
    pub(crate) fn dumped(&self, folder: &Path) -> Vec<(String, Vec<u8>)> {
        if is_postgres() {
            let socket = cluster().unwrap();
            let dump = Command::new("pg_dump")
                .args(["--host", socket, "--username", "endpoint", &self.name])
                .output()
                .unwrap();
            assert!(dump.status.success());
            return vec![("the dump".to_owned(), dump.stdout)];
        }
        let files = ["state.db", "shares.db", "state.db-wal"];
        let read = files.iter().filter_map(|name| {
            let bytes = std::fs::read(folder.join("data").join(name)).ok()?;
            Some(((*name).to_owned(), bytes))
        });
        read.filter(|(_, bytes)| !bytes.is_empty()).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if is_postgres() {
            let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
            let _left = psql("postgres", &sql);
        }
    }
}

/// Somebody else who writes, and does not come to an end.
pub(crate) enum Holder {
    Sqlite(rusqlite::Connection),
    Postgres(std::process::Child),
}

impl Drop for Holder {
    fn drop(&mut self) {
        match self {
            Self::Sqlite(state) => state.execute_batch("ROLLBACK").unwrap(),
            Self::Postgres(child) => {
                child.kill().unwrap();
                child.wait().unwrap();
            }
        }
    }
}

fn command(database: &str) -> Command {
    let mut command = Command::new("psql");
    command
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
        .args(["--set", "ON_ERROR_STOP=1", "--username", "endpoint"])
        .args(["--host", cluster().expect("a cluster runs")])
        .args(["--dbname", database]);
    command
}

/// What a statement prints; else what went wrong.
pub(crate) fn psql(database: &str, sql: &str) -> Result<String, String> {
    let output = command(database).args(["--command", sql]).output();
    let output = output.expect("psql is there");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}
