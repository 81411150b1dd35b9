// Opens a locked file (docs/FORMATS.md §16). Node has Argon2 since 24.7; before, install @noble/hashes as README.md says.
import * as crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { cannot, guardOutput, refuse, run, withPassphrase } from "./common.mjs";

const USAGE = `usage: node unlock.mjs FILE [--passphrase-file PASSPHRASE] [--reveal] > RESULT

Prints what FILE holds: full keys, ejected keys, a workspace's keys or a device share. The passphrase is asked for, or read
from the file PASSPHRASE (-: standard input). --reveal lets a terminal show the result.`;

/** Argon2id, version 0x13, 32 bytes: Node's own, or that of the package @noble/hashes. */
async function argon2id() {
  if (crypto.argon2Sync) {
    return (message, nonce, { memoryKiB: memory, passes, lanes: parallelism }) =>
      crypto.argon2Sync("argon2id", { message, nonce, memory, passes, parallelism, tagLength: 32 });
  }
  try {
    const noble = await import("@noble/hashes/argon2.js");
    const maxmem = 2 ** 32 - 1;
    return (message, salt, { memoryKiB: m, passes: t, lanes: p }) => noble.argon2id(message, salt, { m, t, p, dkLen: 32, maxmem });
  } catch {
    return cannot("this Node has no Argon2: take Node 24.7 or newer, or run npm ci --omit=dev in the folder of this file");
  }
}

/** The two lines of the file and what the first of them says. Editors add a byte order mark and CRLF. */
function read(file) {
  const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  if (!text.startsWith('{"format":"lifeboat locked file"')) cannot(`${file}: not a locked file`);
  const lines = text.split("\n");
  if (lines.length === 3 && lines[2] === "") lines.pop();
  let header;
  try {
    header = JSON.parse(lines[0]);
  } catch {
    refuse(`${file}: the first line is not as it was written`);
  }
  if (header.version !== 1) cannot(`${file}: a locked file of version ${header.version}, which this example does not know`);

  // Bounds, so that an altered file cannot ask for a year of work or all memory.
  const within = (value, least, most) => Number.isInteger(value) && value >= least && value <= most;
  const { memoryKiB, passes, lanes } = header.argon2id ?? {};
  const bounded = within(memoryKiB, 1 << 16, 1 << 20) && within(passes, 3, 16) && within(lanes, 1, 4);
  const hex = (digits, bytes) => typeof digits === "string" && /^([0-9a-f]{2})+$/.test(digits) && (!bytes || digits.length === 2 * bytes);
  const whole = lines.length === 2 && hex(header.salt, 16) && hex(header.nonce, 12) && hex(header.check, 32) && hex(lines[1]);
  if (!bounded || !whole) refuse(`${file}: not as it was written`);
  return { header, first: Buffer.from(lines[0]), sealed: Buffer.from(lines[1], "hex") };
}

function decrypt(file, { header, first, sealed }, key) {
  try {
    const cipher = crypto.createDecipheriv("aes-256-gcm", key, Buffer.from(header.nonce, "hex"), { authTagLength: 16 });
    cipher.setAAD(first);
    cipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  } catch {
    return refuse(`${file}: the passphrase is right, but the file was altered`);
  }
}

const OPTIONS = { "passphrase-file": { type: "string" }, reveal: { type: "boolean" } };
await run(USAGE, 1, 1, OPTIONS, async (options, file) => {
  guardOutput(options.reveal);
  const locked = read(file);
  const stretch = await argon2id();
  const plain = await withPassphrase(options["passphrase-file"], file, (passphrase) => {
    const root = stretch(passphrase, Buffer.from(locked.header.salt, "hex"), locked.header.argon2id);
    const derived = (purpose) => Buffer.from(crypto.hkdfSync("sha256", root, "", `lifeboat locked file 1 ${purpose}`, 32));
    // The check tells a wrong passphrase from an altered file.
    const right = crypto.timingSafeEqual(derived("check"), Buffer.from(locked.header.check, "hex"));
    return right ? decrypt(file, locked, derived("encryption")) : null;
  });
  process.stdout.write(plain);
});
