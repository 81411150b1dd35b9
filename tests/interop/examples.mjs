// Runs docs/examples/README.md as it is printed, in a copy of the repository's folders: every line of a `text` block must be
// shown, in order, by the commands of the `sh` block before it. Then spoils what the examples made: none may take it.
// Usage: node examples.mjs PROGRAM TREE
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [program, tree] = process.argv.slice(2).map((name) => resolve(name));
const examples = join(tree, "docs/examples");
const results = join(tree, "target/try");

rmSync(join(tree, "target"), { recursive: true, force: true });
mkdirSync(join(tree, "target/bin"), { recursive: true });
symlinkSync(program, join(tree, "target/bin/lifeboat"));
const env = { ...process.env, PATH: `${join(tree, "target/bin")}:${process.env.PATH}` };

const hasPython = spawnSync("python3", ["-c", "import cryptography.hazmat.primitives.kdf.argon2"]).status === 0;
if (!hasPython) {
  console.log("interop: no python3 with the package cryptography 44: its examples are left out");
}

function run(command) {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: tree, env, encoding: "utf8" });
  return { status, stdout, stderr, shown: stdout + stderr };
}

/** The lines of the page's `sh` blocks, each block with the `text` block behind it, if one is there. */
function blocks(page) {
  const found = [...page.matchAll(/^```(sh once|sh|text)\n(.*?)^```$/gms)].map(([, kind, body]) => ({ kind, body }));
  return found.flatMap(({ kind, body }, at) => {
    const next = found[at + 1];
    return kind === "sh" ? [{ commands: body.replaceAll("\\\n", "").trimEnd().split("\n"), seen: next?.kind === "text" ? next.body.trimEnd().split("\n") : [] }] : [];
  });
}

let commands = 0;
for (const block of blocks(readFileSync(join(examples, "README.md"), "utf8"))) {
  let shown = "";
  for (const command of block.commands) {
    if (command.startsWith("python3") && !hasPython) continue;
    const said = run(command);
    assert.equal(said.status, 0, `${command}\n${said.shown}`);
    shown += said.shown;
    commands++;
  }
  let rest = shown;
  for (const line of block.seen) {
    const at = rest.indexOf(`${line}\n`);
    assert.ok(at >= 0, `README.md says that this is shown:\n${line}\nafter\n${block.commands.join("\n")}\nbut it is\n${shown}`);
    rest = rest.slice(at + line.length);
  }
}

/** The command must end with this status and one line that has these words, and show nothing else. */
function refused(command, status, words) {
  const said = run(command);
  assert.deepEqual([said.status, said.stdout, said.stderr.trimEnd().split("\n").length], [status, "", 1], `${command}\n${said.shown}`);
  assert.ok(said.stderr.includes(words), `${command}\n${said.stderr}`);
}

const spoilt = (digits) => digits.slice(0, 60) + (digits[60] === "7" ? "8" : "7") + digits.slice(61);

// Every chain's example was run, and takes neither another signature nor another message.
const scripts = readdirSync(join(examples, "spend")).filter((name) => name !== "steps.mjs");
for (const script of scripts) {
  const folder = readdirSync(results).find((name) => readFileSync(join(examples, "README.md"), "utf8").includes(`${script} attach target/try/${name}\n`));
  assert.ok(folder, `README.md does not run ${script}`);
  const attach = `node docs/examples/spend/${script} attach target/try/spoilt`;
  const fresh = () => {
    rmSync(join(results, "spoilt"), { recursive: true, force: true });
    cpSync(join(results, folder), join(results, "spoilt"), { recursive: true });
    rmSync(join(results, "spoilt/signed"));
  };
  const change = (name, how) => {
    fresh();
    const file = join(results, "spoilt", name);
    writeFileSync(file, how(readFileSync(file)));
  };
  change("signature", (bytes) => spoilt(bytes.toString()));
  refused(attach, 3, "does not take the signature");
  change("signature", () => "ab\n");
  refused(attach, 3, "does not take the signature");
  change("signature", () => "no hex\n");
  refused(attach, 2, "in hex");
  change("message", (bytes) => bytes.subarray(1));
  refused(attach, 3, "not that of this transaction");
  change("transaction.json", (bytes) => bytes.toString().replace(/"amount": "[^"]*"/, '"amount": "0.001"'));
  refused(attach, 3, "not that of this transaction");
  assert.ok(!existsSync(join(results, "spoilt/signed")), `${script} wrote what it refused`);
}
assert.ok(scripts.length >= 14, `${scripts.length} chains`);

// The opener of locked files with the library for a Node without Argon2; tests/examples.rs has the rest.
const unlock = "node docs/examples/unlock.mjs target/try/altered --passphrase-file target/try/passphrase.txt";
copyFileSync(join(results, "full.locked"), join(results, "altered"));
refused(unlock.replace("try/passphrase.txt", "try/device.json"), 3, "the passphrase is wrong");
const text = readFileSync(join(results, "full.locked"), "utf8");
for (const [from, to, words] of [["full keys", "fall keys", "was altered"], ["131072", "131072000", "not as it was written"]]) {
  writeFileSync(join(results, "altered"), text.replace(from, to));
  refused(unlock, 3, words);
}
console.log(`interop: ${commands} commands of docs/examples/README.md show what it says, ${scripts.length} chains' transactions are signed and verified`);
