// Notices, verified by the library of Standard Webhooks.
//
//     node notices.mjs PROGRAM
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import { Webhook } from "standardwebhooks";
import { run, seal } from "./company.mjs";
import { demoWallet } from "./phone.mjs";

const SECRETS = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"];

await run("notices", {
  "hold before the library, and nothing else does": async (make) => {
    const got = [];
    const server = http.createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        got.push({ headers: request.headers, body });
        response.writeHead(204).end();
      });
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    const company = await make({ shares: true, release: { delay: "1h" } });
    fs.writeFileSync(company.at("notify.txt"), `${SECRETS.join("\n")}\n`, { mode: 0o600 });
    fs.appendFileSync(company.at("endpoint.toml"), `[notify]\nurl = "http://127.0.0.1:${server.address().port}/"\nsecret = "notify.txt"\n`);
    seal(company.at("shares.sealed"));
    company.command("import", "shares", company.at("shares.sealed"));
    await company.start();

    const { walletId } = demoWallet();
    const call = { token: await company.userToken(walletId), body: {} };
    const release = await company.call("POST", `/v1/wallets/${walletId}/releases`, call);
    assert.equal(release.status, 201, release.text);
    await company.call("DELETE", `/v1/releases/${release.json.id}`, { token: call.token });
    for (let tries = 0; got.length < 2 && tries < 100; tries++) await new Promise((done) => setTimeout(done, 50));

    assert.equal(got.length, 2);
    for (const [index, type] of ["release.requested", "release.cancelled"].entries()) {
      const { headers, body } = got[index];
      for (const secret of SECRETS) {
        const notice = new Webhook(secret).verify(body, headers);
        assert.equal(notice.type, type);
        assert.equal(notice.data.release, release.json.id);
        assert.ok(Math.abs(Date.now() - Date.parse(notice.timestamp)) < 60_000, notice.timestamp);
      }
      const other = new Webhook(`whsec_${Buffer.alloc(24, 7).toString("base64")}`);
      assert.throws(() => other.verify(body, headers));
      assert.throws(() => new Webhook(SECRETS[0]).verify(`${body} `, headers));
      assert.throws(() => new Webhook(SECRETS[0]).verify(body, { ...headers, "webhook-id": "another" }));
    }
    server.close();
  },
});
