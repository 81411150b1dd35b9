// What the load needs: ids of wallets, users with a token and a backup each, and an issuer.
//
//     node prepare.mjs DIR WALLETS USERS BACKUP.json
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const [dir, wallets, users, backup] = process.argv.slice(2);
const at = (name) => path.join(dir, name);

// Ids in no order, without repetition: multiplication by an odd number permutes 32 bits.
const id = (index) => {
  const start = (Math.imul(index, 2654435761) >>> 0).toString(16).padStart(8, "0");
  return `${start}-1111-4222-8333-${index.toString(16).padStart(12, "0")}`;
};
const list = fs.createWriteStream(at("wallets.txt"));
for (let index = 0; index < Number(wallets); index += 1) {
  if (!list.write(`${id(index)}\n`)) await new Promise((resolve) => list.once("drain", resolve));
}
await new Promise((resolve) => list.end(resolve));

const { publicKey, privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k1", use: "sig" };
fs.writeFileSync(at("jwks.json"), JSON.stringify({ keys: [jwk] }));

const base64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const header = base64({ alg: "RS256", typ: "JWT", kid: "k1" });
const now = Math.floor(Date.now() / 1000);
const token = (sub) => {
  const claims = { iss: "https://issuer.example", aud: "recovery", sub, iat: now, exp: now + 86_400 };
  const signed = `${header}.${base64(claims)}`;
  return `${signed}.${crypto.sign("sha256", signed, privateKey).toString("base64url")}`;
};
const record = JSON.parse(fs.readFileSync(backup, "utf8"));
const device = "7cc9b276-3c65-47f9-b35a-992766d3cafd";
const [tokens, grants, backups] = [[], ["subject,walletId"], []];
const step = Math.max(1, Math.floor(Number(wallets) / Number(users)));
for (let user = 0; user < Number(users); user += 1) {
  const walletId = id(user * step);
  tokens.push(`${walletId} ${token(`user-${user}`)}`);
  grants.push(`user-${user},${walletId}`);
  backups.push(JSON.stringify({ walletId, deviceId: device, createdAt: now * 1000, backup: record }));
}
fs.writeFileSync(at("tokens.txt"), tokens.join("\n") + "\n");
fs.writeFileSync(at("grants.csv"), grants.join("\n") + "\n");
fs.writeFileSync(at("backups.ndjson"), backups.join("\n") + "\n");
