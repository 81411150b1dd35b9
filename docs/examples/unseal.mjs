// Opens a sealed file (docs/FORMATS.md §13) of version 1 or 2 with nothing but Node's own crypto.
//   node unseal.mjs FILE PRIVATE.pem [WALLET_ID]     prints one JSON object a line; only exit status 0 says that all is there
import { createDecipheriv, createHash, createHmac, createPublicKey, hkdfSync, privateDecrypt, constants } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";

const [file, keyFile, wallet] = process.argv.slice(2);
const pem = readFileSync(keyFile);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const ownKey = sha256(createPublicKey(pem).export({ type: "spki", format: "der" })).toString("hex");

const fail = (why) => { throw new Error(why); };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };

async function* lines(path) {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path)) {
    rest = Buffer.concat([rest, chunk]);
    for (let end; (end = rest.indexOf(10)) >= 0; rest = rest.subarray(end + 1)) yield rest.subarray(0, end).toString();
  }
  if (rest.length) fail("the file is cut off within a line");
}
let header, digest, salt, fileKey, count = 0, found = false, closed = false;
const tags = createHash("sha256");
const key = (...info) => Buffer.from(hkdfSync("sha256", fileKey, salt, Buffer.concat(info.map((i) => Buffer.from(i))), 32));
const mac = (purpose, message) => createHmac("sha256", key(purpose)).update(digest).update(message).digest("hex");

function open({ n, id }, raw) {
  const cipher = createDecipheriv("aes-256-gcm", key("record", id), Buffer.concat([Buffer.alloc(4), u64(n)]), { authTagLength: 16 });
  cipher.setAAD(Buffer.concat([digest, u64(n), Buffer.from(id)]));
  cipher.setAuthTag(raw.subarray(-16));
  return Buffer.concat([cipher.update(raw.subarray(0, -16)), cipher.final()]).toString();
}
for await (const line of lines(file)) {
  if (closed) fail("something stands after the closing line");
  const record = JSON.parse(line);
  if (JSON.stringify(record) !== line) fail("a line is not as it was written");
  if (!header) {
    header = record;
    if (header.lifeboat !== "sealed" || ![1, 2].includes(header.version)) fail("not a sealed file of version 1 or 2");
    digest = sha256(line);
    salt = header.version === 1 ? Buffer.from(header.salt, "hex") : digest;
  } else if (!fileKey) {
    const { wrapped } = record.recipients.find((r) => r.key === ownKey) ?? fail("not sealed to this key");
    fileKey = privateDecrypt({ key: pem, oaepHash: "sha256", padding: constants.RSA_PKCS1_OAEP_PADDING }, Buffer.from(wrapped, "base64"));
    if (mac("recipients", JSON.stringify(record.recipients)) !== record.mac) fail("the recipients were altered");
  } else if ("closing" in record) {
    const all = header.version === 1 ? u64(count) : Buffer.concat([u64(count), tags.digest()]);
    if (record.closing !== count || record.mac !== mac("closing", all)) fail("records are missing, added or moved");
    closed = true;
  } else {
    const raw = Buffer.from(record.sealed, "base64");
    if (record.n !== count++ || raw.toString("base64") !== record.sealed) fail("records are missing or moved");
    tags.update(raw.subarray(-16));
    if (!wallet || record.id === wallet) found = console.log(open(record, raw)) ?? true;
  }
}
if (!closed) fail("the file is cut off");
if (wallet && !found) fail("no record of that wallet");
