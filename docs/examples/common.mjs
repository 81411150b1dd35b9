// What the examples share: arguments, passphrases, errors of one line, and the exit status of `lifeboat`:
// 0 done and verified, 2 it could not run, 3 verification says no.
import { openSync, readFileSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { ReadStream } from "node:tty";
import { parseArgs } from "node:util";

class Stop extends Error {
  constructor(status, why) { super(why); this.status = status; }
}
export const cannot = (why) => { throw new Stop(2, why); };
export const refuse = (why) => { throw new Stop(3, why); };

/** Runs `main` with the options and names of the command line; `usage` shows them, and names stand in capitals there. */
export async function run(usage, least, most, options, main) {
  try {
    const { values, names } = commandLine(usage, least, most, options);
    await main(values, ...names);
  } catch (error) {
    // The system's own errors say what could not be done; anything else is a fault of the example itself.
    const why = error instanceof Stop || error.syscall ? error.message : error.stack;
    console.error(`${basename(process.argv[1])}: ${why}`);
    process.exitCode = error.status ?? 2;
  }
}

function commandLine(usage, least, most, options) {
  let parsed;
  try {
    parsed = parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } }, allowPositionals: true });
  } catch (error) {
    cannot(`${error.message.split(". ")[0]}\n${usage}`);
  }
  const { values, positionals: names } = parsed;
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (names.length < least) cannot(`something is missing\n${usage}`);
  if (names.length > most) cannot(`too many names\n${usage}`);
  return { values, names };
}

/** What a terminal shows stays in its history: secrets go there only when asked to. */
export function guardOutput(reveal) {
  if (process.stdout.isTTY && !reveal) cannot("the result is secret and standard output is a terminal: add > FILE, or --reveal");
  // The reader of a pipe may go before the end.
  process.stdout.on("error", () => {
    console.error(`${basename(process.argv[1])}: standard output is closed`);
    process.exit(2);
  });
}

/** Gives `open` the passphrase from `file` (`-`: standard input), or asks for it up to three times, until the answer is not null. */
export async function withPassphrase(file, name, open) {
  for (let tries = file === undefined ? 3 : 1; tries > 0; tries--) {
    const passphrase = file === undefined ? await ask(`passphrase of ${name}: `) : fromFile(file);
    const opened = await open(passphrase);
    passphrase.fill(0);
    if (opened !== null) return opened;
    if (tries > 1) console.error("that is not the passphrase, try again");
  }
  return refuse(`${name}: the passphrase is wrong`);
}

function fromFile(file) {
  let bytes;
  try {
    bytes = readFileSync(file === "-" ? 0 : file);
  } catch {
    // The name is not repeated: it may be the passphrase itself, typed in the wrong place.
    cannot("cannot read the file that --passphrase-file names");
  }
  const ends = bytes.at(-1) !== 10 ? 0 : bytes.at(-2) === 13 ? 2 : 1;
  return bytes.subarray(0, bytes.length - ends);
}

async function ask(question) {
  let descriptor;
  try {
    descriptor = openSync("/dev/tty", "r+");
  } catch {
    cannot("there is no terminal to ask for the passphrase on: give --passphrase-file FILE");
  }
  const terminal = new ReadStream(descriptor);
  try {
    terminal.setRawMode(true); // no echo from here on
    writeSync(descriptor, question);
    return await typed(terminal);
  } finally {
    terminal.setRawMode(false);
    writeSync(descriptor, "\n");
    terminal.destroy();
  }
}

async function typed(terminal) {
  const line = [];
  for await (const bytes of terminal) {
    for (const byte of bytes) {
      if (byte === 10 || byte === 13) return Buffer.from(line);
      if (byte === 3 || byte === 4) cannot("interrupted at the question for the passphrase");
      if (byte === 21) line.length = 0;
      else if (byte !== 8 && byte !== 127) line.push(byte);
      // A letter may be several bytes, of which all but the first begin with the bits 10.
      else while (line.length && (line.pop() & 0xc0) === 0x80);
    }
  }
  return cannot("the terminal was closed at the question for the passphrase");
}
