// A user's phone: the provider's own wallet SDK, unmodified, with storage of its own.
import crypto from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);
export const sdk = require("@fireblocks/ncw-js-sdk");

const demo = (name) => fs.readFileSync(path.resolve(process.env.LIFEBOAT_FIXTURES, "demo", name), "utf8");

// The demo's first wallet: a backup that the SDK wrote, its passphrase, Key Share #1 and the keys that must come out.
export function demoWallet() {
  const [deviceId, walletId, passphraseId] = demo("devices.csv").split("\n")[1].split(",");
  return {
    deviceId,
    walletId,
    passphraseId,
    passphrase: demo(`passphrases/${passphraseId}.txt`).replace(/\n$/, ""),
    backup: JSON.parse(demo("device-backups/device-1.json")),
    server: JSON.parse(demo("expected-shares.json"))[walletId],
    expected: JSON.parse(demo("expected-full-keys.json"))[walletId],
  };
}

// A wallet whose keys are those of the takeover vectors, one of each algorithm.
export function vectorWallet() {
  const vectors = JSON.parse(fs.readFileSync(path.resolve(process.env.LIFEBOAT_FIXTURES, "shares/takeover.json"), "utf8"));
  const keys = ["MPC_CMP_ECDSA_SECP256K1", "MPC_CMP_EDDSA_ED25519"].map((name) => {
    const vector = vectors.find(({ algorithm }) => algorithm === name);
    const [share, ...cloud] = vector.shares;
    return { keyId: crypto.randomUUID(), algorithm: name, share, cloud, chainCode: vector.chainCode, ...vector.expect };
  });
  return { walletId: crypto.randomUUID(), deviceId: crypto.randomUUID(), keys };
}

// The SDK lives once for a device in one process: where one phone is used, the other one's app is closed.
const awake = new Map();

export class Phone {
  constructor(deviceId, send) {
    this.deviceId = deviceId;
    this.storage = new sdk.InMemoryStorageProvider();
    this.secrets = new sdk.InMemorySecureStorageProvider();
    this.send = send;
    this.messages = [];
  }

  // Starts the app: with what its storage holds, as after a restart.
  async start() {
    await awake.get(this.deviceId)?.stop();
    this.wallet = await sdk.FireblocksNCWFactory({
      deviceId: this.deviceId,
      messagesHandler: {
        handleOutgoingMessage: async (message) => {
          const { method } = JSON.parse(message);
          this.messages.push(method);
          return this.send(message, method);
        },
      },
      eventsHandler: { handleEvent() {} },
      secureStorageProvider: this.secrets,
      storageProvider: this.storage,
      logger: sdk.NullLoggerFactory(),
      reporting: { enabled: false },
    });
    awake.set(this.deviceId, this);
    return this;
  }

  async stop() {
    await this.wallet?.dispose();
    this.wallet = undefined;
    if (awake.get(this.deviceId) === this) awake.delete(this.deviceId);
  }

  // The running app, started if it is not.
  async app() {
    if (!this.wallet) await this.start();
    return this.wallet;
  }

  // Puts keys into the SDK's storage by the way its own recovery takes.
  async place(keys) {
    const { _cosignerStorage, _sdkStorage } = (await this.app())._recoveryManager;
    const release = await _sdkStorage.getSecureStoreAccess();
    try {
      for (const { keyId, algorithm, share, publicKey } of keys) {
        const data = JSON.stringify({ key: share, auxiliaryKeys: null, metadata: "0102" });
        await _cosignerStorage.restoreFromBackup(keyId, data, algorithm);
        await _sdkStorage.setKeyForBackup({ keyId, algorithm, publicKey });
        await _sdkStorage.setKeyDescriptor({ keyId, algorithm, keyStatus: "READY" });
      }
    } finally {
      await release();
    }
  }

  async backUp(passphrase, passphraseId) {
    return (await this.app()).backupKeys(passphrase, passphraseId);
  }

  async recover(passphrase) {
    return (await this.app()).recoverKeys(async () => passphrase);
  }

  // The full keys as [algorithm, extended private key], sorted.
  async fullKeys(chainCode, shares) {
    const keys = await (await this.app()).exportFullKeys(chainCode, shares);
    return keys.map(({ algorithm, privateKey }) => [algorithm, privateKey]).sort();
  }
}

// The public key at the end of an extended one, in hex.
export function publicKeyIn(extended) {
  const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  const number = [...extended].reduce((number, letter) => number * 58n + BigInt(digits.indexOf(letter)), 0n);
  // 33 bytes before the checksum of 4; an ed25519 key has 32 behind a zero.
  const key = number.toString(16).slice(0, -8).slice(-66);
  return key.startsWith("00") ? key.slice(2) : key;
}

// Messages over our own route, as an app's messages handler sends them.
export function ownRoute(company, walletId, deviceId, token) {
  return async (message) => {
    const answer = await company.call("POST", `/v1/wallets/${walletId}/devices/${deviceId}/rpc`, { token, body: { message } });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
    return answer.json;
  };
}

// Messages over the path of the provider's demo backend.
export function demoRoute(company, deviceId, token) {
  return async (message) => {
    const answer = await company.call("POST", `/api/devices/${deviceId}/rpc`, { token, body: { message } });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
    return answer.json;
  };
}
