// TON: a transfer by the wallet contract v4r2, with @ton/ton. The first one also puts the contract on the chain.
import { beginCell, external, internal, storeMessage } from "@ton/core";
import { signVerify } from "@ton/crypto";
import { WalletContractV4 } from "@ton/ton";
import { spend, units } from "./steps.mjs";

const network = { seqno: ["0", "the wallet's: its get method seqno; 0 where there is no contract yet"] };
const choices = { "valid-until": ["1900000000", "seconds since 1970 after which the transfer is void"] };
const send = "sendBoc takes it, in base64";

await spend({ chain: "ton", coin: "TON", network, choices, flags: "--prehashed ", send }, async ({ publicKey, to, amount, seqno, "valid-until": until }) => {
  const wallet = WalletContractV4.create({ workchain: 0, publicKey });
  const messages = [internal({ to, value: units(amount, 9), bounce: false })];
  const order = { seqno: Number(seqno), timeout: Number(until), sendMode: 3, messages };
  const transfer = (signer) => wallet.createTransfer({ ...order, signer });
  let message;
  await transfer(async (cell) => (message = cell.hash()) && Buffer.alloc(64));
  return {
    from: wallet.address.toString({ bounceable: false }),
    message,
    fee: "about 0.005 TON",
    async attach(signature) {
      const body = await transfer(async () => signature);
      const init = order.seqno === 0 ? wallet.init : undefined;
      const whole = beginCell().store(storeMessage(external({ to: wallet.address, init, body }))).endCell();
      return signVerify(message, signature, publicKey) && whole.toBoc().toString("base64");
    },
  };
});
