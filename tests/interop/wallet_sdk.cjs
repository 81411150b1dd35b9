// Holds the program against the provider's own wallet SDK, offline: shares, backups and asset keys of every takeover
// vector go through both. Usage: node wallet_sdk.cjs PROGRAM VECTORS.json [PATHS]
"use strict";
const { execFileSync } = require("node:child_process");
const crypto = require("node:crypto");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

// Whatever the SDK tries, nothing leaves this machine.
require("node:net").Socket.prototype.connect = () => {
  throw new Error("the interop test is offline");
};
globalThis.fetch = async () => {
  throw new Error("the interop test is offline");
};
const sdk = require("@fireblocks/ncw-js-sdk");

const [program, vectorsFile, paths = "50"] = process.argv.slice(2);
const vectors = JSON.parse(fs.readFileSync(vectorsFile, "utf8"));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lifeboat-interop-"));
const at = (name) => path.join(folder, name);
const lifeboat = (...args) => execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

// Chains whose private keys are exported as hex, with their coin numbers.
const CHAINS = {
  MPC_CMP_ECDSA_SECP256K1: { eth: 60, etc: 61, trx: 195, xrp: 144, atom: 118, "eth-test": 1 },
  MPC_CMP_EDDSA_ED25519: { sol: 501, xlm: 148, algo: 283, near: 397, dot: 354, xtz: 1729, ton: 607, ada: 1815 },
};

async function device(deviceId, sent) {
  const handleOutgoingMessage = async (message) => {
    const { method, params } = JSON.parse(message);
    if (method === "backup_keys") {
      sent.push(params[0]);
      return { result: { status: "ok" } };
    }
    // No cloud cosigner to introduce, no certificates to check.
    return { result: method === "get_cloud_cosigner_certificate" ? "" : {} };
  };
  return sdk.FireblocksNCWFactory({
    deviceId,
    messagesHandler: { handleOutgoingMessage },
    eventsHandler: { handleEvent() {} },
    secureStorageProvider: new sdk.InMemorySecureStorageProvider(),
    storageProvider: new sdk.InMemoryStorageProvider(),
    logger: sdk.NullLoggerFactory(),
    reporting: { enabled: false },
  });
}

// Puts a key into the SDK's storage by the way its own recovery takes.
async function place(wallet, keyId, algorithm, share, publicKey) {
  const { _cosignerStorage, _sdkStorage } = wallet._recoveryManager;
  const release = await _sdkStorage.getSecureStoreAccess();
  try {
    const data = JSON.stringify({ key: share, auxiliaryKeys: null, metadata: "0102" });
    await _cosignerStorage.restoreFromBackup(keyId, data, algorithm);
    await _sdkStorage.setKeyForBackup({ keyId, algorithm, publicKey });
    await _sdkStorage.setKeyDescriptor({ keyId, algorithm, keyStatus: "READY" });
  } finally {
    await release();
  }
}

function random(limit) {
  return crypto.randomInt(limit);
}

async function compare(vector, number, pathsEach) {
  const [share, ...cloud] = vector.shares;
  const { algorithm, chainCode } = vector;
  const [deviceId, keyId, passphraseId, walletId] = Array.from({ length: 4 }, () => crypto.randomUUID());
  const passphrase = `interop passphrase ${number}`;
  const sent = [];
  const wallet = await device(deviceId, sent);
  await place(wallet, keyId, algorithm, share, vector.expect.publicKey);
  const theirs = await wallet.exportFullKeys(chainCode, new Map([[keyId, cloud]]));
  await wallet.backupKeys(passphrase, passphraseId);

  const file = (name) => at(`${number}-${name}`);
  fs.writeFileSync(file("passphrase"), passphrase);
  fs.writeFileSync(file("backup"), JSON.stringify(sent[0]));
  lifeboat("share", "recover", file("backup"), "--device-id", deviceId, "--passphrase-file", file("passphrase"), "--out", file("device"));
  const shares = cloud.map((text) => ({ cosigner: crypto.randomUUID(), [algorithm]: text }));
  fs.writeFileSync(file("server"), JSON.stringify({ [walletId]: { chaincode: chainCode, shares } }));
  lifeboat("takeover", "--server-shares", file("server"), "--wallet", walletId, "--device-share", file("device"), "--reveal", "--out", file("full"));
  const ours = JSON.parse(fs.readFileSync(file("full"), "utf8"));
  assert.deepEqual(ours, theirs.map(({ keyId, algorithm, privateKey, publicKey }) => ({ keyId, algorithm, privateKey, publicKey })));

  lifeboat("share", "backup", file("device"), "--format", "fireblocks", "--passphrase-file", file("passphrase"), "--passphrase-id", passphraseId, "--out", file("again"));
  const record = JSON.parse(fs.readFileSync(file("again"), "utf8")).keys[0];
  const opened = JSON.parse(await wallet._recoveryManager._decryptBackup(record, passphrase));
  assert.deepEqual(opened, { key: share, auxiliaryKeys: null, metadata: "0102" });

  for (let n = 0; n < pathsEach; n++) {
    const names = Object.keys(CHAINS[algorithm]);
    const chain = names[random(names.length)];
    const levels = [random(1000), random(2), n % 3 ? random(1000) : random(2 ** 31)];
    const key = wallet.deriveAssetKey(theirs[0].privateKey, CHAINS[algorithm][chain], ...levels);
    const [account, change, index] = levels.map(String);
    const text = lifeboat("export", file("full"), "--chain", chain, "--account", account, "--change", change, "--index", index, "--format", "json", "--reveal");
    assert.equal(JSON.parse(text)[0].privateKey, key, `${chain} ${levels}`);
  }
  await wallet.dispose();
}

(async () => {
  const perCurve = { MPC_CMP_ECDSA_SECP256K1: 0, MPC_CMP_EDDSA_ED25519: 0 };
  for (const { algorithm } of vectors) perCurve[algorithm]++;
  for (const [number, vector] of vectors.entries()) {
    await compare(vector, number, Math.ceil(Number(paths) / perCurve[vector.algorithm]));
  }
  fs.rmSync(folder, { recursive: true });
  console.log(`interop: ${vectors.length} takeovers and backups, at least ${paths} paths on each curve: all equal`);
  process.exit(0);
})().catch((error) => {
  fs.rmSync(folder, { recursive: true, force: true });
  console.error(error);
  process.exit(1);
});
