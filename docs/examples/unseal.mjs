// Opens a sealed file (docs/FORMATS.md §13) of version 1 or 2 with nothing but Node's own crypto.
import { createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, hkdfSync, privateDecrypt, constants } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { cannot, guardOutput, refuse, run, withPassphrase } from "./common.mjs";

const USAGE = `usage: node unseal.mjs FILE PRIVATE.pem [WALLET_ID] [--passphrase-file PASSPHRASE] [--reveal] > RESULT

Prints the record of that wallet, or every record: one JSON object a line. Only exit status 0 says that all is there.
A passphrase of the key is asked for, or read from the file PASSPHRASE (-: standard input).
--reveal lets a terminal show the records.`;

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };

async function privateKey(name, passphraseFile) {
  const pem = readFileSync(name);
  const read = (passphrase) => {
    try {
      return createPrivateKey({ key: pem, passphrase });
    } catch {
      return null;
    }
  };
  const key = pem.includes("ENCRYPTED") ? await withPassphrase(passphraseFile, name, read) : read();
  if (key?.asymmetricKeyType !== "rsa") cannot(`${name}: not a private RSA key in PEM`);
  return key;
}

async function* lines(path) {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path)) {
    rest = Buffer.concat([rest, chunk]);
    for (let end; (end = rest.indexOf(10)) >= 0; rest = rest.subarray(end + 1)) yield rest.subarray(0, end).toString();
  }
  if (rest.length) refuse("the file is cut off within a line");
}

function parse(line) {
  const value = JSON.parse(line);
  if (JSON.stringify(value) !== line) throw new Error("not as it was written");
  return value;
}

function isSealed(line) {
  try {
    return JSON.parse(line).lifeboat === "sealed";
  } catch {
    return false;
  }
}

/** The keys of the file: of its records, and of the codes over its recipients and its end. */
function opened(header, first, listed, key) {
  const ownKey = sha256(createPublicKey(key).export({ type: "spki", format: "der" })).toString("hex");
  const digest = sha256(first);
  const salt = header.version === 1 ? Buffer.from(header.salt, "hex") : digest;
  const { wrapped } = listed.recipients.find((recipient) => recipient.key === ownKey) ?? refuse("not sealed to this key");
  const oaep = { key, oaepHash: "sha256", padding: constants.RSA_PKCS1_OAEP_PADDING };
  const fileKey = privateDecrypt(oaep, Buffer.from(wrapped, "base64"));
  const derived = (...info) => Buffer.from(hkdfSync("sha256", fileKey, salt, Buffer.concat(info.map((part) => Buffer.from(part))), 32));
  const mac = (purpose, message) => createHmac("sha256", derived(purpose)).update(digest).update(message).digest("hex");
  if (mac("recipients", JSON.stringify(listed.recipients)) !== listed.mac) refuse("the recipients were altered");
  return { digest, derived, mac };
}

function record({ digest, derived }, { n, id }, raw) {
  const cipher = createDecipheriv("aes-256-gcm", derived("record", id), Buffer.concat([Buffer.alloc(4), u64(n)]), { authTagLength: 16 });
  cipher.setAAD(Buffer.concat([digest, u64(n), Buffer.from(id)]));
  cipher.setAuthTag(raw.subarray(-16));
  return Buffer.concat([cipher.update(raw.subarray(0, -16)), cipher.final()]).toString();
}

/** Reads the file line by line and prints what was asked for; `seen` is where it stands. */
async function unseal(file, key, wallet) {
  const seen = { line: 0, count: 0, found: false, closed: false, tags: createHash("sha256") };
  for await (const line of lines(file)) {
    seen.line++;
    try {
      take(seen, line, key, wallet);
    } catch (error) {
      if (error.status) throw error;
      refuse(`line ${seen.line} is not as it was written`);
    }
  }
  if (seen.line === 0) cannot("not a sealed file");
  if (!seen.closed) refuse("the file is cut off");
  if (wallet && !seen.found) refuse("no record of that wallet");
}

function take(seen, line, key, wallet) {
  if (seen.closed) refuse("something stands after the closing line");
  if (seen.line === 1 && !isSealed(line)) cannot("not a sealed file");
  const value = parse(line);
  if (seen.line === 1) {
    if (value.version > 2) cannot(`a sealed file of version ${value.version}, which this example does not know`);
    if (![1, 2].includes(value.version)) throw new Error("no such version");
    Object.assign(seen, { header: value, first: line });
  } else if (seen.line === 2) {
    seen.keys = opened(seen.header, seen.first, value, key);
  } else if ("closing" in value) {
    const all = seen.header.version === 1 ? u64(seen.count) : Buffer.concat([u64(seen.count), seen.tags.digest()]);
    if (value.closing !== seen.count || value.mac !== seen.keys.mac("closing", all)) refuse("records are missing, added or moved");
    seen.closed = true;
  } else {
    const raw = Buffer.from(value.sealed, "base64");
    if (value.n !== seen.count++ || raw.toString("base64") !== value.sealed) refuse("records are missing or moved");
    seen.tags.update(raw.subarray(-16));
    if (wallet && value.id !== wallet) return;
    console.log(record(seen.keys, value, raw));
    seen.found = true;
  }
}

const OPTIONS = { "passphrase-file": { type: "string" }, reveal: { type: "boolean" } };
await run(USAGE, 2, 3, OPTIONS, async (options, file, keyFile, wallet) => {
  guardOutput(options.reveal);
  await unseal(file, await privateKey(keyFile, options["passphrase-file"]), wallet);
});
