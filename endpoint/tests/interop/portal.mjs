// Portal: what its own library made goes in by webhooks and by the app's route, and comes out of `lifeboat portal eject` as the keys that it is.
//
//     node portal.mjs PROGRAM
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { WEBHOOK_SECRET, run, tool } from "./company.mjs";
import { backUp } from "./enclave.mjs";

const fixture = (name) => path.resolve(process.env.LIFEBOAT_FIXTURES, name);
const vectors = JSON.parse(fs.readFileSync(fixture("portal/portal.json"), "utf8"));
const fullSize = JSON.parse(fs.readFileSync(fixture("portal/full_size.json"), "utf8"));

const webhook = (company, route, body) => company.call("POST", `/portal${route}`, { body, headers: { "x-webhook-secret": WEBHOOK_SECRET } });

async function deliver(company, clientId, wallet) {
  const shares = [["SECP256K1", wallet.custodian_secp256k1], ["ED25519", wallet.custodian_ed25519]];
  for (const [curve, share] of shares) {
    const kept = await webhook(company, "/backup", { clientId, share, backupMethod: `GDRIVE-${curve}` });
    assert.equal(kept.status, 200, kept.text);
    // As Portal does: at once, everything back.
    const fetched = await webhook(company, "/backup/fetch", { clientId });
    assert.equal(fetched.json.backupShares[0], share);
  }
}

// The keys in what `portal eject --unencrypted` wrote, by curve.
const ejected = (file) => Object.fromEntries(JSON.parse(fs.readFileSync(file, "utf8")).map(({ curve, privateKey, clientId }) => [curve, { privateKey, clientId }]));

await run("portal", {
  "vectors": async (make) => {
    const company = await make({ portal: true });
    await company.start();
    const wallet = vectors.wallets[0];
    await deliver(company, "vector-client", wallet);
    // A backup that was interrupted: the custodian's share of another one has come since.
    await deliver(company, "vector-client", fullSize.wallets[0]);
    const call = { token: await company.serviceToken(), body: { encryptedClientBackupShare: wallet.cipherText_key, backupMethod: "GDRIVE" } };
    const kept = await company.call("POST", "/v1/portal/clients/vector-client/backups", call);
    assert.equal(kept.status, 201, kept.text);

    const out = company.at("export");
    assert.match(company.command("export", "portal", "--out", out), /^4 custodian shares and 1 client share of 1 client into /);
    fs.writeFileSync(company.at("cloud-key.txt"), wallet.key);
    const keys = company.at("keys.json");
    // The parts as the command prints them, and the folder as a whole.
    tool("portal", "eject", "--client", path.join(out, "client"), "--custodian", path.join(out, "custodian"), "--key-file", company.at("cloud-key.txt"), "--out", keys, "--unencrypted");
    tool("portal", "eject", "--client", out, "--custodian", out, "--key-file", company.at("cloud-key.txt"), "--out", company.at("again.json"), "--unencrypted");
    for (const file of [keys, company.at("again.json")]) {
      const { secp256k1, ed25519 } = ejected(file);
      assert.deepEqual([secp256k1.privateKey, ed25519.privateKey], [wallet.expected.secp256k1_privateKey, wallet.expected.ed25519_privateKey]);
      assert.equal(secp256k1.clientId, "vector-client");
    }
  },

  "the example of the Enclave flow": async (make) => {
    const company = await make({ portal: true });
    await company.start();
    const wallet = fullSize.wallets.find(({ dress }) => dress === "enclave");
    await deliver(company, "enclave-client", wallet);
    const told = [];
    const said = await backUp(JSON.parse(wallet.plaintext), {
      client: "enclave-client",
      publicKey: fixture("demo/recovery-public.pem"),
      endpoint: company.url,
      token: await company.serviceToken(),
      lifeboat: process.env.LIFEBOAT,
      tellPortal: async (pairs) => told.push(...pairs),
    });
    assert.equal(said.state, "STORED_CLIENT_BACKUP_SHARE");
    assert.deepEqual(told, ["zero-2-secp256k1", "zero-2-ed25519"]);
    assert.equal(fs.readFileSync(company.at("log"), "utf8").includes("without encryption"), false);

    const out = company.at("export");
    assert.match(company.command("export", "portal", "--out", out), /^2 custodian shares and 1 client share of 1 client into [\s\S]*sealed among them: 2/);
    // On the offline machine, with the key that the shares were sealed to.
    const [folder] = fs.readdirSync(path.join(out, "sealed"));
    const sealed = fs.readdirSync(path.join(out, "sealed", folder)).map((name) => path.join(out, "sealed", folder, name));
    assert.equal(sealed.length, 2);
    const opened = sealed.map((file, index) => {
      const to = company.at(`opened-${index}`);
      tool("portal", "open", file, "--key", fixture("demo/recovery-private.pem"), "--key-passphrase-file", fixture("demo/key-passphrase.txt"), "--out", to);
      return to;
    });
    tool("portal", "eject", "--client", ...opened, "--custodian", path.join(out, "custodian"), "--out", company.at("keys.json"), "--unencrypted");
    const { secp256k1, ed25519 } = ejected(company.at("keys.json"));
    assert.deepEqual([secp256k1.privateKey, ed25519.privateKey], [wallet.expected.secp256k1.privateKey, wallet.expected.ed25519.privateKey]);
  },
});
