"""Builds the program for one target: static, stripped, and with no path of this machine in it."""
import os
import pathlib
import shutil
import subprocess
import urllib.error
import urllib.request

from .common import HOUSE, cargo_home, run, say, sha256, stop
from .inputs import GCC, pinned, toolchain


def fetched(store, pin):
    """A pinned Debian package: from `store`, or from the archive into it."""
    package = store / pin["url"].rsplit("/", 1)[1]
    if not package.exists():
        say(f"fetching {package.name}")
        store.mkdir(parents=True, exist_ok=True)
        try:
            with urllib.request.urlopen(pin["url"].replace("+", "%2B"), timeout=120) as answer:
                content = answer.read()
        except (urllib.error.URLError, OSError) as error:
            stop(
                f"{pin['url']} cannot be fetched: {error}",
                f"Debian keeps {pin['suite']} for some time only: look for {package.name} on https://snapshot.debian.org,",
                f"and put it into {store}",
            )
        new = package.with_suffix(".new")
        new.write_bytes(content)
        new.replace(package)
    if sha256(package) != pin["sha256"]:
        stop(f"{package} is another file than the pinned one: its SHA-256 is {sha256(package)}", f"pinned: {pin['sha256']}")
    return package


def copied(source, place):
    """A copy of a folder whose files are the same ones where the disk allows it."""
    linked = subprocess.run(["cp", "--archive", "--link", source, place], stderr=subprocess.DEVNULL)
    if linked.returncode != 0:
        shutil.rmtree(place, ignore_errors=True)
        run(["cp", "--archive", source, place])


def unpack(package, folder, wanted):
    """Those files of a Debian package whose names are wanted."""
    folder.mkdir()
    content = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    done = subprocess.run(["tar", "--extract", "--directory", folder, "--wildcards", wanted], stdin=content.stdout)
    if content.wait() != 0 or done.returncode != 0:
        stop(f"{package} cannot be unpacked")


def toolchain_with_sources(work, store):
    """A copy of the pinned toolchain that has the standard library's sources: rustup's own stays as it is."""
    place, unpacked = work / "toolchain", work / "rust-src"
    # rustup may have it under two names, one of them a link.
    copied(toolchain().resolve(), place)
    unpack(fetched(store, pinned()["standard-library-source"]), unpacked, "./usr/src/rustc-*/library/*")
    library = next((unpacked / "usr" / "src").glob("rustc-*")) / "library"
    sources = place / "lib" / "rustlib" / "src" / "rust"
    shutil.rmtree(sources, ignore_errors=True)
    sources.mkdir(parents=True)
    shutil.move(library, sources / "library")
    # The crates it is made with are pinned by its own lock.
    settings = {**os.environ, "RUSTC_BOOTSTRAP": "1", "PATH": f"{place / 'bin'}:{os.environ['PATH']}"}
    run(["cargo", "fetch", "--quiet", "--locked", "--manifest-path", sources / "library" / "Cargo.toml"], env=settings)
    return place


class Place:
    """A folder with sources and crates of its own, in which programs are built."""

    def __init__(self, folder, zone):
        self.folder = folder
        self.sources, self.crates, self.home = folder / "sources", folder / "cargo", folder / "home"
        self.zone = zone
        for path in (self.sources, self.crates, self.home):
            path.mkdir(parents=True)
        registry = cargo_home() / "registry"
        if registry.exists():
            copied(registry, self.crates / "registry")

    def take_sources(self, commit):
        """The sources as the commit has them: nothing that lies about comes along."""
        archive = subprocess.Popen(["git", "archive", commit], cwd=HOUSE, stdout=subprocess.PIPE)
        subprocess.run(["tar", "--extract", "--directory", self.sources], stdin=archive.stdout, check=True)
        if archive.wait() != 0:
            stop(f"`git archive {commit}` failed")

    def settings(self, tools):
        return settings(self, tools) | {"TZ": self.zone}


class Checkout:
    """The checkout as it lies, with this machine's crates."""

    def __init__(self, folder):
        self.folder, self.sources, self.crates, self.home = folder, HOUSE, cargo_home(), pathlib.Path.home()

    def settings(self, tools):
        return settings(self, tools)


def settings(place, tools):
    """The whole environment of a build: nothing of this machine's comes along but where its programs are."""
    programs = [tools / "bin", cargo_home() / "bin", *os.environ["PATH"].split(":")]
    return {
        "PATH": ":".join(str(path) for path in programs),
        "HOME": str(place.home),
        "CARGO_HOME": str(place.crates),
        "CARGO_TARGET_DIR": str(place.folder / "target"),
    }


def flags(place, tools):
    commit = pinned()["compiler"]["commit"]
    remaps = {
        place.sources: "/lifeboat",
        place.crates: "/cargo",
        tools / "lib" / "rustlib" / "src" / "rust": f"/rustc/{commit}",
    }
    said = ["-Ctarget-feature=+crt-static", "-Cstrip=symbols"]
    return said + [f"--remap-path-prefix={before}={after}" for before, after in remaps.items()]


def build(target, place, tools, given):
    """Builds `lifeboat` for a target, with these variables besides: its path. Crates have been fetched; nothing else is."""
    settings = place.settings(tools) | given
    settings["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags(place, tools))
    settings[f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER"] = GCC[target]
    # The list of crates is for those who look for known faults in the file: a try has none.
    words = ["cargo", "auditable"] if given else ["cargo"]
    words += ["build", "--quiet", "--release", "--locked", "--offline", "--target", target, "--bin", "lifeboat"]
    if target != "x86_64-unknown-linux-gnu":
        # rustup has no standard library for it where there is no network: it is built, out of Debian's package. Stable
        # compilers hide the option for it.
        settings["RUSTC_BOOTSTRAP"] = "1"
        words.append("-Zbuild-std=std,panic_unwind")
    run(words, cwd=place.sources, env=settings)
    program = place.folder / "target" / target / "release" / "lifeboat"
    check(program, place, tools)
    return program


def check(program, place, tools):
    """What every program that ships must be: static, and silent about who built it."""
    content = program.read_bytes()
    if b"/ld-linux" in content:
        stop(f"{program} is not static: it names a program that loads libraries")
    for path in (place.folder, place.crates, place.home, tools, HOUSE, pathlib.Path.home(), cargo_home()):
        if len(str(path)) > 1 and str(path).encode() + b"/" in content:
            stop(f"{program} holds a path of this machine: {path}")
