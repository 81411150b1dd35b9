// Users who sign in at the company's OpenID provider, which is npm's oidc-provider here.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import http from "node:http";
import Provider from "oidc-provider";
import { Browser } from "./browser.mjs";
import { chooseWallet, openOwn, problem, save, settled, shown } from "./steps.mjs";

const CLIENT = "takeover-page";

// A provider on this machine, at which one button signs in as `ann`, and another one stops.
async function started(company) {
  const server = http.createServer();
  await new Promise((done) => server.listen(0, "localhost", done));
  const issuer = `http://localhost:${server.address().port}`;
  const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
  const oidc = new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "provider", use: "sig", alg: "RS256" }] },
    clients: [{ client_id: CLIENT, token_endpoint_auth_method: "none", grant_types: ["authorization_code"], response_types: ["code"], redirect_uris: [company.facts.pageUrl] }],
    cookies: { keys: ["made up"] },
    clientBasedCORS: () => true,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (context, interaction) => `/sign-in/${interaction.uid}` },
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    async loadExistingGrant({ oidc: { provider, client, session } }) {
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid");
      await grant.save();
      return grant;
    },
  });
  const callback = oidc.callback();
  server.on("request", async (request, response) => {
    const [, at, , answer] = request.url.split("/");
    if (at !== "sign-in") return callback(request, response);
    if (answer === "yes") return oidc.interactionFinished(request, response, { login: { accountId: "ann" } });
    if (answer === "no") return oidc.interactionFinished(request, response, { error: "access_denied" });
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><link rel="icon" href="data:,"><a href="${request.url}/yes">I am ann</a> <a href="${request.url}/no">Stop</a>`);
  });
  return { issuer, server };
}

export const provider = {
  async "users sign in at the company's provider"(company) {
    const { facts } = company;
    const { issuer, server } = await started(company);
    const identity = `[page]\nclient_id = "${CLIENT}"\nissuer = "${issuer}"\n\n[[identity]]\nissuer = "${issuer}"\naudience = "${CLIENT}"\njwks_url = "${issuer}/jwks"\n\n[[identity]]`;
    await company.again(["[[identity]]", identity]);
    const grants = company.write("more-grants.csv", `issuer,subject,walletId\n${issuer},ann,${facts.walletId}\n`);
    execFileSync(company.program, ["import", "grants", grants, "--config", company.at("demo/config.toml")], { stdio: ["ignore", "ignore", "pipe"] });

    const browser = await Browser.open({ allowed: [company.url, issuer] });
    const page = await browser.page(facts.pageUrl);
    const begin = page.getByRole("button", { name: "Sign in with the company" });
    await begin.click();
    await page.getByRole("link", { name: "Stop" }).click();
    await page.getByText("You are not signed in").waitFor();
    assert.equal(page.url(), facts.pageUrl);
    assert.match(await problem(page), /You are not signed in/);

    await begin.click();
    await page.getByRole("link", { name: "I am ann" }).click();
    await shown(page, "step-wallet");
    assert.equal(page.url(), facts.pageUrl, "the code is out of the address");
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await chooseWallet(page);
    await openOwn(page, company);
    await shown(page, "step-release");
    await settled(page);
    await page.getByRole("button", { name: "Ask for the company's share" }).click();
    await shown(page, "step-keys");
    assert.deepEqual(JSON.parse((await save(page, {})).text), facts.expected.fullKeys);

    // An answer that this tab did not ask for is not taken.
    await page.evaluate(() => { window.onbeforeunload = null; });
    const other = await browser.page(`${facts.pageUrl}?code=stolen&state=guessed`);
    assert.match(await problem(other), /not begun in this tab/);
    assert.equal(other.url(), facts.pageUrl);
    await browser.close();
    server.close();
    server.closeAllConnections();
  },
};
