// Polkadot: a transfer of DOT on its Asset Hub, with @polkadot/types. What the bytes of a transfer mean is said by the runtime's
// metadata; what comes with the package is old, so a real transfer needs --metadata and --runtime.
import { readFileSync } from "node:fs";
import { expandMetadata, Metadata, TypeRegistry } from "@polkadot/types";
import oldMetadata from "@polkadot/types-support/metadata/v15/asset-hub-polkadot-hex";
import { blake2AsU8a, encodeAddress, signatureVerify } from "@polkadot/util-crypto";
import { spend, units } from "./steps.mjs";

const network = {
  metadata: ["", "a file with the answer of state_getMetadata in hex"],
  runtime: ["2000000/15", "specVersion/transactionVersion of state_getRuntimeVersion"],
  nonce: ["0", "system_accountNextIndex of the address"],
};
const send = "author_submitExtrinsic takes it";
const GENESIS = "0x68d56f15f85d3136970ec16946040bc1752654e906147f7e43e9d539d7c3de2f";

await spend({ chain: "dot", coin: "DOT", network, send }, ({ publicKey, to, amount, metadata, runtime, nonce }) => {
  const registry = new TypeRegistry();
  const hex = metadata ? readFileSync(metadata, "utf8").trim() : oldMetadata;
  // It begins with the letters "meta"; some answers have its length before them.
  const calls = new Metadata(registry, `0x${hex.slice(hex.indexOf("6d657461"))}`);
  registry.setMetadata(calls);
  const from = encodeAddress(publicKey, 0);
  const [specVersion, transactionVersion] = runtime.split("/").map(Number);
  const method = expandMetadata(registry, calls).tx.balances.transferKeepAlive({ Id: to }, units(amount, 10));
  // Era 00: good until its nonce is used.
  const parts = { method: method.toHex(), era: "0x00", nonce, tip: 0, genesisHash: GENESIS, blockHash: GENESIS, specVersion, transactionVersion };
  const payload = registry.createType("ExtrinsicPayload", parts, { version: 4 });
  const message = payload.toU8a({ method: true });
  return {
    from,
    message,
    fee: "about 0.002 DOT",
    attach(signature) {
      const extrinsic = registry.createType("Extrinsic", { method }, { version: 4 });
      extrinsic.addSignature(from, `0x00${signature.toString("hex")}`, payload.toHex());
      const covered = message.length > 256 ? blake2AsU8a(message, 256) : message;
      return signatureVerify(covered, signature, from).isValid && extrinsic.toHex();
    },
  };
});
