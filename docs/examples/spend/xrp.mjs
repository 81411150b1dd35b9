// XRP Ledger: a payment of XRP, with ripple-binary-codec and ripple-keypairs.
import { encode, encodeForSigning } from "ripple-binary-codec";
import { deriveAddress, verify } from "ripple-keypairs";
import { spend, units } from "./steps.mjs";

const network = { sequence: ["7", "the account's: account_info"] };
const choices = { tag: ["", "the receiver's destination tag: exchanges ask for one"] };
const send = "submit takes it as tx_blob";

await spend({ chain: "xrp", coin: "XRP", network, choices, flags: "--form der ", send }, ({ publicKey, to, amount, sequence, tag }) => {
  const SigningPubKey = publicKey.toString("hex").toUpperCase();
  const Account = deriveAddress(SigningPubKey);
  const payment = {
    TransactionType: "Payment", Account, Destination: to, Amount: String(units(amount, 6)), Fee: "12",
    Sequence: Number(sequence), SigningPubKey, ...(tag && { DestinationTag: Number(tag) }),
  };
  const message = encodeForSigning(payment);
  return {
    from: Account,
    message: Buffer.from(message, "hex"),
    fee: "0.000012 XRP",
    attach(signature) {
      const TxnSignature = signature.toString("hex").toUpperCase();
      return verify(message, TxnSignature, SigningPubKey) && encode({ ...payment, TxnSignature });
    },
  };
});
