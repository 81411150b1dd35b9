// The server loses power between any two messages of a recovery: afterwards the phone or the backup still gives the keys.
//
//     node killed.mjs PROGRAM
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { run } from "./company.mjs";
import { Phone, ownRoute, vectorWallet } from "./phone.mjs";

const PASSPHRASE = "a passphrase that nobody guesses";
// What a recovery sends, in its order.
const MESSAGES = ["get_backup", "enter_recovery_state", "enroll_player", "get_service_certificates", "get_cloud_cosigner_certificate"];

async function gives(phone, wallet) {
  for (const { keyId, algorithm, chainCode, cloud, extendedPrivateKey } of wallet.keys) {
    const keys = await phone.fullKeys(chainCode, new Map([[keyId, cloud]])).catch(() => []);
    if (JSON.stringify(keys) !== JSON.stringify([[algorithm, extendedPrivateKey]])) return false;
  }
  return true;
}

// How the power is lost around a message: before it reaches the server, before its answer reaches the phone, or after that. The server is back
// at once in the last case, else only when the recovery has failed.
const LOSSES = {
  before: async (company, send) => {
    await company.kill();
    return send();
  },
  lost: async (company, send) => {
    await send();
    await company.kill();
    throw new Error("the answer is lost");
  },
  between: async (company, send) => {
    const answer = await send();
    await company.kill();
    await company.start();
    return answer;
  },
};

async function scenario(company, sameDevice, nth, loss) {
  const wallet = vectorWallet();
  // One key is enough here: the SDK derives a key for each, slowly.
  wallet.keys.length = 1;
  const token = await company.userToken(wallet.walletId);
  const send = ownRoute(company, wallet.walletId, wallet.deviceId, token);
  const owner = await new Phone(wallet.deviceId, send).start();
  await owner.place(wallet.keys);
  await owner.backUp(PASSPHRASE, crypto.randomUUID());

  const phone = sameDevice ? owner : await new Phone(wallet.deviceId, send).start();
  let count = 0;
  phone.send = (message) => (count++ === nth ? LOSSES[loss](company, () => send(message)) : send(message));
  const done = await phone.recover(PASSPHRASE).then(() => true, () => false);
  phone.send = send;
  if (!company.process) await company.start();

  const where = `${sameDevice ? "same" : "fresh"} phone, ${loss} ${MESSAGES[nth]}`;
  assert.ok(count > nth, `the recovery came as far as this message: ${where}`);
  if (loss === "between") assert.ok(done, `a recovery goes on when the server is back: ${where}`);
  if (done) {
    assert.ok(await gives(phone, wallet), `a recovery that ended gives the keys: ${where}`);
  } else {
    // The phone may have lost everything. One that never saw the wallet recovers from the backup.
    const another = await new Phone(wallet.deviceId, send).start();
    await another.recover(PASSPHRASE);
    assert.ok(await gives(another, wallet), `the backup gives the keys: ${where}`);
    await another.stop();
  }
  await phone.stop();
}

const cases = Object.keys(LOSSES).map((loss) => [
  `${loss} any message of a recovery`,
  async (make) => {
    const company = await make();
    await company.start();
    for (const sameDevice of [false, true]) {
      for (let nth = 0; nth < MESSAGES.length; nth++) await scenario(company, sameDevice, nth, loss);
    }
  },
]);
await run("killed", Object.fromEntries(cases));
