// Ethereum and its like: a transfer (EIP-1559), with ethers.
import { computeAddress, getAddress, Transaction } from "ethers";
import { spend, units } from "./steps.mjs";

const network = { nonce: ["0", "eth_getTransactionCount of the address, at \"pending\""] };
const choices = {
  "max-fee": ["30", "the most to pay for a unit of gas, in gwei: twice the base fee is safe"],
  "chain-id": ["1", "1 is Ethereum, 137 Polygon, 56 BNB Chain, 8453 Base"],
};
const send = "eth_sendRawTransaction takes it";

await spend({ chain: "eth", coin: "ETH", network, choices, flags: "--form recoverable ", send }, (given) => {
  const from = computeAddress(`0x${given.publicKey.toString("hex")}`);
  const maxFeePerGas = units(given["max-fee"], 9);
  const transaction = Transaction.from({
    type: 2, to: getAddress(given.to), value: units(given.amount, 18), nonce: Number(given.nonce), chainId: Number(given["chain-id"]),
    gasLimit: 21000, maxFeePerGas, maxPriorityFeePerGas: maxFeePerGas < 1_000_000_000n ? maxFeePerGas : 1_000_000_000n,
  });
  return {
    from,
    message: Buffer.from(transaction.unsignedSerialized.slice(2), "hex"),
    fee: `at most ${Number(21000n * maxFeePerGas) / 1e18} ETH`,
    attach(signature) {
      const [r, s] = [signature.subarray(0, 32), signature.subarray(32, 64)].map((half) => `0x${half.toString("hex")}`);
      transaction.signature = { r, s, yParity: signature[64] };
      const { serialized } = transaction;
      return Transaction.from(serialized).from === from && serialized;
    },
  };
});
