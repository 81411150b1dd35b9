// Copies of backups as they are made: for the backend that relays the wallet SDK's messages to the provider.

const TRIES = 3;
const PAUSE = 500;
const PATIENCE = 5000;

// Relays as `send(walletId, deviceId, message)` does, and shows `observe` every backup that the provider took. The user's answer comes from
// the provider, and never fails because of a copy: what could not be copied is told to `missed`.
export function teed(send, observe, missed = () => {}) {
  return async (walletId, deviceId, message) => {
    const reply = await send(walletId, deviceId, message);
    if (isBackup(message) && reply?.result) {
      observe(walletId, deviceId, message, reply).catch((error) => missed(walletId, error));
    }
    return reply;
  };
}

// Hands what was said to the endpoint, which keeps the backup. `token` gives a token of the backend, with the scope of a service.
export function observedBy(endpoint, token) {
  return async (walletId, deviceId, message, reply) => {
    const url = `${endpoint}/v1/wallets/${walletId}/devices/${deviceId}/observed`;
    const body = JSON.stringify({ message, reply: JSON.stringify(reply) });
    for (let tries = 1; ; tries++) {
      const failure = await post(url, body, await token()).catch((error) => error);
      if (!failure) return;
      if (tries === TRIES || failure.isFinal) throw failure;
      await new Promise((done) => setTimeout(done, PAUSE * tries));
    }
  };
}

async function post(url, body, token) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(PATIENCE) });
  if (answer.ok) return undefined;
  const failure = new Error(`the endpoint answered ${answer.status}`);
  failure.isFinal = answer.status < 500 && answer.status !== 429;
  return failure;
}

function isBackup(message) {
  try {
    return JSON.parse(message).method === "backup_keys";
  } catch {
    return false;
  }
}
