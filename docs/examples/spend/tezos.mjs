// Tezos: a transfer of XTZ, with @taquito. An account that never sent anything has to reveal its key in the same operation.
import { LocalForger } from "@taquito/local-forging";
import { b58Encode, getPkhfromPk, PrefixV2, verifySignature } from "@taquito/utils";
import { spend, units } from "./steps.mjs";

const network = {
  branch: ["BKmNqp8GmKT78gqboxkGZsQYyDrwMX9hcm1R6ZttGWKF6qcBD15", "the hash of the head block, good for an hour: chains/main/blocks/head/hash"],
  counter: ["9", "one more than the account has: …/contracts/ADDRESS/counter"],
};
const choices = { reveal: ["no", "yes where …/contracts/ADDRESS/manager_key is null"] };
const send = "injection/operation takes it, a JSON string of hex";

await spend({ chain: "xtz", coin: "XTZ", network, choices, send }, async ({ publicKey, to, amount, branch, counter, reveal }) => {
  const edpk = b58Encode(publicKey, PrefixV2.Ed25519PublicKey);
  const from = getPkhfromPk(edpk);
  const of = (kind, fee, more, ahead = 0) =>
    ({ kind, source: from, fee, counter: String(BigInt(counter) + BigInt(ahead)), gas_limit: "1500", storage_limit: "300", ...more });
  const contents = reveal === "yes" ? [of("reveal", "400", { public_key: edpk })] : [];
  contents.push(of("transaction", "500", { amount: String(units(amount, 6)), destination: to }, contents.length));
  const forged = await new LocalForger().forge({ branch, contents });
  return {
    from,
    message: Buffer.from(`03${forged}`, "hex"),
    fee: reveal === "yes" ? "0.0009 XTZ" : "0.0005 XTZ",
    attach(signature) {
      const edsig = b58Encode(signature, PrefixV2.Ed25519Signature);
      return verifySignature(forged, edpk, edsig, Buffer.from([3])) && forged + signature.toString("hex");
    },
  };
});
