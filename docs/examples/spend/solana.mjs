// Solana: a transfer of SOL, with @solana/web3.js.
import { PublicKey, SystemProgram, Transaction } from "@solana/web3.js";
import { spend, units } from "./steps.mjs";

const network = { blockhash: ["US517G5965aydkZ46HS38QLi7UQiSojurfbQfKCELFx", "of getLatestBlockhash, good for a minute; or the value of a nonce account, good until it is used"] };
const choices = { "nonce-account": ["", "the nonce account whose value --blockhash is, with the sender as its authority"] };
const send = "sendTransaction takes it, with the encoding base64";

await spend({ chain: "sol", coin: "SOL", network, choices, send }, ({ publicKey, to, amount, blockhash, "nonce-account": nonce }) => {
  const from = new PublicKey(publicKey);
  const transaction = new Transaction({ feePayer: from, blockhash, lastValidBlockHeight: 0 });
  if (nonce) transaction.add(SystemProgram.nonceAdvance({ noncePubkey: new PublicKey(nonce), authorizedPubkey: from }));
  transaction.add(SystemProgram.transfer({ fromPubkey: from, toPubkey: new PublicKey(to), lamports: units(amount, 9) }));
  return {
    from: from.toBase58(),
    message: transaction.serializeMessage(),
    fee: "0.000005 SOL",
    attach(signature) {
      transaction.addSignature(from, signature);
      return transaction.verifySignatures() && transaction.serialize().toString("base64");
    },
  };
});
