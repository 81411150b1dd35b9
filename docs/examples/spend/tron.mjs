// Tron: a transfer of TRX, with tronweb.
import { ECDH } from "node:crypto";
import { TronWeb, utils } from "tronweb";
import { spend, units } from "./steps.mjs";

const network = {
  block: ["0000000000000001070707070707070700000000000000000000000000000000", "the blockID of a block of the last day: wallet/getnowblock"],
  expires: ["1900000000", "seconds since 1970 after which the transfer is void, at most a day ahead"],
};
const send = "wallet/broadcasthex takes it";

await spend({ chain: "trx", coin: "TRX", network, flags: "--form recoverable ", send }, async ({ publicKey, to, amount, block, expires }) => {
  const point = ECDH.convertKey(publicKey, "secp256k1", undefined, undefined, "uncompressed");
  const from = utils.crypto.getBase58CheckAddress(utils.crypto.computeAddress(point));
  // The library wants the address of a node, which it does not call where the block is given.
  const { transactionBuilder } = new TronWeb({ fullHost: "http://127.0.0.1" });
  const expiration = Number(expires) * 1000;
  const blockHeader = { ref_block_bytes: block.slice(12, 16), ref_block_hash: block.slice(16, 32), expiration, timestamp: expiration - 3_600_000 };
  const transaction = await transactionBuilder.sendTrx(to, Number(units(amount, 6)), from, { blockHeader });
  return {
    from,
    message: Buffer.from(transaction.raw_data_hex, "hex"),
    fee: "the bandwidth of the transfer, 0.3 TRX at most",
    attach(signature) {
      const signer = utils.crypto.ecRecover(transaction.txID, signature.toString("hex"));
      const signed = utils.transaction.txJsonToPb(transaction);
      signed.addSignature(signature);
      return TronWeb.address.fromHex(signer) === from && Buffer.from(signed.serializeBinary()).toString("hex");
    },
  };
});
