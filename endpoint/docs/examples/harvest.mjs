// Fetches the latest backup of every wallet from the provider, with the company's own API key, into a file for `import backups`.
//
//     node harvest.mjs --wallets FILE --api-key FILE --private-key FILE --out FILE [--base-url URL]
import crypto from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

const { FireblocksSDK } = createRequire(import.meta.url)("fireblocks-sdk");
const TRIES = 4;
const PAUSE = 2000;

function stop(message) {
  console.error(`harvest: ${message}`);
  process.exit(2);
}

const names = ["wallets", "api-key", "private-key", "out", "base-url"];
const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) });
for (const name of names.slice(0, 4)) values[name] ?? stop(`--${name} FILE is missing`);
const read = (name) => {
  try {
    return fs.readFileSync(values[name], "utf8").trim();
  } catch (error) {
    stop(`cannot read \`${values[name]}\`: ${error.message}`);
  }
};

const wallets = read("wallets").split(/\s+/).filter(Boolean);
const provider = new FireblocksSDK(read("private-key"), read("api-key"), values["base-url"]);
// What a phone calls itself. This one only reads, and always under one name.
const physicalDeviceId = crypto.randomUUID();
const message = JSON.stringify({ method: "get_backup", headers: { sdkVersion: "12.5.6", mpcVersion: 6, physicalDeviceId, platformType: "NodeJS" } });

// Repeats what the provider answers with "later"; `undefined` where there is nothing.
async function asked(call) {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      const status = error.response?.status;
      if (status === 404) return undefined;
      if (tries === TRIES || (status && status < 500 && status !== 429)) throw error;
      await new Promise((done) => setTimeout(done, PAUSE * tries));
    }
  }
}

async function backupsOf(walletId) {
  const latest = await asked(() => provider.NCW.getLatestBackup(walletId));
  const lines = [];
  for (const deviceId of new Set(latest?.keys.map((key) => key.deviceId))) {
    const reply = await asked(() => provider.NCW.invokeWalletRpc(walletId, deviceId, message));
    if (reply?.error) throw new Error(`the provider refuses the backup: ${reply.error.message}`);
    if (reply?.result?.keys?.length) lines.push({ walletId, deviceId, createdAt: latest.createdAt, backup: reply.result });
  }
  return lines;
}

// What an earlier run has written is not asked for again; a last line that was cut off is taken away.
function begun(file) {
  if (!fs.existsSync(file)) return new Set();
  const text = fs.readFileSync(file, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole !== text) fs.truncateSync(file, Buffer.byteLength(whole));
  return new Set(whole.split("\n").filter(Boolean).map((line) => JSON.parse(line).walletId));
}

const done = begun(values.out);
const out = fs.openSync(values.out, "a", 0o600);
let [kept, none, failed] = [0, 0, 0];
for (const walletId of wallets) {
  if (done.has(walletId)) continue;
  try {
    const lines = await backupsOf(walletId);
    lines.length ? kept++ : none++;
    for (const line of lines) fs.writeSync(out, JSON.stringify(line) + "\n");
  } catch (error) {
    failed++;
    console.error(`harvest: ${walletId}: ${error.message}`);
  }
}
fs.fsyncSync(out);
fs.closeSync(out);
console.error(`harvest: ${kept} wallets with a backup, ${none} without one, ${failed} failed, ${done.size} were here before`);
process.exit(failed ? 1 : 0);
