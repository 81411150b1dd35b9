// A backup of a wallet that was made with Portal's Enclave API: seals both of the client's shares, hands them to the endpoint, and
// says only then that the backup is complete.
//
//     node enclave.mjs --answer backup.json --client CLIENT_ID --seal-to recovery-public.pem --endpoint https://recovery.example.com \
//         --token-file token.txt [--method ENCLAVE]
//
// `--answer` is what the API gave for the backup: {"SECP256K1": {"id", "share"}, "ED25519": {"id", "share"}}, unencrypted. Delete it when this
// program has ended with status 0. Whoever has the private key of `--seal-to` opens the shares, and nobody else: keep it offline.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const CURVES = { SECP256K1: "secp256k1Ciphertext", ED25519: "ed25519Ciphertext" };

// Both shares as `lifeboat portal seal` seals them, each under a key of its own: {"secp256k1Ciphertext", "ed25519Ciphertext"}.
export function sealed(answer, publicKey, lifeboat = "lifeboat") {
  // The tool reads files: these lie in memory where the system has a place for that, in a folder that nobody else enters.
  const parent = fs.existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir();
  const folder = fs.mkdtempSync(path.join(parent, "enclave-"));
  try {
    const ciphertexts = {};
    for (const [curve, name] of Object.entries(CURVES)) {
      if (!answer[curve]?.share) continue;
      const [share, out] = ["json", "sealed"].map((ending) => path.join(folder, `${curve}.${ending}`));
      // The curve stays with its share, and the pair's id with it.
      fs.writeFileSync(share, JSON.stringify({ [curve]: answer[curve] }), { mode: 0o600 });
      execFileSync(lifeboat, ["portal", "seal", share, "--seal-to", publicKey, "--out", out], { stdio: ["ignore", "ignore", "pipe"] });
      ciphertexts[name] = fs.readFileSync(out, "utf8");
    }
    if (Object.keys(ciphertexts).length === 0) throw new Error("the answer has no share in it");
    return ciphertexts;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

// Hands the sealed shares in, tells Portal, and then the endpoint, that the backup is complete. In this order: a program that stops in
// between leaves a backup that is not said to be complete and is one, never the other way round.
export async function backUp(answer, { client, publicKey, endpoint, token, method = "ENCLAVE", lifeboat, tellPortal = async () => {} }) {
  const backups = `${endpoint}/v1/portal/clients/${encodeURIComponent(client)}/backups`;
  const ask = async (verb, url, body) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(url, { method: verb, headers, body: JSON.stringify(body) });
    const said = await response.json();
    if (!response.ok) throw new Error(`${verb} ${url}: ${said.code ?? response.status}: ${said.detail ?? said.title}`);
    return said;
  };
  const kept = await ask("POST", backups, { backupMethod: method, ...sealed(answer, publicKey, lifeboat) });
  // PATCH …/clients/me/backup-share-pairs with these ids and the status STORED_CLIENT_BACKUP_SHARE.
  await tellPortal(Object.values(answer).map((share) => share?.id).filter(Boolean));
  return ask("PUT", `${backups}/${kept.id}/state`, { stored: true });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const text = { type: "string" };
  const options = { answer: text, client: text, "seal-to": text, endpoint: text, "token-file": text, method: text };
  const { values } = parseArgs({ options });
  for (const name of ["answer", "client", "seal-to", "endpoint", "token-file"]) {
    if (!values[name]) {
      console.error(`enclave: --${name} is missing; the beginning of this file says what it is`);
      process.exit(2);
    }
  }
  const said = await backUp(JSON.parse(fs.readFileSync(values.answer, "utf8")), {
    client: values.client,
    publicKey: values["seal-to"],
    endpoint: values.endpoint.replace(/\/$/, ""),
    token: fs.readFileSync(values["token-file"], "utf8").trim(),
    method: values.method,
    lifeboat: process.env.LIFEBOAT,
  });
  console.log(`backup ${said.id}: ${said.state}`);
}
