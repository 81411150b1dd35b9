// Holds `lifeboat sign` against the chains' own libraries: each makes a transaction or a message, the program signs it, and the
// library takes the signature and agrees on the address. Usage: node chain_libraries.cjs PROGRAM, or --write FILE, which
// writes what the libraries expect to fixtures/signatures/chain_libraries.json. TEST KEYS ONLY.
"use strict";
const { execFileSync } = require("node:child_process");
const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

// Whatever a library tries, nothing leaves this machine.
require("node:net").Socket.prototype.connect = () => {
  throw new Error("the interop test is offline");
};
globalThis.fetch = async () => {
  throw new Error("the interop test is offline");
};

const algosdk = require("algosdk");
const bitcoin = require("bitcoinjs-lib");
const bitcoinMessage = require("bitcoinjs-message");
const ecc = require("@bitcoinerlab/secp256k1");
const ethers = require("ethers");
const near = require("@near-js/transactions");
const nearCrypto = require("@near-js/crypto");
const polkadot = require("@polkadot/util-crypto");
const ripple = require("ripple-binary-codec");
const rippleKeys = require("ripple-keypairs");
const solana = require("@solana/web3.js");
const stellar = require("@stellar/stellar-base");
const tezos = require("@taquito/utils");
const { LocalForger } = require("@taquito/local-forging");
const ton = require("@ton/core");
const tonCrypto = require("@ton/crypto");
bitcoin.initEccLib(ecc);

const SECRET = crypto.createHash("sha256").update("signature test key").digest();
const POINT = Buffer.from(ecc.pointFromScalar(SECRET, true));
// An ed25519 key here is a scalar, not a seed: the scalar 7, and its point.
const SCALAR = Buffer.concat([Buffer.from([7]), Buffer.alloc(31)]);
const KEY = Buffer.from("b862409fb5c4c4123df2abf7462b88f041ad36dd6864ce872fd5472be363c5b1", "hex");
const seven = (n) => Buffer.alloc(n, 7);
const hex = (bytes) => Buffer.from(bytes).toString("hex");

const cases = [];
// `covered` is what is signed where it is neither digest nor message, `accepts` the library's own judgement.
function add(chain, name, { message, digest = null, covered = digest ?? message, signature = null, address, flags = [], accepts }) {
  const shown = { message: hex(message), digest: digest && hex(digest), covered: hex(covered), signature };
  cases.push({ chain, name, ...shown, address, flags, accepts });
}

function ethereum() {
  const wallet = new ethers.Wallet(`0x${hex(SECRET)}`);
  const to = "0x000000000000000000000000000000000000dEaD";
  const base = { to, nonce: 9, gasLimit: 21000, value: 10n ** 18n, chainId: 1 };
  const kinds = [
    ["EIP-1559", { ...base, type: 2, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n }],
    ["EIP-2930", { ...base, type: 1, gasPrice: 9n, accessList: [{ address: to, storageKeys: [] }] }],
    ["EIP-155", { ...base, type: 0, gasPrice: 9n, chainId: 137 }],
  ];
  for (const [name, fields] of kinds) {
    const transaction = ethers.Transaction.from(fields);
    const expected = wallet.signingKey.sign(transaction.unsignedHash);
    add("eth", `${name} transaction`, {
      message: Buffer.from(transaction.unsignedSerialized.slice(2), "hex"),
      digest: Buffer.from(transaction.unsignedHash.slice(2), "hex"),
      signature: expected.r.slice(2) + expected.s.slice(2) + `0${expected.yParity}`,
      address: wallet.address, flags: ["--form", "recoverable"],
      accepts(signature) {
        const yParity = parseInt(signature.slice(128), 16);
        const signed = transaction.clone();
        signed.signature = { r: `0x${signature.slice(0, 64)}`, s: `0x${signature.slice(64, 128)}`, yParity };
        return ethers.Transaction.from(signed.serialized).from === wallet.address;
      },
    });
  }
  const text = "we are still here";
  add("eth", "text message", {
    message: Buffer.from(text), digest: Buffer.from(ethers.hashMessage(text).slice(2), "hex"),
    signature: wallet.signMessageSync(text).slice(2), address: wallet.address, flags: ["--text-message"],
    accepts: (signature) => ethers.verifyMessage(text, `0x${signature}`) === wallet.address,
  });
}

// Signed text messages: BIP 137's header says the kind of address.
function bitcoinMessages() {
  const text = "we are still here";
  const nested = bitcoin.payments.p2sh({ redeem: bitcoin.payments.p2wpkh({ pubkey: POINT }) }).address;
  const kinds = [
    ["p2pkh", bitcoin.payments.p2pkh({ pubkey: POINT }).address, undefined],
    ["p2sh-p2wpkh", nested, "p2sh(p2wpkh)"],
    ["p2wpkh", bitcoin.payments.p2wpkh({ pubkey: POINT }).address, "p2wpkh"],
  ];
  for (const [kind, address, segwitType] of kinds) {
    add("btc", `text message of ${kind}`, {
      message: Buffer.from(text), digest: bitcoinMessage.magicHash(text),
      signature: bitcoinMessage.sign(text, SECRET, true, segwitType && { segwitType }).toString("base64"),
      address, flags: ["--text-message", "--address-type", kind],
      accepts: (signature) => bitcoinMessage.verify(text, address, signature),
    });
  }
}

// Spends of bitcoinjs-lib: the sighash it asks for is signed, and it makes the transaction of the answer.
function bitcoinSpends() {
  const inner = POINT.subarray(1);
  const tweak = bitcoin.crypto.taggedHash("TapTweak", inner);
  const even = POINT[0] === 2 ? SECRET : Buffer.from(ecc.privateNegate(SECRET));
  const tweaked = Buffer.from(ecc.privateAdd(even, tweak));
  const kinds = [
    ["p2wpkh", bitcoin.payments.p2wpkh({ pubkey: POINT }), {}, POINT, (hash) => ecc.sign(hash, SECRET)],
    ["p2tr", bitcoin.payments.p2tr({ internalPubkey: inner }), { tapInternalKey: inner },
      Buffer.from(ecc.pointFromScalar(tweaked, true)), (hash) => ecc.signSchnorr(hash, tweaked, Buffer.alloc(32))],
  ];
  for (const [kind, payment, more, publicKey, own] of kinds) {
    const spend = (sign) => {
      const psbt = new bitcoin.Psbt();
      psbt.addInput({ hash: hex(seven(32)), index: 1, witnessUtxo: { script: payment.output, value: 9000n }, ...more });
      psbt.addOutput({ address: payment.address, value: 8000n });
      psbt.signInput(0, { publicKey, sign, signSchnorr: sign });
      return psbt;
    };
    let sighash;
    spend((hash) => own((sighash = hash)));
    add("btc", `sighash of ${kind}`, {
      message: sighash, digest: sighash, signature: hex(own(sighash)), address: payment.address,
      flags: ["--prehashed", "--address-type", kind],
      accepts(signature) {
        const psbt = spend(() => Buffer.from(signature, "hex"));
        const holds = psbt.validateSignaturesOfInput(0, (key, hash, bytes) =>
          key.length === 32 ? ecc.verifySchnorr(hash, key, bytes) : ecc.verify(hash, key, bytes));
        return holds && psbt.finalizeAllInputs().extractTransaction().ins[0].witness.length > 0;
      },
    });
  }
}

function xrp() {
  const publicKey = hex(POINT).toUpperCase();
  const address = rippleKeys.deriveAddress(publicKey);
  const payment = { TransactionType: "Payment", Account: address, Destination: "rLUEXYuLiQptky37CqLcm9USQpPiz5rkpD",
    Amount: "1000000", Fee: "12", Sequence: 7, SigningPubKey: publicKey };
  const prepared = ripple.encodeForSigning(payment);
  const message = Buffer.from(prepared, "hex");
  add("xrp", "payment", {
    message, digest: crypto.createHash("sha512").update(message).digest().subarray(0, 32),
    signature: rippleKeys.sign(prepared, `00${hex(SECRET).toUpperCase()}`).toLowerCase(), address, flags: ["--form", "der"],
    accepts: (signature) => rippleKeys.verify(prepared, signature.toUpperCase(), publicKey),
  });
}

function nearProtocol() {
  const publicKey = new nearCrypto.PublicKey({ keyType: nearCrypto.KeyType.ED25519, data: KEY });
  const address = hex(KEY);
  const actions = [near.actionCreators.transfer(10n ** 24n)];
  const transaction = near.createTransaction(address, publicKey, "receiver.near", 5n, actions, seven(32));
  const message = Buffer.from(near.encodeTransaction(transaction));
  const digest = crypto.createHash("sha256").update(message).digest();
  add("near", "transfer", {
    message, digest, address,
    accepts(signature) {
      const bytes = Buffer.from(signature, "hex");
      const signed = new near.SignedTransaction({ transaction, signature: new near.Signature({ keyType: 0, data: bytes }) });
      return near.SignedTransaction.decode(signed.encode()) && publicKey.verify(digest, bytes);
    },
  });
}

async function tezosOperations() {
  const edpk = tezos.b58Encode(KEY, tezos.PrefixV2.Ed25519PublicKey);
  const address = tezos.getPkhfromPk(edpk);
  const manager = { source: address, fee: "400", counter: "9", gas_limit: "1500", storage_limit: "300" };
  const operations = {
    transfer: { kind: "transaction", ...manager, amount: "1000000", destination: "tz1MGH32fkdcfJqLTHhX8WH3WBNtRVwxQPBC" },
    reveal: { kind: "reveal", ...manager, public_key: edpk },
    delegation: { kind: "delegation", ...manager, delegate: address },
  };
  for (const [name, operation] of Object.entries(operations)) {
    const branch = tezos.b58Encode(seven(32), tezos.PrefixV2.BlockHash);
    const forged = await new LocalForger().forge({ branch, contents: [operation] });
    const message = Buffer.from(`03${forged}`, "hex");
    add("xtz", name, {
      message, digest: polkadot.blake2AsU8a(message, 256), address,
      accepts: (signature) => tezos.verifySignature(forged, edpk, tezos.b58Encode(Buffer.from(signature, "hex"), tezos.PrefixV2.Ed25519Signature), Buffer.from([3])),
    });
  }
}

// The signed part of a transfer by wallet contract v4.
function tonTransfer(address) {
  const destination = ton.Address.parse(address);
  const message = ton.internal({ to: destination, value: ton.toNano("1.5"), body: "hello", bounce: false });
  const order = ton.beginCell().storeUint(698983191, 32).storeUint(1_900_000_000, 32).storeUint(3, 32).storeUint(0, 8)
    .storeUint(3, 8).storeRef(ton.beginCell().store(ton.storeMessageRelaxed(message)).endCell()).endCell();
  add("ton", "transfer of a v4 wallet", {
    message: order.hash(), digest: order.hash(), address: destination.toString({ bounceable: false }), flags: ["--prehashed"],
    accepts: (signature) => tonCrypto.signVerify(order.hash(), Buffer.from(signature, "hex"), KEY),
  });
}

function algorand() {
  const address = algosdk.encodeAddress(KEY);
  const suggestedParams = { fee: 1000, minFee: 1000, flatFee: true, firstValid: 5, lastValid: 1005, genesisHash: seven(32), genesisID: "mainnet-v1.0" };
  const payment = algosdk.makePaymentTxnWithSuggestedParamsFromObject({ sender: address, receiver: address, amount: 7, suggestedParams });
  const verifies = (message, signature) =>
    polkadot.ed25519Verify(message, Buffer.from(signature, "hex"), KEY);
  add("algo", "payment", {
    message: payment.bytesToSign(), address,
    accepts(signature) {
      const bytes = payment.attachSignature(address, Buffer.from(signature, "hex"));
      const signed = algosdk.decodeSignedTransaction(bytes);
      return verifies(signed.txn.bytesToSign(), hex(signed.sig));
    },
  });
  const text = Buffer.from("we are still here");
  add("algo", "text message", {
    message: text, covered: Buffer.concat([Buffer.from("MX"), text]), address, flags: ["--text-message"],
    accepts: (signature) => algosdk.verifyBytes(text, Buffer.from(signature, "hex"), address),
  });
}

// A payload over 256 bytes is hashed first, as the library's extrinsics are.
function polkadots() {
  for (const [chain, prefix] of [["dot", 0], ["ksm", 2]]) {
    const address = polkadot.encodeAddress(KEY, prefix);
    // A text is signed as it is, however long.
    for (const text of ["we are still here.", "a".repeat(400)]) {
      const wrapped = Buffer.from(`<Bytes>${text}</Bytes>`);
      for (const message of [Buffer.from(text), wrapped]) {
        add(chain, `text message of ${message.length} bytes`, {
          message, covered: wrapped, address, flags: ["--text-message"],
          accepts: (signature) => polkadot.signatureVerify(text, Buffer.from(signature, "hex"), address).isValid,
        });
      }
    }
    for (const length of [120, 256, 257, 400]) {
      // A call, an era, a nonce and a tip; two versions and two hashes.
      const versions = Buffer.from([0, 4, 0, 1, 2, 3, 0, 26, 0, 0, 0]);
      const message = Buffer.concat([Buffer.alloc(length - 75, 5), versions, seven(64)]);
      const digest = length > 256 ? polkadot.blake2AsU8a(message, 256) : null;
      add(chain, `payload of ${length} bytes`, {
        message, digest, address,
        accepts: (signature) => polkadot.signatureVerify(digest ?? message, Buffer.from(signature, "hex"), address).isValid,
      });
    }
  }
}

function solanaTransfers() {
  const from = new solana.PublicKey(KEY);
  const transfer = solana.SystemProgram.transfer({ fromPubkey: from, toPubkey: new solana.PublicKey(seven(32)), lamports: 5 });
  const recentBlockhash = new solana.PublicKey(seven(32)).toBase58();
  const old = new solana.Transaction({ feePayer: from, blockhash: recentBlockhash, lastValidBlockHeight: 9 }).add(transfer);
  add("sol", "transfer", {
    message: old.serializeMessage(), address: from.toBase58(),
    accepts(signature) {
      old.addSignature(from, Buffer.from(signature, "hex"));
      return old.verifySignatures() && old.serialize().length > 0;
    },
  });
  const message = new solana.TransactionMessage({ payerKey: from, recentBlockhash, instructions: [transfer] }).compileToV0Message();
  add("sol", "transfer in version 0", {
    message: message.serialize(), address: from.toBase58(),
    accepts(signature) {
      const whole = new solana.VersionedTransaction(message);
      whole.addSignature(from, Buffer.from(signature, "hex"));
      const read = solana.VersionedTransaction.deserialize(whole.serialize());
      return polkadot.ed25519Verify(read.message.serialize(), read.signatures[0], KEY);
    },
  });
}

function stellarPayments() {
  const address = stellar.StrKey.encodeEd25519PublicKey(KEY);
  for (const name of ["PUBLIC", "TESTNET"]) {
    const account = new stellar.Account(address, "41");
    const transaction = new stellar.TransactionBuilder(account, { fee: "100", networkPassphrase: stellar.Networks[name] })
      .addOperation(stellar.Operation.payment({ destination: address, asset: stellar.Asset.native(), amount: "10" }))
      .setTimeout(0).build();
    add("xlm", `payment, ${name.toLowerCase()}`, {
      message: transaction.signatureBase(), digest: transaction.hash(), address,
      accepts(signature) {
        // It throws on a signature that does not verify.
        transaction.addSignature(address, Buffer.from(signature, "hex").toString("base64"));
        return stellar.Keypair.fromPublicKey(address).verify(transaction.hash(), transaction.signatures[0].signature());
      },
    });
  }
}

function spoilt(signature) {
  const letter = signature[40] === "7" ? "8" : "7";
  return signature.slice(0, 40) + letter + signature.slice(41);
}

function refuses(accepts, signature) {
  try {
    return !accepts(signature);
  } catch {
    return true;
  }
}

function hold(program) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lifeboat-interop-"));
  try {
    const [keys, file] = ["keys", "message"].map((name) => path.join(folder, name));
    fs.writeFileSync(keys, `${hex(SECRET)}\n${polkadot.base58Encode(SCALAR)}\n`);
    for (const { chain, name, message, digest, signature, address, flags, accepts } of cases) {
      fs.writeFileSync(file, Buffer.from(message, "hex"));
      const text = execFileSync(program, ["sign", keys, file, "--chain", chain, "--json", ...flags], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
      const ours = JSON.parse(text);
      assert.equal(ours.address, address, `${chain} ${name}: address`);
      assert.equal(ours.digest, digest, `${chain} ${name}: digest`);
      if (signature) assert.equal(ours.signature, signature, `${chain} ${name}: signature`);
      assert.ok(refuses(accepts, spoilt(ours.signature)), `${chain} ${name}: the library takes any signature`);
      assert.ok(accepts(ours.signature), `${chain} ${name}: the library does not take the signature`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

(async () => {
  ethereum();
  bitcoinMessages();
  bitcoinSpends();
  xrp();
  nearProtocol();
  await tezosOperations();
  // The wallet contract's own address is held against another library in fixtures/addresses/.
  tonTransfer("UQDKZt8qKLCJ--xNty0MFiE5GRjRRhiWZotProgyXWnSOf2M");
  algorand();
  polkadots();
  solanaTransfers();
  stellarPayments();

  const [first, file] = process.argv.slice(2);
  if (first !== "--write") {
    hold(first);
    console.log(`interop: ${cases.length} transactions and messages: the chains' own libraries take every signature`);
    return;
  }
  const madeBy = "tests/interop/chain_libraries.cjs; TEST KEYS ONLY";
  const expected = cases.map(({ accepts, ...kept }) => kept);
  fs.writeFileSync(file, JSON.stringify({ madeBy, secret: hex(SECRET), publicKeys: { secp256k1: hex(POINT), ed25519: hex(KEY) }, cases: expected }, null, 1) + "\n");
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
