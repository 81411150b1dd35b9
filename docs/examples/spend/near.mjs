// NEAR: a transfer, with @near-js. The sender is the implicit account, or the one that --account names.
import { createHash } from "node:crypto";
import { KeyType, PublicKey } from "@near-js/crypto";
import { actionCreators, createTransaction, encodeTransaction, Signature, SignedTransaction } from "@near-js/transactions";
import bs58 from "bs58";
import { spend, units } from "./steps.mjs";

const network = {
  nonce: ["5", "one more than the access key has: query view_access_key"],
  blockhash: ["US517G5965aydkZ46HS38QLi7UQiSojurfbQfKCELFx", "of a final block, good for half a day"],
};
const choices = { account: ["", "a named account that has this key, in place of the implicit one"] };
const send = "broadcast_tx_commit takes it, in base64";

await spend({ chain: "near", coin: "NEAR", network, choices, send }, ({ publicKey, to, amount, nonce, blockhash, account }) => {
  const key = new PublicKey({ keyType: KeyType.ED25519, data: publicKey });
  const from = account || publicKey.toString("hex");
  const actions = [actionCreators.transfer(units(amount, 24))];
  const transaction = createTransaction(from, key, to, BigInt(nonce), actions, bs58.decode(blockhash));
  const message = Buffer.from(encodeTransaction(transaction));
  return {
    from,
    message,
    fee: "below 0.001 NEAR",
    attach(signature) {
      const signed = new SignedTransaction({ transaction, signature: new Signature({ keyType: key.keyType, data: signature }) });
      const digest = createHash("sha256").update(message).digest();
      return key.verify(digest, signature) && Buffer.from(signed.encode()).toString("base64");
    },
  };
});
