// Opens a sealed file (docs/FORMATS.md §13) with nothing but Node's own crypto.
//   node unseal.mjs FILE PRIVATE.pem [WALLET_ID]     prints one JSON object a line
import { createDecipheriv, createHash, createHmac, createPublicKey, hkdfSync, privateDecrypt, constants } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [file, keyFile, wallet] = process.argv.slice(2);
const pem = readFileSync(keyFile);
const ownKey = createHash("sha256").update(createPublicKey(pem).export({ type: "spki", format: "der" })).digest("hex");

const fail = (why) => { throw new Error(why); };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };

let header, digest, salt, fileKey, count = 0, closed = false;
const key = (...info) => Buffer.from(hkdfSync("sha256", fileKey, salt, Buffer.concat(info.map((i) => Buffer.from(i))), 32));
const mac = (purpose, message) => createHmac("sha256", key(purpose)).update(digest).update(message).digest("hex");

function open({ n, id, sealed }) {
  const raw = Buffer.from(sealed, "base64");
  const cipher = createDecipheriv("aes-256-gcm", key("record", id), Buffer.concat([Buffer.alloc(4), u64(n)]));
  cipher.setAAD(Buffer.concat([digest, u64(n), Buffer.from(id)]));
  cipher.setAuthTag(raw.subarray(-16));
  return Buffer.concat([cipher.update(raw.subarray(0, -16)), cipher.final()]).toString();
}

for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
  if (closed) fail("something stands after the closing line");
  const record = JSON.parse(line);
  if (!header) {
    header = record;
    if (header.lifeboat !== "sealed" || header.version !== 1) fail("not a sealed file of version 1");
    digest = createHash("sha256").update(line).digest();
    salt = Buffer.from(header.salt, "hex");
  } else if (!fileKey) {
    const own = record.recipients.find((r) => r.key === ownKey) ?? fail("not sealed to this key");
    fileKey = privateDecrypt({ key: pem, oaepHash: "sha256", padding: constants.RSA_PKCS1_OAEP_PADDING }, Buffer.from(own.wrapped, "base64"));
    if (mac("recipients", JSON.stringify(record.recipients)) !== record.mac) fail("the recipients were altered");
  } else if ("closing" in record) {
    if (record.closing !== count || record.mac !== mac("closing", u64(count))) fail("records are missing");
    closed = true;
  } else {
    if (record.n !== count++) fail("records are missing or moved");
    if (!wallet || record.id === wallet) console.log(open(record));
  }
}
if (!closed) fail("the file is cut off");
