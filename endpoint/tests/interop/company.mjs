// A made-up company around a running endpoint: its configuration, its issuer of tokens, its API key, its grants.
// Everything is made anew in a folder that goes away again, and nothing leaves this machine.
import { execFileSync, spawn } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { SignJWT, exportJWK, generateKeyPair } from "jose";

// Whatever a package tries, nothing leaves this machine.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  const host = typeof options === "object" ? options?.host : undefined;
  if (host && !["localhost", "127.0.0.1", "::1"].includes(host)) {
    throw new Error(`the interop test is offline: ${host}`);
  }
  return connect.apply(this, args);
};

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "recovery";
export const API_KEY = "3f0d1c8a-9c2b-4b7e-8d55-0c1f6a7e2b90";
export const WEBHOOK_SECRET = "portal-webhook-secret-1";

// The shares of the demo's wallets, sealed by the offline tool to the endpoint's key, or to another one.
export function seal(out, to) {
  const demo = (name) => path.resolve(process.env.LIFEBOAT_FIXTURES, "demo", name);
  tool("derive", demo("kit.zip"), "--key", demo("recovery-private.pem"), "--key-passphrase-file", demo("key-passphrase.txt"), "--wallets", demo("wallets.txt"), "--algorithm", "both", "--seal-to", to ?? demo("endpoint-public.pem"), "--out", out);
}

// The offline tool.
export function tool(...args) {
  return execFileSync(process.env.LIFEBOAT, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export class Company {
  static async make(program, { issuer = {}, release = {}, shares = false, portal = false, port } = {}) {
    const company = new Company();
    company.program = program;
    company.folder = fs.mkdtempSync(path.join(os.tmpdir(), "endpoint-interop-"));
    company.keys = await generateKeyPair("RS256");
    company.apiKeys = crypto.generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    [company.port, company.adminPort] = [port ?? (await freePort()), await freePort()];
    company.url = `http://127.0.0.1:${company.port}`;
    await company.write(issuer, release, shares, portal);
    return company;
  }

  at(name) {
    return path.join(this.folder, name);
  }

  async write(issuer, release, shares, portal) {
    const jwk = { ...(await exportJWK(this.keys.publicKey)), kid: "k1", use: "sig" };
    fs.writeFileSync(this.at("jwks.json"), JSON.stringify({ keys: [jwk] }));
    fs.writeFileSync(this.at("backend.pem"), this.apiKeys.publicKey);
    const key = path.resolve(this.fixtures, "demo/endpoint-private.pem");
    const passphrase = path.resolve(this.fixtures, "demo/endpoint-passphrase.txt");
    for (const [from, to] of [[key, "endpoint.pem"], [passphrase, "passphrase.txt"]]) {
      fs.copyFileSync(from, this.at(to));
      fs.chmodSync(this.at(to), 0o600);
    }
    fs.writeFileSync(this.at("portal-secrets.txt"), `${WEBHOOK_SECRET}\n`, { mode: 0o600 });
    const inline = (value) =>
      value?.constructor === Object
        ? `{ ${Object.entries(value).map(([name, inner]) => `${name} = ${inline(inner)}`).join(", ")} }`
        : JSON.stringify(value);
    const table = (members) =>
      Object.entries(members)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name} = ${inline(value)}`)
        .join("\n");
    fs.writeFileSync(this.at("endpoint.toml"), `
[server]
listen = "127.0.0.1:${this.port}"
admin = "127.0.0.1:${this.adminPort}"
public_url = "${this.url}"
[database]
url = "sqlite:data/"
[modules]
shares = ${shares}
${portal ? `portal = true\n[portal]\nsecrets = "portal-secrets.txt"` : ""}
[key]
holder = "file"
path = "endpoint.pem"
passphrase_file = "passphrase.txt"
[[identity]]
${table({ issuer: ISSUER, audience: AUDIENCE, jwks_file: "jwks.json", algorithms: ["RS256"], wallets: { claim: "wallets" }, ...issuer })}
[[service]]
api_key = "${API_KEY}"
public_key = "backend.pem"
[release]
${table({ delay: "0s", approvals: 0, per_wallet: 1000, ...release })}
[limits]
per_caller = "100000/min"
per_address = "100000/min"
`);
  }

  get fixtures() {
    return process.env.LIFEBOAT_FIXTURES;
  }

  // One command of the program; what it says on standard error is shown when it fails.
  command(...args) {
    return execFileSync(this.program, [...args, "--config", this.at("endpoint.toml")], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  async start() {
    this.log = fs.openSync(this.at("log"), "a");
    this.process = spawn(this.program, ["serve", "--config", this.at("endpoint.toml")], { stdio: ["ignore", this.log, this.log] });
    this.process.once("exit", () => (this.process = undefined));
    for (let tries = 0; tries < 200; tries++) {
      try {
        if ((await fetch(`${this.url}/healthz`)).ok) return;
      } catch {
        if (!this.process) break;
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`the endpoint does not start:\n${fs.readFileSync(this.at("log"), "utf8")}`);
  }

  async end(signal) {
    if (!this.process) return;
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill(signal);
    await ended;
  }

  // As a power cut ends it.
  kill() {
    return this.end("SIGKILL");
  }

  async close() {
    await this.end("SIGTERM");
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  token(subject, claims = {}, header = {}) {
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "k1", ...header })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime("10m")
      .sign(this.keys.privateKey);
  }

  // The token of a user who has these wallets.
  userToken(...wallets) {
    return this.token("user-1", { wallets });
  }

  serviceToken() {
    return this.token("backend", { scope: "lifeboat.service" });
  }

  async call(method, route, { token, body, headers = {} } = {}) {
    const sent = { method, headers: { ...headers } };
    if (token) sent.headers.authorization = `Bearer ${token}`;
    if (body !== undefined) {
      sent.headers["content-type"] ??= "application/json";
      sent.body = typeof body === "string" ? body : JSON.stringify(body);
    }
    const answer = await fetch(this.url + route, sent);
    const text = await answer.text();
    let json;
    try {
      json = JSON.parse(text);
    } catch {}
    return { status: answer.status, text, json };
  }
}

// Runs a script's cases one after the other; the first failure ends it with the endpoint's log.
export async function run(name, cases) {
  const program = path.resolve(process.argv[2]);
  for (const [what, test] of Object.entries(cases)) {
    const companies = [];
    const make = async (options) => {
      const company = await Company.make(program, options);
      companies.push(company);
      return company;
    };
    try {
      await test(make);
      console.log(`${name}: ok ${what}`);
    } catch (error) {
      console.error(`${name}: FAILED ${what}\n`, error);
      for (const company of companies) {
        if (fs.existsSync(company.at("log"))) console.error(fs.readFileSync(company.at("log"), "utf8").split("\n").slice(-40).join("\n"));
      }
      process.exitCode = 1;
    }
    for (const company of companies) await company.close();
    if (process.exitCode) break;
  }
  process.exit();
}
