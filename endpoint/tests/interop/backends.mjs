// A company's backend with the provider's SDKs, unmodified but for their base URL: both hash a request without a body in a way of its
// own. And requests that somebody else could make of it.
//
//     node backends.mjs PROGRAM
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { createRequire } from "node:module";
import { SignJWT, importPKCS8 } from "jose";
import { API_KEY, run } from "./company.mjs";
import { demoWallet } from "./phone.mjs";

const require = createRequire(import.meta.url);
const { FireblocksSDK } = require("fireblocks-sdk");
const { Fireblocks } = require("@fireblocks/ts-sdk");

const message = (method, parameter) =>
  JSON.stringify({
    method,
    headers: { sdkVersion: "12.5.6", mpcVersion: 6, physicalDeviceId: "phone-1", platformType: "NodeJS" },
    ...(parameter && { params: [parameter] }),
  });

async function signed(company, path, body, claims = {}, key = company.apiKeys.privateKey) {
  const now = Math.floor(Date.now() / 1000);
  const all = {
    uri: path,
    nonce: crypto.randomUUID(),
    iat: now,
    exp: now + 55,
    sub: API_KEY,
    bodyHash: crypto.createHash("sha256").update(body).digest("hex"),
    ...claims,
  };
  const token = await new SignJWT(all).setProtectedHeader({ alg: "RS256", typ: "JWT" }).sign(await importPKCS8(key, "RS256"));
  return (sent = body) => company.call("POST", path, { token, headers: { "x-api-key": API_KEY }, body: sent });
}

await run("backends", {
  "fireblocks-sdk": async (make) => {
    const company = await make();
    await company.start();
    const wallet = demoWallet();
    const sdk = new FireblocksSDK(company.apiKeys.privateKey, API_KEY, company.url);
    await assert.rejects(sdk.NCW.getLatestBackup(wallet.walletId), (error) => error.response?.status === 404);
    const kept = await sdk.NCW.invokeWalletRpc(wallet.walletId, wallet.deviceId, message("backup_keys", wallet.backup));
    assert.deepEqual(kept, { result: { success: true } });
    const latest = await sdk.NCW.getLatestBackup(wallet.walletId);
    assert.equal(latest.passphraseId, wallet.passphraseId);
    assert.equal(latest.keys.length, 2);
  },

  "ts-sdk": async (make) => {
    const company = await make();
    await company.start();
    const wallet = demoWallet();
    const sdk = new Fireblocks({ apiKey: API_KEY, secretKey: company.apiKeys.privateKey, basePath: `${company.url}/v1` });
    const call = await signed(company, `/v1/ncw/wallets/${wallet.walletId}/devices/${wallet.deviceId}/invoke`, JSON.stringify({ payload: message("backup_keys", wallet.backup) }));
    assert.equal((await call()).status, 200);
    const api = sdk.embeddedWallets;
    const latest = await api.getEmbeddedWalletLatestBackup({ walletId: wallet.walletId });
    assert.equal(latest.data.passphraseId, wallet.passphraseId);
    const none = await api.getEmbeddedWalletLatestBackup({ walletId: crypto.randomUUID() }).then(() => assert.fail("there is none"), (error) => error);
    assert.equal(none.response?.statusCode ?? none.response?.status, 404);
  },

  "hostile requests": async (make) => {
    const company = await make();
    await company.start();
    const wallet = demoWallet();
    const path = `/v1/ncw/wallets/${wallet.walletId}/devices/${wallet.deviceId}/invoke`;
    const body = JSON.stringify({ payload: message("get_backup") });
    const now = Math.floor(Date.now() / 1000);
    const foreign = crypto.generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });

    const good = await signed(company, path, body);
    assert.equal((await good()).status, 200);
    assert.equal((await good()).status, 401, "a nonce counts once");
    const statuses = {
      "another body": (await signed(company, path, body))(body + " "),
      "a wrong hash": (await signed(company, path, body, { bodyHash: "00".repeat(32) }))(),
      "an old token": (await signed(company, path, body, { iat: now - 300, exp: now - 245 }))(),
      "a long life": (await signed(company, path, body, { exp: now + 3600 }))(),
      "another path": (await signed(company, path, body, { uri: "/v1/ncw/wallets" }))(),
      "another key's id": (await signed(company, path, body, { sub: crypto.randomUUID() }))(),
      "another key": (await signed(company, path, body, {}, foreign.privateKey))(),
    };
    for (const [what, answer] of Object.entries(statuses)) {
      const { status, json } = await answer;
      assert.equal(status, 401, what);
      assert.deepEqual(Object.keys(json).sort(), ["code", "message"], what);
    }
  },
});
