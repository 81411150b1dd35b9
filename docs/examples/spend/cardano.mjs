// Cardano: a transfer of ADA out of one unspent output of the enterprise address, with @emurgo/cardano-serialization-lib-nodejs.
import * as cardano from "@emurgo/cardano-serialization-lib-nodejs";
import { spend, units } from "./steps.mjs";

const network = {
  utxo: [`${"07".repeat(32)}#0`, "an unspent output of the address, HASH#INDEX; it holds ADA and no other tokens"],
  "utxo-amount": ["10", "what it holds, in ADA"],
};
const choices = {
  fee: ["0.18", "in ADA; 0.18 is enough for one input and two outputs"],
  "valid-until": ["200000000", "the slot after which the transfer is void; a slot is a second"],
};
const send = "cardano-cli transaction submit or an indexer's submit endpoint takes its bytes, here in hex";

await spend({ chain: "ada", coin: "ADA", network, choices, send }, (given) => {
  const key = cardano.PublicKey.from_bytes(given.publicKey);
  const address = cardano.EnterpriseAddress.new(1, cardano.Credential.from_keyhash(key.hash())).to_address();
  const coin = (number) => cardano.Value.new(cardano.BigNum.from_str(String(number)));
  const [amount, fee, held] = [given.amount, given.fee, given["utxo-amount"]].map((text) => units(text, 6));
  const [hash, index] = given.utxo.split("#");

  const inputs = cardano.TransactionInputs.new();
  inputs.add(cardano.TransactionInput.new(cardano.TransactionHash.from_hex(hash), Number(index)));
  const outputs = cardano.TransactionOutputs.new();
  outputs.add(cardano.TransactionOutput.new(cardano.Address.from_bech32(given.to), coin(amount)));
  const change = held - amount - fee;
  if (change < 0n) throw new Error("the unspent output does not hold that much");
  if (change > 0n) outputs.add(cardano.TransactionOutput.new(address, coin(change)));
  const body = cardano.TransactionBody.new_tx_body(inputs, outputs, cardano.BigNum.from_str(String(fee)));
  body.set_ttl(cardano.BigNum.from_str(given["valid-until"]));
  return {
    from: address.to_bech32(),
    message: body.to_bytes(),
    fee: `${given.fee} ADA`,
    attach(signature) {
      const transaction = cardano.FixedTransaction.new_from_body_bytes(body.to_bytes());
      const ours = cardano.Ed25519Signature.from_bytes(signature);
      transaction.add_vkey_witness(cardano.Vkeywitness.new(cardano.Vkey.new(key), ours));
      return key.verify(transaction.transaction_hash().to_bytes(), ours) && transaction.to_hex();
    },
  };
});
