// The two steps around `lifeboat sign`, the same for every chain. The offline machine runs nothing of this: it gets the file
// `message` and gives back the file `signature`.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { cannot, refuse, run } from "../common.mjs";

// Nothing here needs the network, so no library gets it.
globalThis.fetch = () => { throw new Error("the examples work without a network"); };

/** The amount, such as 1.5, in the smallest unit of a coin with so many decimal places. */
export function units(amount, places) {
  const [, whole, part = ""] = /^(\d+)(?:\.(\d+))?$/.exec(amount) ?? cannot(`${amount}: not an amount, such as 1.5`);
  if (part.length > places) cannot(`${amount}: more than ${places} decimal places`);
  return BigInt(whole + part.padEnd(places, "0"));
}

/**
 * Runs `prepare` or `attach`. `network` names what the network has to be asked for, each with a made-up value and what it is;
 * `choices` names what the sender decides, each with the usual value and what it is. `build` makes the transaction of all options: its sender `from`, the `message` to sign, and `attach`, which gives the signed
 * transaction as text, or false where the library does not take the signature.
 */
export async function spend({ chain, coin, network, choices = {}, flags = "", send }, build) {
  const script = `node docs/examples/spend/${basename(process.argv[1])}`;
  const named = Object.entries({ ...network, ...choices });
  const usage = `usage: ${script} prepare FOLDER --public-key HEX --to ADDRESS --amount ${coin} …
       ${script} attach FOLDER

prepare writes the new FOLDER with the file message, lifeboat sign makes FOLDER/signature of it, attach joins the two.
  --public-key     the sender's, as lifeboat export --chain ${chain} shows it
${named.map(([name, [, what]]) => `  ${`--${name}`.padEnd(16)} ${what}`).join("\n")}`;
  const names = ["public-key", "to", "amount", ...named.map(([name]) => name)];
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" }]));

  await run(usage, 2, 2, options, async (given, step, folder) => {
    if (step === "prepare") return prepare(given, folder);
    if (step === "attach") return attach(folder);
    return cannot(`${step}: neither prepare nor attach\n${usage}`);
  });

  async function prepare(given, folder) {
    for (const name of ["public-key", "to", "amount"]) if (!given[name]) cannot(`--${name} is missing\n${usage}`);
    const madeUp = Object.keys(network).filter((name) => given[name] === undefined);
    const all = { ...Object.fromEntries(named.map(([name, [value]]) => [name, value])), ...given };
    const { from, message, fee } = await made(all);

    mkdirSync(folder);
    writeFileSync(`${folder}/message`, message);
    writeFileSync(`${folder}/transaction.json`, JSON.stringify(all, null, 1) + "\n");
    console.log(`${all.amount} ${coin} from ${from}\nto ${all.to}, fee ${fee}`);
    if (madeUp.length) console.log(`made up, so that no network takes it: ${madeUp.map((name) => `--${name}`).join(", ")}`);
    console.log(`message: ${message.length} bytes, SHA-256 ${createHash("sha256").update(message).digest("hex")}`);
    console.log(`sign it: lifeboat sign full.locked ${folder}/message --chain ${chain} ${flags}--out ${folder}/signature`);
    console.log(`then:    ${script} attach ${folder}`);
  }

  async function attach(folder) {
    const all = JSON.parse(readFileSync(`${folder}/transaction.json`, "utf8"));
    const { from, message, attach: joined } = await made(all);
    if (!readFileSync(`${folder}/message`).equals(message)) refuse("the message is not that of this transaction");
    const digits = readFileSync(`${folder}/signature`, "utf8").trim();
    if (!/^([0-9a-f]{2})+$/.test(digits)) cannot(`${folder}/signature: not as lifeboat sign writes it, in hex`);
    const signed = await accepted(() => joined(Buffer.from(digits, "hex")));
    writeFileSync(`${folder}/signed`, `${signed}\n`, { flag: "wx" });
    console.log(`the signature is that of ${from}\nwrote ${folder}/signed: ${send}`);
  }

  /** What the chain's library makes of the options; it says itself what it does not like about them. */
  async function made(all) {
    if (!/^(0[23])?[0-9a-f]{64}$/.test(all["public-key"])) cannot("--public-key: not 64 hexadecimal digits, or 66 that begin with 02 or 03");
    try {
      const transaction = await build({ ...all, publicKey: Buffer.from(all["public-key"], "hex") });
      return { ...transaction, message: Buffer.from(transaction.message) };
    } catch (error) {
      return cannot(error.status ? error.message : `the transaction cannot be made: ${error.message}`);
    }
  }
}

async function accepted(joined) {
  let signed;
  try {
    signed = await joined();
  } catch {
    signed = false;
  }
  return signed || refuse("the library does not take the signature: is it of this message, by the key of this address?");
}
