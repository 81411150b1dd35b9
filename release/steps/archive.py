"""Puts what was built into files for people: the program alone, an archive, a Debian package. The same bytes every time:
names are sorted, owners are 0, times are the commit's."""
import datetime
import email.utils
import gzip
import hashlib
import io
import os
import shutil
import tarfile

from .common import HOUSE, TARGETS, run, version

DOCUMENTS = ["README.md", "SECURITY.md", "CHANGELOG.md", "LICENSE", "LICENSE-APACHE", "LICENSE-MIT"]
GUIDES = ["RUNBOOK.md", "ERRORS.md", "FORMATS.md", "VERIFY.md", "STICK.md", "stick/doctor.png", "stick/derive.png"]
SHELLS = {"bash": "lifeboat", "zsh": "_lifeboat", "fish": "lifeboat.fish"}
# A description of the package, after its first line.
SAYS = """\
 It gets your users' keys back when the wallet provider is gone: an offline
 command-line tool for companies whose users hold 2-of-2 MPC wallets. It never
 opens a socket. Every full key is checked against its public key before it is
 written.
 .
 The program is one static file."""
# What lintian would say of it, and why it is so.
OVERRIDES = """\
# One static file is the point: it runs on any Linux, and no library of the machine gets into it.
lifeboat: statically-linked-binary [usr/bin/lifeboat]
lifeboat: shared-library-lacks-prerequisites [usr/bin/lifeboat]
# Nobody asked for a package in Debian yet.
lifeboat: initial-upload-closes-no-bugs [usr/share/doc/lifeboat/changelog.Debian.gz:1]
"""


def name(target):
    return f"lifeboat-{version()}-{target.split('-')[0]}-linux"


def write_texts(native, folder):
    """Manual pages and completions, from the program itself: what they say is the same on every machine."""
    settings = {"PATH": os.environ["PATH"], "COLUMNS": "80"}
    run([native, "--quiet", "man", "--all", folder / "man1"], env=settings)
    (folder / "completions").mkdir()
    for shell, file in SHELLS.items():
        (folder / "completions" / file).write_text(run([native, "completions", shell], env=settings))


def lay_out(sources, program, texts, notes, folder):
    """The folder that the archive holds."""
    folder.mkdir(parents=True)
    place(program, folder / "lifeboat", 0o755)
    shutil.copytree(texts / "man1", folder / "man" / "man1")
    shutil.copytree(texts / "completions", folder / "completions")
    for document in DOCUMENTS:
        place(sources / document, folder / document)
    for guide in GUIDES:
        place(sources / "docs" / guide, folder / "docs" / guide)
    for note, file in notes.items():
        place(file, folder / note)


def place(file, to, mode=0o644):
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, to)
    to.chmod(mode)


def pack(folder, to, date):
    """A tar archive of a folder."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in [folder, *sorted(folder.rglob("*"))]:
            entry = archive.gettarinfo(path, path.relative_to(folder.parent))
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mtime = date
            entry.mode = 0o755 if path.is_dir() or path.name == "lifeboat" and path.parent == folder else 0o644
            with open(path, "rb") if path.is_file() else io.BytesIO() as content:
                archive.addfile(entry, content)
    to.write_bytes(gzip.compress(packed.getvalue(), 9, mtime=0))


def debian(target, laid_out, to, date, maintainer):
    """A Debian package of what is laid out, made by dpkg-deb."""
    root = to.parent / f".{to.stem}"
    documents = root / "usr" / "share" / "doc" / "lifeboat"
    share = root / "usr" / "share"
    place(laid_out / "lifeboat", root / "usr" / "bin" / "lifeboat", 0o755)
    for page in sorted((laid_out / "man" / "man1").iterdir()):
        squeeze(page.read_bytes(), share / "man" / "man1" / f"{page.name}.gz")
    for folder, file in [
        ("bash-completion/completions", "lifeboat"),
        ("zsh/vendor-completions", "_lifeboat"),
        ("fish/vendor_completions.d", "lifeboat.fish"),
    ]:
        place(laid_out / "completions" / file, share / folder / file)
    for file in ["README.md", "SECURITY.md", "BUILDINFO", "lifeboat.cdx.json", *(f"docs/{guide}" for guide in GUIDES)]:
        place(laid_out / file, documents / file)
    squeeze((laid_out / "THIRD-PARTY.txt").read_bytes(), documents / "THIRD-PARTY.txt.gz")
    squeeze((laid_out / "CHANGELOG.md").read_bytes(), documents / "changelog.gz")
    squeeze(changelog(date, maintainer).encode(), documents / "changelog.Debian.gz")
    place(HOUSE / "release" / "debian" / "copyright", documents / "copyright")
    overrides = share / "lintian" / "overrides" / "lifeboat"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(OVERRIDES)
    control(target, root, maintainer)
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.name == "lifeboat" and path.parent.name == "bin" else 0o644)
        os.utime(path, (date, date))
    settings = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": str(date)}
    run(["dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", root, to], env=settings)
    shutil.rmtree(root)


def control(target, root, maintainer):
    files = [path for path in root.rglob("*") if path.is_file()]
    size = sum((path.stat().st_size + 1023) // 1024 for path in files)
    fields = {
        "Package": "lifeboat",
        "Version": f"{version()}-1",
        "Architecture": TARGETS[target],
        "Maintainer": maintainer,
        "Installed-Size": size,
        "Section": "utils",
        "Priority": "optional",
        "Description": f"offline recovery of 2-of-2 MPC wallet keys\n{SAYS}",
    }
    folder = root / "DEBIAN"
    folder.mkdir()
    (folder / "control").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()))
    listed = [(path.relative_to(root), path) for path in files]
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {name}\n" for name, path in sorted(listed)]
    (folder / "md5sums").write_text("".join(sums))


def changelog(date, maintainer):
    when = email.utils.format_datetime(datetime.datetime.fromtimestamp(date, datetime.timezone.utc))
    return (
        f"lifeboat ({version()}-1) unstable; urgency=medium\n\n  * Release {version()}: changelog.gz in this folder says what is new.\n\n"
        f" -- {maintainer}  {when}\n"
    )


def squeeze(content, to):
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(gzip.compress(content, 9, mtime=0))
