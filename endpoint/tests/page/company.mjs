// The made-up company of `lifeboat-endpoint demo`, and the same company with another policy. It is in a folder that goes away again.
import { execFileSync, spawn } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const ISSUER = "https://issuer.demo.invalid";

export class Company {
  static async demo(program, tool) {
    const company = new Company();
    Object.assign(company, { program, tool, folder: fs.mkdtempSync(path.join(os.tmpdir(), "endpoint-page-")) });
    const file = company.at("demo/demo.json");
    company.start("demo", "--dir", company.at("demo"), "--listen", "127.0.0.1:0");
    company.facts = await until("the demo", () => company.process && fs.existsSync(file) && JSON.parse(fs.readFileSync(file, "utf8")));
    company.url = company.facts.url;
    await company.answers();
    return company;
  }

  at(name) {
    return path.join(this.folder, name);
  }

  start(...args) {
    const log = fs.openSync(this.at("log"), "a");
    this.process = spawn(this.program, args, { stdio: ["ignore", log, log] });
    this.process.once("exit", () => (this.process = undefined));
  }

  answers() {
    return until("the endpoint", () => this.process && fetch(`${this.url}/healthz`).then((answer) => answer.ok, () => false));
  }

  async end() {
    if (!this.process) return;
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGTERM");
    await ended;
  }

  async close() {
    await this.end();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  // Serves the same company again: its settings changed, and its issuer with a key of ours beside its own.
  async again(...changes) {
    await this.end();
    const config = this.at("demo/config.toml");
    let text = fs.readFileSync(config, "utf8");
    for (const [from, to] of changes) {
      if (!text.includes(from)) throw new Error(`${from} is not in the demo's configuration`);
      text = text.replace(from, to);
    }
    fs.writeFileSync(config, text);
    if (!this.keys) {
      this.keys = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
      const jwks = JSON.parse(fs.readFileSync(this.at("demo/jwks.json"), "utf8"));
      jwks.keys.push({ ...this.keys.publicKey.export({ format: "jwk" }), kid: "ours", use: "sig", alg: "RS256" });
      fs.writeFileSync(this.at("demo/jwks.json"), JSON.stringify(jwks));
    }
    this.start("serve", "--config", config);
    await this.answers();
  }

  // A token of this user, which holds for so many seconds.
  token(subject, seconds = 600) {
    const now = Math.floor(Date.now() / 1000);
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { iss: ISSUER, aud: "recovery", sub: subject, iat: now - 600, auth_time: now - 600, exp: now + seconds };
    const signed = `${part({ alg: "RS256", kid: "ours" })}.${part(claims)}`;
    return `${signed}.${crypto.sign("sha256", Buffer.from(signed), this.keys.privateKey).toString("base64url")}`;
  }

  async operator(route, body) {
    const answer = await fetch(this.facts.adminUrl + route, {
      method: "POST", body: JSON.stringify(body ?? {}),
      headers: { authorization: `Bearer ${this.facts.operatorToken}`, "content-type": "application/json" },
    });
    if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
  }

  async get(route) {
    const answer = await fetch(this.url + route, { headers: { authorization: `Bearer ${this.facts.token}` } });
    if (!answer.ok) throw new Error(`${route}: ${answer.status}`);
    return answer.text();
  }

  write(name, text) {
    fs.writeFileSync(this.at(name), text);
    return this.at(name);
  }

  // What the offline tool says of a file of keys.
  exported(file, chains, ...more) {
    const args = ["export", file, "--format", "json", "--private-keys", "--chain", chains, ...more];
    return JSON.parse(execFileSync(this.tool, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }));
  }
}

export async function until(what, holds, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited too long for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
