// Writes fixtures/signatures/shapes.json: bytes that the chains' own libraries make, which of them are signed, and to what
// digest. Beside those of chains/package.json it takes packages that are too many to install for every run:
//
//     npm install --ignore-scripts @ethereumjs/tx@10 @ethereumjs/common@10 @cosmjs/amino @cosmjs/proto-signing cosmjs-types \
//       @polkadot/types @hashgraph/sdk tronweb ripple-binary-codec @stellar/stellar-base algosdk bitcoinjs-lib \
//       @near-js/transactions @near-js/crypto
//     NODE_PATH=node_modules node tests/interop/make_shapes.cjs fixtures/signatures/shapes.json
//
// TEST KEYS ONLY.
"use strict";
const fs = require("node:fs");

const bytes = (digits) => Buffer.from(digits, "hex");
const filled = (length, byte) => Buffer.alloc(length, byte);
const cases = [];
function add(chain, name, message, isSigned, digest = null) {
  const hex = (value) => Buffer.from(value).toString("hex");
  cases.push({ chain, name, message: hex(message), isSigned, digest: digest && hex(digest) });
}
const withNewline = (message) => Buffer.concat([message, Buffer.from("\n")]);

// The payload, the same with empty v, r and s (`serialize()`), and signed.
function ethereum() {
  const { createTx } = require("@ethereumjs/tx");
  const { Common, Mainnet, Hardfork } = require("@ethereumjs/common");
  const { RLP } = require("@ethereumjs/rlp");
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague });
  const to = "0x000000000000000000000000000000000000dEaD";
  const base = { nonce: 9, gasLimit: 60000, to, value: 10n ** 18n, data: "0x1234" };
  const fees = { maxFeePerGas: 9n, maxPriorityFeePerGas: 1n, chainId: 1 };
  const accessList = [{ address: to, storageKeys: [`0x${"11".repeat(32)}`] }];
  const authorizationList = [{ chainId: "0x01", address: to, nonce: "0x01", yParity: "0x", r: `0x${"22".repeat(32)}`, s: `0x${"33".repeat(32)}` }];
  for (const fields of [
    { ...base, type: 0, gasPrice: 9n },
    { ...base, type: 1, gasPrice: 9n, chainId: 1, accessList },
    { ...base, type: 2, ...fees, accessList },
    { ...base, type: 4, ...fees, authorizationList },
  ]) {
    const transaction = createTx(fields, { common });
    const message = transaction.getMessageToSign();
    const digest = transaction.getHashedMessageToSign();
    const kind = `type ${fields.type}`;
    add("eth", kind, Array.isArray(message) ? RLP.encode(message) : message, true, digest);
    // The oldest kind does not say there for which chain it is.
    const isClear = fields.type > 0;
    add("eth", `${kind}, serialize()`, transaction.serialize(), isClear, isClear ? digest : null);
    add("eth", `${kind}, signed`, transaction.sign(filled(32, 7)).serialize(), false);
    add("eth", `${kind}, newline`, withNewline(transaction.serialize()), false);
  }
}

function cosmos() {
  const { Registry, encodePubkey, makeAuthInfoBytes, makeSignBytes, makeSignDoc } = require("@cosmjs/proto-signing");
  const amino = require("@cosmjs/amino");
  const { TxRaw } = require("cosmjs-types/cosmos/tx/v1beta1/tx");
  const coins = [{ denom: "uatom", amount: "5" }];
  const key = encodePubkey(amino.encodeSecp256k1Pubkey(Buffer.concat([bytes("02"), filled(32, 9)])));
  const authInfoBytes = makeAuthInfoBytes([{ pubkey: key, sequence: 4 }], coins, 200000);
  const send = { typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: { fromAddress: "cosmos1a", toAddress: "cosmos1b", amount: coins } };
  const body = (memo) => new Registry().encodeTxBody({ messages: [send], memo });
  // A body of 123 bytes begins as a line end and a brace do.
  const odd = body("m".repeat(123 - body("").length - 2));
  for (const [name, bodyBytes] of [["usual", body("a & b")], ["body of 123 bytes", odd]]) {
    for (const account of [0, 7]) {
      add("atom", `${name}, account ${account}`, makeSignBytes(makeSignDoc(bodyBytes, authInfoBytes, "cosmoshub-4", account)), true);
    }
    for (const signatures of [[], [filled(64, 3)]]) {
      const transaction = TxRaw.fromPartial({ bodyBytes, authInfoBytes, signatures });
      add("atom", `${name}, TxRaw`, TxRaw.encode(transaction).finish(), false);
    }
  }
  const doc = amino.makeSignDoc([{ type: "cosmos-sdk/MsgSend", value: { from_address: "a", amount: [] } }],
    { amount: [], gas: "1" }, "cosmoshub-4", "a & <b>", 1, 2);
  add("atom", "amino", amino.serializeSignDoc(doc), true);
  add("atom", "amino, JSON.stringify", Buffer.from(JSON.stringify(doc)), false);
  const unescaped = Buffer.from(amino.serializeSignDoc(doc)).toString().replace("\\u0026", "&");
  add("atom", "amino, without escapes", Buffer.from(unescaped), false);
}

function polkadot() {
  const { TypeRegistry } = require("@polkadot/types");
  const { blake2AsU8a } = require("@polkadot/util-crypto");
  const registry = new TypeRegistry();
  const genesisHash = "0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3";
  const checks = ["CheckNonZeroSender", "CheckSpecVersion", "CheckTxVersion", "CheckGenesis", "CheckMortality", "CheckNonce", "CheckWeight"];
  for (const [name, more] of [
    ["older", ["ChargeTransactionPayment"]],
    ["with metadata", ["ChargeTransactionPayment", "CheckMetadataHash"]],
    ["asset hub", ["ChargeAssetTxPayment", "CheckMetadataHash"]],
  ]) {
    registry.setSignedExtensions([...checks, ...more]);
    for (const length of [37, 400]) {
      for (const mode of name === "older" ? [0] : [0, 1]) {
        const isMortal = mode === 0;
        const payload = registry.createType("ExtrinsicPayload", {
          method: `0x0503${"05".repeat(length)}`, era: isMortal ? "0x3503" : "0x00", nonce: 7, tip: 0, mode, genesisHash,
          specVersion: 2000001, transactionVersion: 26, blockHash: isMortal ? `0x${"ab".repeat(32)}` : genesisHash,
          metadataHash: mode ? `0x${"cd".repeat(32)}` : null,
        }, { version: 4 });
        const message = payload.toU8a({ method: true });
        add("dot", `${name}, ${length}, ${mode}`, message, true, message.length > 256 ? blake2AsU8a(message, 256) : null);
        add("dot", `${name}, ${length}, ${mode}, toU8a()`, payload.toU8a(), false);
      }
    }
  }
}

async function hedera() {
  const sdk = require("@hashgraph/sdk");
  const node = [sdk.AccountId.fromString("0.0.3")];
  const id = sdk.TransactionId.withValidStart(sdk.AccountId.fromString("0.0.1234"), new sdk.Timestamp(1700000000, 5));
  const frozen = (transaction) => transaction.setTransactionId(id).setNodeAccountIds(node).freeze();
  const transfer = frozen(new sdk.TransferTransaction().addHbarTransfer("0.0.1234", -1).addHbarTransfer("0.0.5", 1));
  const topic = frozen(new sdk.TopicMessageSubmitTransaction().setTopicId("0.0.99").setMessage("x"));
  for (const [name, transaction] of [["transfer", transfer], ["topic", topic]]) {
    const body = transaction._signedTransactions.list[0].bodyBytes;
    add("hbar", name, body, true);
    add("hbar", `${name}, newline`, withNewline(body), false);
    add("hbar", `${name}, toBytes()`, transaction.toBytes(), false);
  }
}

async function tron() {
  const { TronWeb } = require("tronweb");
  const [from, to] = ["TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "TVj7RNVHy6thbM7BWdSe9G6gXwKhjhdNZS"];
  const tronweb = new TronWeb({ fullHost: "http://127.0.0.1:1" });
  const blockHeader = { ref_block_bytes: "1234", ref_block_hash: "1122334455667788", expiration: 1700000060000, timestamp: 1700000000000 };
  const send = await tronweb.transactionBuilder.sendTrx(from, 5, to, { blockHeader });
  const parameters = [{ type: "address", value: to }, { type: "uint256", value: 5 }];
  const { transaction: call } = await tronweb.transactionBuilder.triggerSmartContract("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    "transfer(address,uint256)", { feeLimit: 1e8, txLocal: true, blockHeader }, parameters, from);
  for (const [name, transaction] of [["transfer", send], ["call", call]]) {
    add("trx", name, bytes(transaction.raw_data_hex), true, bytes(transaction.txID));
    const whole = tronweb.utils.transaction.txJsonToPb(transaction);
    add("trx", `${name}, whole`, whole.serializeBinary(), false);
    whole.addSignature(new Uint8Array(65).fill(7));
    add("trx", `${name}, signed`, whole.serializeBinary(), false);
  }
}

function xrp() {
  const codec = require("ripple-binary-codec");
  const [Account, other] = ["rDTXLQ7ZKZVKz33zJbHjgVShjsBnqMBhmN", "rLUEXYuLiQptky37CqLcm9USQpPiz5rkpD"];
  const base = { Account, Fee: "12", Sequence: 8, SigningPubKey: `02${"AA".repeat(32)}` };
  const usd = { currency: "USD", issuer: other, value: "1.5" };
  const Paths = [[{ account: Account }, { currency: "XRP" }], [{ currency: "USD", issuer: other }]];
  const Memos = [{ Memo: { MemoType: "AA", MemoData: "BB".repeat(300) } }];
  for (const transaction of [
    { ...base, TransactionType: "Payment", Destination: other, Amount: usd, SendMax: "5", DestinationTag: 9, Memos, Paths },
    { ...base, TransactionType: "TrustSet", LimitAmount: usd, Flags: 131072 },
    { ...base, TransactionType: "SignerListSet", SignerQuorum: 2, SignerEntries: [{ SignerEntry: { Account: other, SignerWeight: 1 } }] },
    { ...base, TransactionType: "NFTokenMint", NFTokenTaxon: 0, URI: "AA", TransferFee: 3 },
  ]) {
    const name = transaction.TransactionType;
    const message = bytes(codec.encodeForSigning(transaction));
    add("xrp", name, message, true);
    add("xrp", `${name}, one of several signers`, bytes(codec.encodeForMultisigning(transaction, other)), true);
    add("xrp", `${name}, without STX`, message.subarray(4), false);
    add("xrp", `${name}, newline`, withNewline(message), false);
    const signed = codec.encode({ ...transaction, TxnSignature: `30${"44".repeat(70)}` });
    add("xrp", `${name}, signed`, Buffer.concat([Buffer.from("STX\0"), bytes(signed)]), false);
  }
  add("xrp", "claim", bytes(codec.encodeForSigningClaim({ channel: "AA".repeat(32), amount: "5" })), true);
}

function near() {
  const { SignedTransaction, Signature, actionCreators, createTransaction, encodeTransaction } = require("@near-js/transactions");
  const key = new (require("@near-js/crypto").PublicKey)({ keyType: 0, data: filled(32, 7) });
  const actions = [
    actionCreators.createAccount(), actionCreators.deployContract(filled(10, 0)), actionCreators.transfer(1n),
    actionCreators.functionCall("ft_transfer", { a: 1 }, 30000000000000n, 1n), actionCreators.stake(1n, key),
    actionCreators.addKey(key, actionCreators.fullAccessKey()),
    actionCreators.addKey(key, actionCreators.functionCallAccessKey("r.near", ["m"], 5n)),
    actionCreators.deleteKey(key), actionCreators.deleteAccount("b.near"),
  ];
  for (const [number, some] of [...actions.map((action) => [action]), actions].entries()) {
    const transaction = createTransaction("a.near", key, "r.near", 5n, some, filled(32, 7));
    const signed = new SignedTransaction({ transaction, signature: new Signature({ keyType: 0, data: filled(64, 3) }) });
    add("near", `action ${number}`, encodeTransaction(transaction), true);
    add("near", `action ${number}, newline`, withNewline(encodeTransaction(transaction)), false);
    add("near", `action ${number}, signed`, signed.encode(), false);
  }
}

function stellar() {
  const sdk = require("@stellar/stellar-base");
  const pair = sdk.Keypair.fromRawEd25519Seed(filled(32, 0));
  const build = (networkPassphrase) => new sdk.TransactionBuilder(new sdk.Account(pair.publicKey(), "41"), { fee: "100", networkPassphrase })
    .addOperation(sdk.Operation.payment({ destination: pair.publicKey(), asset: sdk.Asset.native(), amount: "10" }))
    .addMemo(sdk.Memo.text("hello")).setTimeout(0).build();
  const transaction = build(sdk.Networks.PUBLIC);
  const bump = sdk.TransactionBuilder.buildFeeBumpTransaction(pair, "200", transaction, sdk.Networks.PUBLIC);
  for (const [name, one] of [["payment", transaction], ["fee bump", bump]]) {
    add("xlm", name, one.signatureBase(), true, one.hash());
    add("xlm", `${name}, newline`, withNewline(one.signatureBase()), false);
    add("xlm", `${name}, envelope`, one.toEnvelope().toXDR(), false);
  }
  add("xlm", "a network of its own", build("my own network").signatureBase(), false);
}

function algorand() {
  const sdk = require("algosdk");
  const sender = sdk.encodeAddress(filled(32, 7));
  const suggestedParams = { fee: 1000, minFee: 1000, flatFee: true, firstValid: 5, lastValid: 1005, genesisHash: filled(32, 7), genesisID: "mainnet-v1.0" };
  const asset = sdk.makeAssetTransferTxnWithSuggestedParamsFromObject(
    { sender, receiver: sender, amount: 7, assetIndex: 31566704, note: filled(300, 0), suggestedParams });
  const call = sdk.makeApplicationNoOpTxnFromObject(
    { sender, appIndex: 5, appArgs: [filled(5, 0), filled(3, 0)], accounts: [sender], suggestedParams });
  for (const [name, transaction] of [["asset", asset], ["call", call]]) {
    const message = transaction.bytesToSign();
    add("algo", name, message, true);
    add("algo", `${name}, newline`, withNewline(message), false);
    add("algo", `${name}, without TX`, message.subarray(2), false);
  }
}

// Preimages of before segwit: the transaction with the script of the output that is spent, and the type of sighash.
function bitcoins() {
  const bitcoin = require("bitcoinjs-lib");
  const script = bitcoin.script.fromASM(`OP_DUP OP_HASH160 ${"11".repeat(20)} OP_EQUALVERIFY OP_CHECKSIG`);
  const transaction = new bitcoin.Transaction();
  transaction.version = 2;
  transaction.addInput(filled(32, 7), 1);
  transaction.addInput(filled(32, 8), 1);
  transaction.addOutput(script, 1000n);
  const prepared = transaction.clone();
  prepared.ins[0].script = script;
  for (const chain of ["btc", "doge", "bch"]) {
    add(chain, "whole", transaction.toBuffer(), false);
    for (const [type, exists] of [[1, true], [2, true], [3, true], [0x81, true], [0, false], [5, false], [0x41, false]]) {
      const end = Buffer.from([type, 0, 0, 0]);
      const isSigned = exists && chain !== "bch";
      const digest = isSigned && type === 1 ? transaction.hashForSignature(0, script, 1) : null;
      add(chain, `sighash ${type}`, Buffer.concat([prepared.toBuffer(), end]), isSigned, digest);
    }
  }
}

(async () => {
  ethereum();
  cosmos();
  polkadot();
  await hedera();
  await tron();
  xrp();
  near();
  stellar();
  algorand();
  bitcoins();
  const lines = cases.map((one) => JSON.stringify(one)).join(",\n");
  const madeBy = "tests/interop/make_shapes.cjs; TEST KEYS ONLY";
  fs.writeFileSync(process.argv[2], `{"madeBy":${JSON.stringify(madeBy)},"cases":[\n${lines}\n]}\n`);
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
