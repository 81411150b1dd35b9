// Runs docs/examples: a first endpoint stands in for the provider, whose paths it answers; a second one gets the copies.
//
//     node examples.mjs PROGRAM
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import { API_KEY, run } from "./company.mjs";
import { Phone, demoWallet, vectorWallet } from "./phone.mjs";
import { observedBy, teed } from "./tee.mjs";

const { FireblocksSDK } = createRequire(import.meta.url)("fireblocks-sdk");
const PASSPHRASE = "a passphrase that nobody guesses";

function backend(company) {
  return new FireblocksSDK(company.apiKeys.privateKey, API_KEY, company.url);
}

async function latest(company, walletId) {
  return company.call("GET", `/v1/wallets/${walletId}/backups/latest`, { token: await company.serviceToken() });
}

async function until(condition) {
  for (let tries = 0; tries < 100; tries++) {
    if (await condition()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail("it does not come about");
}

await run("examples", {
  "harvest": async (make) => {
    const [provider, ours] = [await make(), await make()];
    await provider.start();
    const wallet = demoWallet();
    const call = { token: await provider.serviceToken(), body: wallet.backup };
    assert.equal((await provider.call("POST", `/v1/wallets/${wallet.walletId}/devices/${wallet.deviceId}/backups`, call)).status, 201);
    const theirs = (await latest(provider, wallet.walletId)).json;

    const without = crypto.randomUUID();
    fs.writeFileSync(ours.at("wallets.txt"), `${wallet.walletId}\n${without}\n`);
    fs.writeFileSync(ours.at("api-key.txt"), API_KEY);
    fs.writeFileSync(ours.at("api-private.pem"), provider.apiKeys.privateKey);
    const args = Object.entries({ wallets: "wallets.txt", "api-key": "api-key.txt", "private-key": "api-private.pem", out: "backups.ndjson" });
    const harvest = (base) =>
      spawnSync(process.execPath, [new URL("harvest.mjs", import.meta.url).pathname, ...args.flatMap(([name, file]) => [`--${name}`, ours.at(file)]), "--base-url", base], { encoding: "utf8" });
    const first = harvest(provider.url);
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stderr, /1 wallets with a backup, 1 without one, 0 failed, 0 were here before/);
    // A run that was cut short in the middle of a line goes on.
    fs.appendFileSync(ours.at("backups.ndjson"), '{"walletId":"cut');
    const second = harvest(provider.url);
    assert.equal(second.status, 0, second.stderr);
    assert.match(second.stderr, /0 wallets with a backup, 1 without one, 0 failed, 1 were here before/);
    assert.equal(fs.statSync(ours.at("backups.ndjson")).mode & 0o777, 0o600);

    assert.match(ours.command("import", "backups", ours.at("backups.ndjson")), /^1 backup: 1 new/);
    await ours.start();
    const copy = (await latest(ours, wallet.walletId)).json;
    assert.equal(copy.createdAt, theirs.createdAt);
    assert.equal(copy.passphraseId, wallet.passphraseId);
    const history = async (company) => (await company.call("GET", `/v1/wallets/${wallet.walletId}/backups`, { token: await company.serviceToken() })).json.backups[0].digest;
    assert.equal(await history(ours), await history(provider));
  },

  "tee": async (make) => {
    const [provider, ours] = [await make(), await make()];
    await Promise.all([provider.start(), ours.start()]);
    const wallet = vectorWallet();
    wallet.keys.length = 1;
    const fireblocks = backend(provider);
    const missed = [];
    const relay = teed(
      (walletId, deviceId, message) => fireblocks.NCW.invokeWalletRpc(walletId, deviceId, message),
      observedBy(ours.url, () => ours.serviceToken()),
      (walletId) => missed.push(walletId),
    );
    const phone = await new Phone(wallet.deviceId, (message) => relay(wallet.walletId, wallet.deviceId, message)).start();
    await phone.place(wallet.keys);
    const passphraseId = crypto.randomUUID();
    await phone.backUp(PASSPHRASE, passphraseId);
    await until(async () => (await latest(ours, wallet.walletId)).status === 200);
    assert.equal((await latest(ours, wallet.walletId)).json.passphraseId, passphraseId);

    // The endpoint is away: the user's backup is none the worse, and the wallet is named.
    await ours.kill();
    const next = crypto.randomUUID();
    await phone.backUp(PASSPHRASE, next);
    assert.equal((await latest(provider, wallet.walletId)).json.passphraseId, next);
    await until(async () => missed.length === 1);
    assert.deepEqual(missed, [wallet.walletId]);
    await phone.stop();
  },
});
