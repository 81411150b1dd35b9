// Cold mode with the offline tool itself: what the server wants goes to the machine with the private key as it is, and what that one
// hands over is taken in as it is.
//
//     node cold.mjs PROGRAM        LIFEBOAT names the offline tool
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { run, seal, tool } from "./company.mjs";

const demo = (name) => path.resolve(process.env.LIFEBOAT_FIXTURES, "demo", name);
const shares = JSON.parse(fs.readFileSync(demo("expected-shares.json"), "utf8"));
const wallets = Object.keys(shares);

await run("cold", {
  "from a list of ids to shares, and nothing that was not asked for": async (make) => {
    const company = await make({ shares: true, release: { mode: "cold" }, issuer: { operator: { claim: "role", is: "recovery-operator" } } });
    // The key that opens the file never comes near the server.
    seal(company.at("shares.sealed"), demo("recovery-public.pem"));
    assert.match(company.command("import", "shares", company.at("shares.sealed")), /unopened/);
    await company.start();

    const operator = await company.token("olga", { role: "recovery-operator" });
    const admin = (method, body) =>
      fetch(`http://127.0.0.1:${company.adminPort}/v1/operator/release-keys`, { method, body, headers: { authorization: `Bearer ${operator}` } });
    const offline = (wanted) => {
      fs.writeFileSync(company.at("wanted"), wanted);
      fs.rmSync(company.at("keys"), { force: true });
      tool("unseal", company.at("shares.sealed"), "--key", demo("recovery-private.pem"), "--key-passphrase-file", demo("key-passphrase.txt"), "--wallets", company.at("wanted"), "--hand-over-key", "--out", company.at("keys"));
      return fs.readFileSync(company.at("keys"), "utf8");
    };
    const request = async (walletId) => {
      const call = { token: await company.userToken(walletId), body: {} };
      const release = await company.call("POST", `/v1/wallets/${walletId}/releases`, call);
      assert.equal(release.json.state, "needs-key", release.text);
      return { walletId, collect: () => company.call("POST", `/v1/releases/${release.json.id}/collect`, call) };
    };

    // Over HTTP: the answer is the list, the file is the body.
    const asked = [await request(wallets[0]), await request(wallets[1])];
    const keys = offline(await (await admin("GET")).text());
    const taken = await (await admin("POST", keys)).json();
    assert.equal(taken.handedIn.length, 2);
    for (const { walletId, collect } of asked) {
      const share = await collect();
      assert.equal(share.status, 200, share.text);
      assert.equal(share.json.chaincode, shares[walletId].chaincode);
      assert.deepEqual(share.json.shares, shares[walletId].shares);
    }

    // On the terminal, and not for the wallet that nobody approved.
    const third = await request(wallets[2]);
    const list = company.command("requests", "wanted");
    assert.equal(list, `${wallets[2]}\n`);
    const one = offline(list);
    assert.equal((await third.collect()).status, 409);
    assert.match(company.command("requests", "hand-in", company.at("keys")), /1 key handed in/);
    assert.deepEqual((await third.collect()).json.shares, shares[wallets[2]].shares);
    assert.equal(one.trim().split("\n").length, 1);
  },
});
