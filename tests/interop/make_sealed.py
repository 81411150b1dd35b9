#!/usr/bin/env python3
"""Writes fixtures/sealed/: sealed files (docs/FORMATS.md §13) of both versions, good and bad, each bad for one reason.

Nothing of this program is used: the `cryptography` package and the format's text alone.
usage: make_sealed.py REPOSITORY"""
import base64, hashlib, hmac, json, os, pathlib, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

ROOT = pathlib.Path(sys.argv[1])
FOLDER = ROOT / "fixtures/sealed"
SPKI = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
CASES = {}


def public(name):
    return serialization.load_pem_public_key((ROOT / f"fixtures/keys/{name}.public.pem").read_bytes())


RECOVERY, OTHER = public("recovery"), public("other")
u64 = lambda n: n.to_bytes(8, "big")
dump = lambda value: json.dumps(value, separators=(",", ":"))


def record(number):
    shares = [{"cosigner": "a1b2c3d4-e5f6-4789-8abc-def012345678", "MPC_CMP_ECDSA_SECP256K1": f"{number + 1:064x}"}]
    return {"walletId": f"0000000{number}-1111-4222-8333-444444444444", "chaincode": "ab" * 32, "shares": shares}


class File:
    """A sealed file as its lines, without line ends; what a case changes is changed in them."""

    def __init__(self, version, records=(0, 1, 2), to=(RECOVERY,), header=(), salt=None, file_key=None, order=None):
        self.version, self.salt = version, salt or os.urandom(32)
        head = {"lifeboat": "sealed", "version": version, "holds": "key-share-1", "salt": self.salt.hex()}
        head.update(header)
        self.first = dump(head)
        self.digest = hashlib.sha256(self.first.encode()).digest()
        self.file_key = file_key or os.urandom(32)
        extract = self.salt if version == 1 else self.digest
        self.prk = hmac.new(extract, self.file_key, "sha256").digest()
        self.listed = [self.wrap(key) for key in to]
        self.second = self.recipients(self.listed)
        self.records, self.tags = [], []
        for place, number in enumerate(records):
            line, tag = self.seal(place, record(number)["walletId"], dump(record(number)).encode())
            self.records.append(line)
            self.tags.append(tag)
        self.last = self.closing(len(self.records), self.tags)

    def key(self, info):
        return HKDFExpand(hashes.SHA256(), 32, info).derive(self.prk)

    def mac(self, purpose, message):
        return hmac.new(self.key(purpose), self.digest + message, "sha256").hexdigest()

    def wrap(self, key):
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        wrapped = base64.b64encode(key.encrypt(self.file_key, oaep)).decode()
        return {"key": hashlib.sha256(key.public_bytes(*SPKI)).hexdigest(), "wrapped": wrapped}

    def recipients(self, listed):
        return dump({"recipients": listed, "mac": self.mac(b"recipients", dump(listed).encode())})

    def seal(self, place, name, text):
        nonce, aad = bytes(4) + u64(place), self.digest + u64(place) + name.encode()
        sealed = AESGCM(self.key(b"record" + name.encode())).encrypt(nonce, text, aad)
        return dump({"n": place, "id": name, "sealed": base64.b64encode(sealed).decode()}), sealed[-16:]

    def closing(self, count, tags, version=None):
        message = u64(count)
        if (version or self.version) == 2:
            message += hashlib.sha256(b"".join(tags)).digest()
        return dump({"closing": count, "mac": self.mac(b"closing", message)})

    def lines(self):
        return [self.first, self.second, *self.records, self.last]

    def text(self):
        return "".join(line + "\n" for line in self.lines())


def put(version, name, text, why, code=None, exit=3, records=None, openers=True, file=None):
    name = f"v{version}.{'bad' if code else 'good'}.{name}.sealed"
    (FOLDER / name).write_bytes(text.encode() if isinstance(text, str) else text)
    case = {"why": why}
    case.update({"code": code, "exit": exit} if code else {"records": records})
    if not openers:
        case["openers"] = False
    CASES[name] = case


def flip(line, field):
    """The line with one bit of the binary value behind `field` changed."""
    value = json.loads(line)
    raw = bytearray(base64.b64decode(value[field]))
    raw[10] ^= 1
    value[field] = base64.b64encode(raw).decode()
    return dump(value)


def good(v):
    put(v, "three", File(v).text(), "three records", records=[0, 1, 2])
    put(v, "none", File(v, ()).text(), "no record at all", records=[])
    put(v, "recipients", File(v, to=(OTHER, RECOVERY)).text(), "two recipients, the key is the second's", records=[0, 1, 2])
    header = {"kit": "cd" * 32, "algorithms": ["MPC_CMP_ECDSA_SECP256K1"]}
    put(v, "header", File(v, header=header).text(), "a header with kit and algorithms", records=[0, 1, 2])
    put(v, "twice", File(v, (0, 1, 0)).text(), "one id twice: each has its place", records=[0, 1, 0])


def bad_heads(v):
    bad = lambda name, why, code, exit=3, openers=True, **changes: put(v, name, changed(**changes), why, code, exit, openers=openers)

    def changed(file=None, **lines):
        file = file or File(v)
        for name, change in lines.items():
            setattr(file, name, change(getattr(file, name), file))
        return file.text()

    put(v, "empty", "", "an empty file", "not_sealed", 2)
    put(v, "first-line-alone", File(v).first + "\n", "the second line is missing", "sealed_cut_off")
    bad("other-mark", "the first member says something else", "not_sealed", 2, first=lambda line, _: line.replace('"sealed"', '"seeled"'))
    bad("version-0", "a version that never was", "sealed_line", first=lambda line, _: line.replace(f'"version":{v}', '"version":0'))
    bad("version-3", "a version that is not known yet", "sealed_newer", 2, first=lambda line, _: line.replace(f'"version":{v}', '"version":3'))
    bad("other-version", "the file says to be of the other version", "sealed_recipients", first=lambda line, _: line.replace(f'"version":{v}', f'"version":{3 - v}'))
    bad("header-space", "a space in the header", "sealed_line", first=lambda line, _: line.replace(":", ": ", 1))
    put(v, "header-member", File(v, header={"more": 1}).text(), "a member that the format does not know; the rest is made to fit", "sealed_line", openers=False)
    bad("header-twice", "a member twice", "sealed_line", first=lambda line, _: line.replace('"holds"', '"holds":"key-share-1","holds"'))
    bad("header-salt", "another salt", "sealed_recipients", first=lambda line, file: line.replace(file.salt.hex(), "00" * 32))
    bad("header-kit", "a kit was written into the header", "sealed_recipients", first=lambda line, _: line[:-1] + ',"kit":"' + "cd" * 32 + '"}')
    put(v, "crlf", File(v).text().replace("\n", "\r\n"), "line ends of another system", "sealed_line")
    put(v, "not-recipient", File(v, to=(OTHER,)).text(), "sealed to another key", "not_recipient")
    bad("recipients-mac", "the code of the recipients changed", "sealed_recipients", second=lambda line, _: line.replace('"mac":"', '"mac":"0')[:-3] + '"}')
    bad("recipients-space", "a space in the list of recipients", "sealed_line", second=lambda line, _: line.replace(":", ": ", 1))
    two = lambda: File(v, to=(OTHER, RECOVERY))
    relisted = lambda change: lambda line, file: dump({"recipients": change(file), "mac": json.loads(line)["mac"]})
    bad("recipient-removed", "a recipient was taken out", "sealed_recipients", file=two(), second=relisted(lambda file: file.listed[1:]))
    bad("recipient-added", "a recipient was added", "sealed_recipients", second=relisted(lambda file: [file.wrap(OTHER), *file.listed]))
    bad("recipients-turned", "the recipients in another order", "sealed_recipients", file=two(), second=relisted(lambda file: file.listed[::-1]))
    bad("wrapped-flipped", "one bit of the wrapped key", "sealed_recipients", second=relisted(lambda file: [json.loads(flip(dump(file.listed[0]), "wrapped"))]))
    stranger = File(v)
    bad("wrapped-other", "the wrapped key of another file", "sealed_recipients", second=relisted(lambda _: stranger.listed))


def bad_records(v):
    def bad(name, why, code, change, openers=True):
        file = File(v)
        records = change(file.records, file)
        put(v, name, "".join(line + "\n" for line in [file.first, file.second, *records, file.last]), why, code, openers=openers)

    bad("record-flipped", "one bit of a record", "sealed_record", lambda r, _: [r[0], flip(r[1], "sealed"), r[2]])
    bad("record-renumbered", "a record under another number", "sealed_record", lambda r, _: [r[0], r[1].replace('"n":1', '"n":7'), r[2]])
    bad("record-renamed", "a record under another id", "sealed_record", lambda r, _: [r[0], r[1].replace("00000001-", "00000009-"), r[2]])
    bad("records-swapped", "two records change places", "sealed_record", lambda r, _: [r[1], r[0], r[2]])
    bad("records-swapped-renumbered", "two records change places and numbers", "sealed_record", lambda r, _: [r[1].replace('"n":1', '"n":0'), r[0].replace('"n":0', '"n":1'), r[2]])
    bad("record-doubled", "a record twice", "sealed_record", lambda r, _: [r[0], r[1], r[1], r[2]])
    bad("record-missing", "a record in the middle is missing", "sealed_record", lambda r, _: [r[0], r[2]])
    bad("record-last-missing", "the last record is missing", "sealed_closing", lambda r, _: r[:2])
    bad("record-more", "a sound record more than the closing line says", "sealed_closing", lambda r, file: [*r, file.seal(3, record(3)["walletId"], dump(record(3)).encode())[0]])
    foreign = File(v)
    bad("record-foreign", "a record of another file", "sealed_record", lambda r, _: [r[0], foreign.records[1], r[2]])
    bad("record-number-zero", "a number with a leading zero", "sealed_line", lambda r, _: [r[0], r[1].replace('"n":1', '"n":01'), r[2]])
    bad("record-number-sign", "a number with a sign", "sealed_line", lambda r, _: [r[0], r[1].replace('"n":1', '"n":+1'), r[2]])
    bad("record-space", "a space in a record", "sealed_line", lambda r, _: [r[0], r[1].replace(":", ": ", 1), r[2]])
    bad("record-member", "a member that the format does not know", "sealed_line", lambda r, _: [r[0], r[1].replace('"id"', '"more":1,"id"'), r[2]], openers=False)
    bad("record-blank", "an empty line", "sealed_line", lambda r, _: [r[0], "", *r[1:]])
    bad("record-padding", "base64 without its padding", "sealed_record", unpadded)
    bad("record-trailing-bits", "base64 with bits that belong to nothing", "sealed_record", loose)
    bad("record-short", "a record shorter than its tag", "sealed_record", lambda r, _: [r[0], dump({"n": 1, "id": record(1)["walletId"], "sealed": "AAAA"}), r[2]])


def padded(file):
    """A record whose base64 ends with padding, in place of the second; the closing line still fits."""
    name = record(1)["walletId"]
    text = dump(record(1))
    line, tag = file.seal(1, name, text.encode())
    file.tags[1] = tag
    file.last = file.closing(3, file.tags)
    return line


def unpadded(r, file):
    line = padded(file)
    assert '="}' in line
    return [r[0], line.replace("=", ""), r[2]]


def loose(r, file):
    line = padded(file)
    at = line.index("=") - 1
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return [r[0], line[:at] + alphabet[alphabet.index(line[at]) | 1] + line[at + 1 :], r[2]]


def bad_ends(v):
    file = File(v)
    text, lines = file.text(), file.lines()
    joined = lambda lines: "".join(line + "\n" for line in lines)
    put(v, "cut-in-record", joined(lines[:4]) + lines[4][:100], "cut off within a record", "sealed_line")
    put(v, "cut-after-record", joined(lines[:4]), "cut off between two records", "sealed_cut_off")
    put(v, "cut-closing", joined(lines[:-1]), "the closing line is missing", "sealed_cut_off")
    put(v, "cut-in-closing", text[:-10], "cut off within the closing line", "sealed_closing")
    put(v, "cut-line-end", text[:-1], "the last line end is missing", "sealed_closing")
    put(v, "closing-count", text.replace('"closing":3', '"closing":4'), "the closing line says another number", "sealed_closing")
    put(v, "closing-mac", joined([*lines[:-1], file.last[:-3] + ("0" if file.last[-3] != "0" else "1") + '"}']), "the code of the closing line changed", "sealed_closing")
    put(v, "closing-capitals", joined([*lines[:-1], capitals(file.last)]), "the code in capital letters", "sealed_closing")
    put(v, "closing-other-version", joined([*lines[:-1], file.closing(3, file.tags, 3 - v)]), "a closing line as the other version has it", "sealed_closing")
    put(v, "closing-twice", text + file.last + "\n", "the closing line twice", "sealed_trailing")
    put(v, "trailing-record", text + file.records[2] + "\n", "a record behind the closing line", "sealed_trailing")
    put(v, "trailing-line-end", text + "\n", "an empty line behind the closing line", "sealed_trailing")
    put(v, "joined", text + File(v).text(), "two files joined", "sealed_trailing")


def capitals(line):
    value = json.loads(line)
    value["mac"] = value["mac"].upper()
    return dump(value)


def one_head():
    """What a head planted as an unfinished result could give: two files with one header and one file key."""
    salt, file_key = os.urandom(32), os.urandom(32)
    one, other = File(2, (0, 1, 2), salt=salt, file_key=file_key), File(2, (2, 1, 0), salt=salt, file_key=file_key)
    lines = one.lines()
    lines[2] = other.records[0]
    put(2, "record-of-same-head", "".join(line + "\n" for line in lines), "a record of another file with the same header and file key, in its place", "sealed_closing")
    text, tags = [], []
    for place, number in enumerate((0, 1)):
        line, tag = one.seal(place, record(number)["walletId"], dump(record(number)).encode())
        text.append(line)
        tags.append(tag)
    turned = one.closing(2, tags[::-1])
    put(2, "closing-turned", "".join(line + "\n" for line in [one.first, one.second, *text, turned]), "a closing line over the tags in another order", "sealed_closing")


FOLDER.mkdir(exist_ok=True)
for old in FOLDER.glob("*.sealed"):
    old.unlink()
for version in (1, 2):
    good(version)
    bad_heads(version)
    bad_records(version)
    bad_ends(version)
one_head()
(FOLDER / "records.ndjson").write_text("".join(dump(record(number)) + "\n" for number in range(3)))
(FOLDER / "cases.json").write_text(json.dumps(CASES, indent=1) + "\n")
print(len(CASES), "cases")
