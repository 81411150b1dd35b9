// Tokens as other people's software makes them: an OpenID provider as issuer, whose keys are fetched and rotated, and hostile ones made
// with jose.
//
//     node tokens.mjs PROGRAM
import assert from "node:assert/strict";
import http from "node:http";
import { CompactSign, SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from "jose";
import Provider from "oidc-provider";
import { AUDIENCE, ISSUER, run } from "./company.mjs";
import { demoWallet } from "./phone.mjs";

const now = () => Math.floor(Date.now() / 1000);

// Somebody with a token asks for a backup: 404 where the token is good, since there is none.
async function status(company, token) {
  const answer = await company.call("GET", `/v1/wallets/${demoWallet().walletId}/backups/latest`, { token });
  return answer.status === 404 ? answer.json.code : answer.json.code ?? answer.status;
}

async function provider(key, kid) {
  const server = http.createServer();
  await new Promise((done) => server.listen(0, "localhost", done));
  // By name, so that the endpoint has to look it up.
  const issuer = `http://localhost:${server.address().port}`;
  const jwk = { ...(await exportJWK(key)), kid, use: "sig", alg: "RS256" };
  const oidc = new Provider(issuer, {
    jwks: { keys: [jwk] },
    clients: [{ client_id: "backend", client_secret: "a secret of the test", grant_types: ["client_credentials"], redirect_uris: [], response_types: [] }],
    scopes: ["lifeboat.service"],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "https://recovery.example.com",
        getResourceServerInfo: () => ({ scope: "lifeboat.service", audience: AUDIENCE, accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } }),
      },
    },
  });
  server.on("request", oidc.callback());
  return { issuer, server };
}

await run("tokens", {
  "hostile ones": async (make) => {
    const company = await make();
    await company.start();
    const wallets = [demoWallet().walletId];
    const claims = { wallets, iss: ISSUER, aud: AUDIENCE, sub: "user-1", iat: now(), exp: now() + 600 };
    const foreign = await generateKeyPair("RS256");
    const sign = (payload, header = {}, key = company.keys.privateKey) =>
      new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "k1", ...header }).sign(key);
    assert.equal(await status(company, await sign(claims)), "no-backup");

    const publicPem = new TextEncoder().encode(await exportSPKI(company.keys.publicKey));
    const hostile = {
      none: new UnsecuredJWT(claims).encode(),
      "HS256 with the public key": await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "k1" }).sign(publicPem),
      "another audience": await sign({ ...claims, aud: "other" }),
      "another issuer": await sign({ ...claims, iss: "https://other.example" }),
      "another key": await sign(claims, {}, foreign.privateKey),
      "a path as kid": await sign(claims, { kid: "../../jwks.json" }),
      "SQL as kid": await sign(claims, { kid: "' UNION SELECT 'x" }),
      "its own key": await sign(claims, { jwk: await exportJWK(foreign.publicKey), kid: undefined }, foreign.privateKey),
      "the address of its own key": await sign(claims, { jku: "https://evil.example/jwks.json" }, foreign.privateKey),
      "not yet": await sign({ ...claims, nbf: now() + 3600 }),
      "no end": await sign({ ...claims, exp: undefined }),
      oversized: await sign({ ...claims, more: "x".repeat(14 * 1024) }),
      "no claims": await new CompactSign(new TextEncoder().encode("[]")).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(company.keys.privateKey),
    };
    for (const [what, token] of Object.entries(hostile)) {
      assert.equal(await status(company, token), "token-invalid", what);
    }
    assert.equal(await status(company, await sign({ ...claims, exp: now() - 120 })), "token-expired");
  },

  "of an OpenID provider, which goes away": async (make) => {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const { issuer, server } = await provider(privateKey, "first");
    const company = await make({ issuer: { issuer, jwks_url: `${issuer}/jwks`, jwks_file: undefined } });
    await company.start();
    const answer = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("backend:a%20secret%20of%20the%20test")}`, "content-type": "application/x-www-form-urlencoded" },
      body: "grant_type=client_credentials&scope=lifeboat.service",
    });
    const { access_token: token } = await answer.json();
    assert.ok(token, "the provider gives a token");
    assert.equal(await status(company, token), "no-backup");

    // Its keys are remembered, also over a restart without it.
    server.close();
    server.closeAllConnections();
    assert.equal(await status(company, token), "no-backup");
    await company.kill();
    await company.start();
    assert.equal(await status(company, token), "no-backup");
  },
});
