// Bitcoin: a payment out of one unspent output of the bc1q address, with bitcoinjs-lib. What is left goes back to the address.
import * as ecc from "@bitcoinerlab/secp256k1";
import * as bitcoin from "bitcoinjs-lib";
import { spend, units } from "./steps.mjs";

const network = {
  utxo: [`${"07".repeat(32)}:0`, "an unspent output of the address, TXID:INDEX"],
  "utxo-amount": ["1", "what it holds, in BTC: to be right, because it is signed"],
};
const choices = { fee: ["0.00001", "in BTC; the payment has about 141 virtual bytes"] };
const send = "bitcoin-cli sendrawtransaction takes it";

await spend({ chain: "btc", coin: "BTC", network, choices, flags: "--prehashed ", send }, (given) => {
  const { publicKey } = given;
  const { address, output } = bitcoin.payments.p2wpkh({ pubkey: publicKey });
  const [amount, fee, held] = [given.amount, given.fee, given["utxo-amount"]].map((text) => units(text, 8));
  const change = held - amount - fee;
  if (change < 0n) throw new Error("the unspent output does not hold that much");

  const [hash, index] = given.utxo.split(":");
  const signedBy = (sign) => {
    const psbt = new bitcoin.Psbt();
    psbt.addInput({ hash, index: Number(index), witnessUtxo: { script: output, value: held } });
    psbt.addOutput({ address: given.to, value: amount });
    if (change >= 294n) psbt.addOutput({ address, value: change }); // less is dust, and goes to the fee
    return psbt.signInput(0, { publicKey, sign });
  };
  let message;
  signedBy((sighash) => (message = sighash) && Buffer.alloc(64, 1));
  return {
    from: address,
    message,
    fee: `${given.fee} BTC`,
    attach(signature) {
      const psbt = signedBy(() => signature);
      const isRight = psbt.validateSignaturesOfInput(0, (key, sighash, bytes) => ecc.verify(sighash, key, bytes));
      return isRight && psbt.finalizeAllInputs().extractTransaction().toHex();
    },
  };
});
