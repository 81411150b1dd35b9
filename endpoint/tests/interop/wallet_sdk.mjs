// The provider's own wallet SDK, unmodified, against a running endpoint, with the provider gone.
//
//     node wallet_sdk.mjs PROGRAM        LIFEBOAT_FIXTURES names the folder with the fixtures
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { run } from "./company.mjs";
import { Phone, demoRoute, demoWallet, ownRoute, publicKeyIn, vectorWallet } from "./phone.mjs";

const PASSPHRASE = "a passphrase that nobody guesses";

// A wallet whose phone has its keys and has backed them up.
async function backedUp(company, wallet, route = ownRoute) {
  const token = await company.userToken(wallet.walletId);
  const send = route(company, wallet.walletId, wallet.deviceId, token);
  const phone = await new Phone(wallet.deviceId, send).start();
  await phone.place(wallet.keys);
  await phone.backUp(PASSPHRASE, crypto.randomUUID());
  return { phone, send };
}

// The keys that must come out. Each algorithm has a chain code of its own in the vectors.
async function checkKeys(phone, wallet) {
  for (const { keyId, algorithm, chainCode, cloud, extendedPrivateKey } of wallet.keys) {
    const keys = await phone.fullKeys(chainCode, new Map([[keyId, cloud]]));
    assert.deepEqual(keys, [[algorithm, extendedPrivateKey]]);
  }
}

async function rejects(promise, code) {
  const error = await promise.then(() => assert.fail("it should have failed"), (error) => error);
  assert.equal(error.code, code, String(error));
}

await run("wallet-sdk", {
  "starts without the provider, and sends nothing else": async (make) => {
    const company = await make();
    await company.start();
    const wallet = vectorWallet();
    const token = await company.userToken(wallet.walletId);
    const phone = await new Phone(wallet.deviceId, ownRoute(company, wallet.walletId, wallet.deviceId, token)).start();
    assert.deepEqual(phone.messages, ["get_service_certificates", "get_cloud_cosigner_certificate"]);
    await phone.stop();
  },

  "backs up, and recovers on a fresh phone": async (make) => {
    const company = await make();
    await company.start();
    const wallet = vectorWallet();
    const { phone, send } = await backedUp(company, wallet);
    const fresh = await new Phone(wallet.deviceId, send).start();
    await fresh.recover(PASSPHRASE);
    await checkKeys(fresh, wallet);
    await fresh.start();
    await checkKeys(fresh, wallet);
    assert.deepEqual(fresh.messages.slice(2, 5), ["get_backup", "enter_recovery_state", "enroll_player"]);

    // The earlier phone is replaced: its backups are refused, and its user is told so.
    await assert.rejects(phone.backUp(PASSPHRASE, crypto.randomUUID()));
    await fresh.backUp(PASSPHRASE, crypto.randomUUID());
    await Promise.all([phone.stop(), fresh.stop()]);
  },

  "recovers on the same phone, which stays the active one": async (make) => {
    const company = await make();
    await company.start();
    const wallet = vectorWallet();
    const { phone } = await backedUp(company, wallet, (company, walletId, deviceId, token) => demoRoute(company, deviceId, token));
    await phone.recover(PASSPHRASE);
    await checkKeys(phone, wallet);
    await phone.backUp(PASSPHRASE, crypto.randomUUID());
    await phone.stop();
  },

  "loses nothing to a wrong passphrase": async (make) => {
    const company = await make();
    await company.start();
    const wallet = vectorWallet();
    const { phone, send } = await backedUp(company, wallet);
    await rejects(phone.recover("another passphrase"), 603);
    await checkKeys(phone, wallet);
    const fresh = await new Phone(wallet.deviceId, send).start();
    await rejects(fresh.recover("another passphrase"), 603);
    await phone.backUp(PASSPHRASE, crypto.randomUUID());
    await fresh.recover(PASSPHRASE);
    await checkKeys(fresh, wallet);
    await Promise.all([phone.stop(), fresh.stop()]);
  },

  "is told that there is no backup": async (make) => {
    const company = await make();
    await company.start();
    const wallet = vectorWallet();
    const token = await company.userToken(wallet.walletId);
    const phone = await new Phone(wallet.deviceId, ownRoute(company, wallet.walletId, wallet.deviceId, token)).start();
    await rejects(phone.recover(PASSPHRASE), 600);
    await phone.stop();
  },

  "is told that a backup is incomplete": async (make) => {
    const company = await make();
    await company.start();
    const wallet = vectorWallet();
    const keys = wallet.keys.map(({ keyId, algorithm, publicKey }) => ({ keyId, algorithm, publicKey }));
    const registered = await company.call("PUT", `/v1/wallets/${wallet.walletId}/keys`, { token: await company.serviceToken(), body: keys });
    assert.equal(registered.status, 200, registered.text);
    const one = { ...wallet, keys: wallet.keys.slice(0, 1) };
    await rejects(backedUp(company, one), 706);
    const { phone } = await backedUp(company, wallet);
    await phone.stop();
  },

  "recovers what was harvested from the provider": async (make) => {
    const company = await make();
    const wallet = demoWallet();
    const line = { walletId: wallet.walletId, deviceId: wallet.deviceId, createdAt: 1760000000000, backup: wallet.backup };
    const { writeFileSync } = await import("node:fs");
    writeFileSync(company.at("backups.ndjson"), JSON.stringify(line) + "\n");
    assert.match(company.command("import", "backups", company.at("backups.ndjson")), /^1 backup: 1 new, 0 here before/);
    assert.match(company.command("import", "backups", company.at("backups.ndjson")), /^1 backup: 0 new, 1 here before/);
    await company.start();

    const token = await company.userToken(wallet.walletId);
    const latest = await company.call("GET", `/v1/wallets/${wallet.walletId}/backups/latest`, { token });
    assert.equal(latest.json.createdAt, 1760000000000);
    assert.equal(latest.json.passphraseId, wallet.passphraseId);
    const phone = await new Phone(wallet.deviceId, ownRoute(company, wallet.walletId, wallet.deviceId, token)).start();
    await phone.recover(wallet.passphrase);
    // As docs/APPS.md has it.
    const { chaincode, shares } = wallet.server;
    const status = await phone.wallet.getKeysStatus();
    const cloud = new Map(Object.values(status).map(({ keyId, algorithm }) => [keyId, shares.map((share) => share[algorithm])]));
    const keys = await phone.wallet.exportFullKeys(chaincode, cloud);
    const publicKeys = keys.map(({ keyId, algorithm, publicKey }) => ({ keyId, algorithm, publicKey: publicKeyIn(publicKey) }));
    const sorted = (list) => [...list].sort((a, b) => a.keyId.localeCompare(b.keyId));
    assert.deepEqual(sorted(publicKeys), sorted(wallet.expected));
    await phone.stop();
  },
});
