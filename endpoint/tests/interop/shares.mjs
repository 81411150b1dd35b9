// The main job from end to end: the offline tool seals the server shares of a kit, the endpoint imports and releases them, and the
// provider's wallet SDK, unmodified, makes the full keys.
//
//     node shares.mjs PROGRAM        LIFEBOAT names the offline tool
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { run, seal } from "./company.mjs";
import { Phone, demoWallet, ownRoute, publicKeyIn } from "./phone.mjs";

const demo = (name) => path.resolve(process.env.LIFEBOAT_FIXTURES, "demo", name);
const shares = JSON.parse(fs.readFileSync(demo("expected-shares.json"), "utf8"));

async function released(company, walletId) {
  const call = { token: await company.userToken(walletId), body: {} };
  const release = await company.call("POST", `/v1/wallets/${walletId}/releases`, call);
  assert.equal(release.status, 201, release.text);
  const collected = await company.call("POST", `/v1/releases/${release.json.id}/collect`, call);
  assert.equal(collected.status, 200, collected.text);
  return collected.json;
}

await run("shares", {
  "from the kit to the SDK's full keys": async (make) => {
    const company = await make({ shares: true });
    seal(company.at("shares.sealed"));
    company.command("import", "shares", company.at("shares.sealed"));
    await company.start();

    for (const [walletId, { chaincode, shares: expected }] of Object.entries(shares)) {
      const share = await released(company, walletId);
      assert.equal(share.chaincode, chaincode);
      assert.deepEqual(share.shares, expected);
    }

    // A phone that never saw the wallet: its backup, its passphrase, its release.
    const wallet = demoWallet();
    const token = await company.userToken(wallet.walletId);
    const at = `/v1/wallets/${wallet.walletId}/devices/${wallet.deviceId}`;
    assert.equal((await company.call("POST", `${at}/backups`, { token, body: wallet.backup })).status, 201);
    const phone = await new Phone(wallet.deviceId, ownRoute(company, wallet.walletId, wallet.deviceId, token)).start();
    await phone.recover(wallet.passphrase);
    // As docs/APPS.md has it.
    const { chaincode, shares: own } = await released(company, wallet.walletId);
    const status = await phone.wallet.getKeysStatus();
    const cloud = new Map(Object.values(status).map(({ keyId, algorithm }) => [keyId, own.map((share) => share[algorithm])]));
    const keys = await phone.wallet.exportFullKeys(chaincode, cloud);
    const publicKeys = keys.map(({ keyId, algorithm, publicKey }) => ({ keyId, algorithm, publicKey: publicKeyIn(publicKey) }));
    const sorted = (list) => [...list].sort((a, b) => a.keyId.localeCompare(b.keyId));
    assert.deepEqual(sorted(publicKeys), sorted(wallet.expected));
    await phone.stop();
  },
});
