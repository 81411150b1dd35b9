// Cosmos Hub: a transfer of ATOM, with @cosmjs. Its kin (OSMO, TIA, SEI, KAVA, LUNA) differ in --chain-id, prefix and coin.
import { encodeSecp256k1Pubkey, pubkeyToAddress } from "@cosmjs/amino";
import { Secp256k1, Secp256k1Signature, sha256 } from "@cosmjs/crypto";
import { encodePubkey, makeAuthInfoBytes, makeSignBytes, makeSignDoc, Registry } from "@cosmjs/proto-signing";
import { TxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";
import { spend, units } from "./steps.mjs";

const network = {
  account: ["12345", "account_number of …/cosmos/auth/v1beta1/accounts/ADDRESS"],
  sequence: ["0", "sequence there"],
};
const choices = {
  fee: ["0.005", "in ATOM"],
  memo: ["", "text for the receiver: exchanges ask for one"],
};
const send = "POST /cosmos/tx/v1beta1/txs takes it as tx_bytes";

await spend({ chain: "atom", coin: "ATOM", network, choices, send }, ({ publicKey, to, amount, account, sequence, fee, memo }) => {
  const key = encodeSecp256k1Pubkey(publicKey);
  const from = pubkeyToAddress(key, "cosmos");
  const uatom = (text) => [{ denom: "uatom", amount: String(units(text, 6)) }];
  const transfer = { typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: { fromAddress: from, toAddress: to, amount: uatom(amount) } };
  const body = new Registry().encodeTxBody({ messages: [transfer], memo });
  const signer = { pubkey: encodePubkey(key), sequence: Number(sequence) };
  const auth = makeAuthInfoBytes([signer], uatom(fee), 120000, undefined, undefined);
  const message = makeSignBytes(makeSignDoc(body, auth, "cosmoshub-4", Number(account)));
  return {
    from,
    message,
    fee: `${fee} ATOM`,
    attach(signature) {
      const isRight = Secp256k1.verifySignature(Secp256k1Signature.fromFixedLength(signature), sha256(message), publicKey);
      const whole = TxRaw.encode({ bodyBytes: body, authInfoBytes: auth, signatures: [signature] }).finish();
      return isRight && Buffer.from(whole).toString("base64");
    },
  };
});
