"""What goes into a release beside the sources: looked at, compared with `release/inputs.toml`, and written down.

The program that comes out is the same, byte for byte, only where every one of these is the same.
"""
import json
import pathlib
import subprocess
import tomllib

from .common import HOUSE, TARGETS, run, rustup_home, say, sha256, sha256_of_folder, stop

PINNED = HOUSE / "release" / "inputs.toml"
GCC = {"x86_64-unknown-linux-gnu": "x86_64-linux-gnu-gcc", "aarch64-unknown-linux-gnu": "aarch64-linux-gnu-gcc"}
# Debian packages whose programs and libraries make the file.
PACKAGES = {
    "x86_64-unknown-linux-gnu": ["gcc-12", "libgcc-12-dev", "libc6-dev", "binutils-x86-64-linux-gnu"],
    "aarch64-unknown-linux-gnu": [
        "gcc-12-aarch64-linux-gnu",
        "libgcc-12-dev-arm64-cross",
        "libc6-dev-arm64-cross",
        "binutils-aarch64-linux-gnu",
    ],
}
# What the linker takes out of them. A static program holds parts of these.
LINKED = ["libc.a", "libm.a", "libgcc.a", "libgcc_eh.a", "crt1.o", "rcrt1.o", "crti.o", "crtn.o"]
LINKED += ["crtbegin.o", "crtbeginS.o", "crtbeginT.o", "crtend.o", "crtendS.o"]


def pinned():
    return tomllib.loads(PINNED.read_text())


def toolchain():
    """The folder of the pinned compiler."""
    channel = tomllib.loads((HOUSE / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    folder = rustup_home() / "toolchains" / f"{channel}-x86_64-unknown-linux-gnu"
    if not (folder / "bin" / "rustc").exists():
        stop(f"the compiler {channel} is not here: {folder}", f"get it with `rustup toolchain install {channel}`")
    return folder


def package_version(name):
    asked = ["dpkg-query", "--showformat", "${Version}", "--show", name]
    done = subprocess.run(asked, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def linked_files(target):
    """The libraries and objects that the linker of this target takes, by their names."""
    found = {}
    for name in LINKED:
        path = pathlib.Path(run([GCC[target], f"-print-file-name={name}"]).strip())
        if path.is_absolute():
            found[name] = sha256(path)
    return found


def compiler():
    folder = toolchain()
    told = run([folder / "bin" / "rustc", "-vV"])
    lines = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
    libraries = folder / "lib" / "rustlib" / "x86_64-unknown-linux-gnu" / "lib"
    return {
        "rustc": told.splitlines()[0],
        "commit": lines["commit-hash"],
        "llvm": lines["LLVM version"],
        "cargo": run([folder / "bin" / "cargo", "--version"]).strip(),
        "cargo-auditable": auditable_version(),
        "driver": sha256_of_folder(folder / "lib", "librustc_driver-*.so"),
        "standard-library": sha256_of_folder(libraries, "*.rlib"),
    }


def auditable_version():
    """cargo-auditable tells its version to nobody: cargo's list of what it installed does."""
    listed = run(["cargo", "install", "--list"])
    return next((line.split(" v")[1].rstrip(":") for line in listed.splitlines() if line.startswith("cargo-auditable v")), "")


def here(targets):
    """The inputs as they are on this machine, in the shape of `release/inputs.toml`."""
    packages = {name: package_version(name) for target in targets for name in PACKAGES[target]}
    return {
        "compiler": compiler(),
        "packages": packages,
        "linked": {target: linked_files(target) for target in targets},
    }


def install_missing(targets):
    """Installs what is not there, where that is possible; else says what to install."""
    missing = [name for target in targets for name in PACKAGES[target] if not package_version(name)]
    if missing:
        say(f"installing {' '.join(missing)}")
        asked = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", *missing]
        done = subprocess.run(asked, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            stop(f"these Debian packages are missing: {' '.join(missing)}", f"install them: `sudo apt-get install {' '.join(missing)}`")
    wanted = pinned()["compiler"]["cargo-auditable"]
    if auditable_version() != wanted:
        say(f"installing cargo-auditable {wanted}")
        run(["cargo", "install", "--quiet", "--locked", "--force", f"cargo-auditable@{wanted}"])


def check(targets):
    """Compares them with what is pinned; stops where one is another, and says which."""
    there, wanted = here(targets), pinned()
    wrong = []
    for place, values in flat(there).items():
        meant = flat(wanted).get(place)
        if meant != values:
            wrong.append(f"{place}: here {values or 'nothing'}, pinned {meant or 'nothing'}")
    if wrong:
        stop(
            f"{len(wrong)} of the inputs are not those of this release:",
            *wrong,
            "take them as docs/VERIFY.md says; or, for a release with these, write them down: `release/build --pin`",
        )
    return there


def flat(table, before=""):
    """`{a: {b: c}}` as `{"a.b": c}`."""
    out = {}
    for name, value in table.items():
        out.update(flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value})
    return out


def pin():
    """Writes down what is on this machine. The package that has the sources of the standard library stays as it is."""
    now = here(TARGETS)
    now["standard-library-source"] = pinned()["standard-library-source"]
    lines = ["# What goes into a release beside the sources: `release/build` stops where one is another. `release/build --pin` writes it.", ""]
    for name, table in now.items():
        tables = table.items() if name == "linked" else [(None, table)]
        for part, values in tables:
            lines.append(f"[{name}.{part}]" if part else f"[{name}]")
            lines += [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in values.items()]
            lines.append("")
    PINNED.write_text("\n".join(lines).rstrip("\n") + "\n")
    say(f"wrote {PINNED.relative_to(HOUSE)}: read the difference")
