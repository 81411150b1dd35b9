// The provider's embedded-wallet SDK, unmodified, in the one environment of its that points at this machine:
// http://localhost:9081/ew_api/. A small proxy there takes `/ew_api` off, as a company's proxy would.
//
//     node embedded_sdk.mjs PROGRAM
import assert from "node:assert/strict";
import crypto from "node:crypto";
import http from "node:http";
import { createRequire } from "node:module";
import { run } from "./company.mjs";
import { Phone, sdk, vectorWallet } from "./phone.mjs";

const require = createRequire(import.meta.url);
const { EmbeddedWallet } = require("@fireblocks/embedded-wallet-sdk");
const PASSPHRASE = "a passphrase that nobody guesses";

function proxy(to) {
  const server = http.createServer((request, response) => {
    if (!request.url.startsWith("/ew_api/")) {
      response.writeHead(404).end();
      return;
    }
    const options = { host: "127.0.0.1", port: to, method: request.method, path: request.url.slice("/ew_api".length), headers: request.headers };
    const onward = http.request(options, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  return new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(9081, "localhost", () => done(server));
  });
}

// An app with the embedded-wallet SDK; what it has in common with a phone is its storage.
async function app(wallet, token, storage = new Phone(wallet.deviceId)) {
  const embedded = new EmbeddedWallet({
    env: "rentblocks",
    authClientId: crypto.randomUUID(),
    authTokenRetriever: { getAuthToken: async () => token },
    logger: sdk.NullLoggerFactory(),
    reporting: { enabled: false },
  });
  return { embedded, storage };
}

async function core({ embedded, storage }) {
  storage.wallet = await embedded.initializeCore({
    deviceId: storage.deviceId,
    eventsHandler: { handleEvent() {} },
    secureStorageProvider: storage.secrets,
    storageProvider: storage.storage,
  });
  return storage;
}

await run("embedded-wallet-sdk", {
  "assigns, backs up, recovers and exports": async (make) => {
    const company = await make();
    await company.start();
    const server = await proxy(company.port);
    try {
      const wallet = vectorWallet();
      const token = await company.userToken(wallet.walletId);
      const first = await app(wallet, token);
      assert.equal((await first.embedded.assignWallet()).walletId, wallet.walletId);
      const none = await first.embedded.getLatestBackup().then(() => assert.fail("there is none"), (error) => error);
      assert.equal(none.httpStatusCode, 404);

      const owner = await core(first);
      await owner.place(wallet.keys);
      const passphraseId = crypto.randomUUID();
      await owner.backUp(PASSPHRASE, passphraseId);
      const latest = await first.embedded.getLatestBackup();
      assert.equal(latest.passphraseId, passphraseId);
      assert.equal(latest.keys.length, wallet.keys.length);
      await owner.stop();

      const phone = await core(await app(wallet, token));
      await phone.recover(PASSPHRASE);
      for (const { keyId, algorithm, chainCode, cloud, extendedPrivateKey } of wallet.keys) {
        const keys = await phone.fullKeys(chainCode, new Map([[keyId, cloud]]));
        assert.deepEqual(keys, [[algorithm, extendedPrivateKey]]);
      }
      await phone.stop();
    } finally {
      server.close();
      server.closeAllConnections();
    }
  },
});
