// Stellar: a payment of XLM, with @stellar/stellar-base.
import { Account, Asset, BASE_FEE, Memo, Networks, Operation, StrKey, TransactionBuilder } from "@stellar/stellar-base";
import { spend, units } from "./steps.mjs";

const network = { sequence: ["41", "the sequence number that the account has now: horizon's accounts/ADDRESS"] };
const choices = { memo: ["", "text for the receiver: exchanges ask for one"] };
const send = "horizon's transactions endpoint takes it as tx";

await spend({ chain: "xlm", coin: "XLM", network, choices, send }, ({ publicKey, to, amount, sequence, memo }) => {
  units(amount, 7);
  const from = StrKey.encodeEd25519PublicKey(publicKey);
  const builder = new TransactionBuilder(new Account(from, sequence), { fee: BASE_FEE, networkPassphrase: Networks.PUBLIC })
    .addOperation(Operation.payment({ destination: to, asset: Asset.native(), amount }))
    .setTimeout(0); // good until the sequence number is used
  if (memo) builder.addMemo(Memo.text(memo));
  const transaction = builder.build();
  return {
    from,
    message: transaction.signatureBase(),
    fee: "0.00001 XLM",
    attach(signature) {
      transaction.addSignature(from, signature.toString("base64")); // throws on one that does not verify
      return transaction.toXDR();
    },
  };
});
