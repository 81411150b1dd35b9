// Algorand: a payment of ALGO, with algosdk.
import { createPublicKey, verify } from "node:crypto";
import algosdk from "algosdk";
import { spend, units } from "./steps.mjs";

const network = { "first-valid": ["1", "the last round: /v2/status; the payment is good for 1000 rounds, about 45 minutes"] };
const send = "POST /v2/transactions takes its bytes, here in base64";
const GENESIS = Buffer.from("wGHE2Pwdvd7S12BL5FaOP20EGYesN73ktiC1qzkkit8=", "base64");

await spend({ chain: "algo", coin: "ALGO", network, send }, ({ publicKey, to, amount, "first-valid": first }) => {
  const from = algosdk.encodeAddress(publicKey);
  const firstValid = Number(first);
  const suggestedParams = { fee: 1000, minFee: 1000, flatFee: true, firstValid, lastValid: firstValid + 1000, genesisHash: GENESIS, genesisID: "mainnet-v1.0" };
  const payment = algosdk.makePaymentTxnWithSuggestedParamsFromObject({ sender: from, receiver: to, amount: units(amount, 6), suggestedParams });
  const message = payment.bytesToSign();
  return {
    from,
    message,
    fee: "0.001 ALGO",
    attach(signature) {
      // The library attaches any signature, so Node verifies it.
      const jwk = { kty: "OKP", crv: "Ed25519", x: publicKey.toString("base64url") };
      const isRight = verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature);
      return isRight && Buffer.from(payment.attachSignature(from, signature)).toString("base64");
    },
  };
});
