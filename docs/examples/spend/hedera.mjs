// Hedera: a transfer of HBAR, with @hiero-ledger/sdk. The network assigns account ids: an explorer finds yours by the public key.
import { AccountId, Hbar, HbarUnit, PublicKey, Timestamp, TransactionId, TransferTransaction } from "@hiero-ledger/sdk";
import { spend, units } from "./steps.mjs";

const network = {
  account: ["0.0.1001", "the sender's account id"],
  start: ["1900000000", "seconds since 1970 from which the transfer is good, for three minutes"],
  node: ["0.0.3", "the node that the transfer is handed to"],
};
const send = "the node takes its bytes, here in base64: Transaction.fromBytes, execute";

await spend({ chain: "hbar", coin: "HBAR", network, send }, async ({ publicKey, to, amount, account, start, node }) => {
  const key = PublicKey.fromBytesED25519(publicKey);
  const tinybars = Hbar.fromTinybars(String(units(amount, 8)));
  const transfer = new TransferTransaction()
    .addHbarTransfer(account, tinybars.negated())
    .addHbarTransfer(to, tinybars)
    .setTransactionId(TransactionId.withValidStart(AccountId.fromString(account), new Timestamp(Number(start), 0)))
    .setTransactionValidDuration(180)
    .setMaxTransactionFee(Hbar.from(1, HbarUnit.Hbar))
    .setNodeAccountIds([AccountId.fromString(node)])
    .freeze();
  let message;
  const bytes = transfer.toBytes();
  await transfer.signWith(key, async (body) => (message = body) && Buffer.alloc(64));
  return {
    from: account,
    message,
    fee: "at most 1 HBAR",
    async attach(signature) {
      const signed = TransferTransaction.fromBytes(bytes);
      await signed.signWith(key, async () => signature);
      return key.verify(message, signature) && key.verifyTransaction(signed) && Buffer.from(signed.toBytes()).toString("base64");
    },
  };
});
