// What the page says when there is no way on, or another one.
import assert from "node:assert/strict";
import { Browser } from "./browser.mjs";
import { choose, chooseWallet, openOwn, problem, settled, shown, signIn } from "./steps.mjs";

// A page whose requests may be refused: Chromium notes each on its console.
async function opened(company) {
  const browser = await Browser.open({ allowed: [company.url] });
  browser.expected.push(/the server responded with a status of 4\d\d/);
  return { browser, page: await browser.page("about:blank") };
}

async function refused(company, token, words) {
  const { browser, page } = await opened(company);
  await page.goto(`${company.url}/takeover#token=${token}`);
  await page.waitForFunction(() => document.getElementById("problem").textContent !== "");
  const said = await problem(page);
  assert.match(said, words);
  assert.ok(await page.locator("#step-sign-in").isVisible() && (await page.locator("#step-wallet").isHidden()));
  await browser.close();
}

export const refusals = {
  async "tokens: run out, of another issuer, no text of one, without wallets"(company) {
    await company.again();
    await refused(company, company.token("ann", -300), /has run out/);
    await refused(company, company.token("ann").slice(0, -6) + "AAAAAA", /not valid here/);
    await refused(company, "what", /not valid here/);
    await refused(company, company.token("nobody"), /has no wallet/);
  },

  async "a token that runs out on the way: the reader goes on where that was"(company) {
    const { browser, page } = await opened(company);
    // The endpoint allows clocks that differ by a minute.
    await signIn(page, company, company.token("ann", -57));
    await chooseWallet(page);
    await openOwn(page, company);
    await shown(page, "step-release");
    await new Promise((done) => setTimeout(done, 4000));
    await page.getByRole("button", { name: "Ask for the company's share" }).click();
    assert.match(await problem(page), /has run out/);
    await page.getByLabel(/^Sign-in token/).fill(company.token("ann"));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await settled(page);
    await page.getByRole("button", { name: "Ask for the company's share" }).click();
    await shown(page, "step-keys");
    await browser.close();
  },

  async "no backup at the company: a file instead"(company) {
    const { browser, page } = await opened(company);
    await signIn(page, company, company.token("carol"));
    assert.match(await page.locator("#wallets").textContent(), /no backup/);
    await chooseWallet(page);
    const said = await page.locator("#own-found").textContent();
    assert.match(said, /keeps no backup/);
    assert.ok(await page.locator("#own-endpoint-choice").isHidden() && (await page.locator("#own-file").isVisible()));
    await page.getByRole("button", { name: "Open my share" }).click();
    assert.match(await problem(page), /Choose the file/);

    // Somebody else's share does not fit, and no key comes of it.
    await choose(page, /^File with your backup/, company.write("anns.json", JSON.stringify(company.facts.deviceShare)));
    await page.getByRole("button", { name: "Open my share" }).click();
    await shown(page, "step-release");
    await settled(page);
    await page.getByRole("button", { name: "Ask for the company's share" }).click();
    const why = await problem(page);
    assert.match(why, /The two shares do not fit together/);
    assert.ok(await page.locator("#step-keys").isHidden() && (await page.locator("#step-own").isVisible()));
    await browser.close();
  },

  async "a locked wallet"(company) {
    const { facts } = company;
    await company.operator(`/v1/operator/wallets/${facts.walletId}/lock`, { reason: "asked by phone" });
    const { browser, page } = await opened(company);
    await signIn(page, company);
    await page.getByRole("button", { name: "Go on with this wallet" }).click();
    assert.match(await problem(page), /has locked this wallet/);
    await company.operator(`/v1/operator/wallets/${facts.walletId}/unlock`, { reason: "clear" });
    await page.getByRole("button", { name: "Go on with this wallet" }).click();
    await shown(page, "step-own");
    await browser.close();
  },

  async "the company's server is away, and back"(company) {
    const { browser, page } = await opened(company);
    browser.expected.push(/ERR_/);
    await signIn(page, company);
    await chooseWallet(page);
    await openOwn(page, company);
    await shown(page, "step-release");
    await settled(page);
    await browser.context.setOffline(true);
    await page.getByRole("button", { name: "Ask for the company's share" }).click();
    assert.match(await problem(page), /cannot be reached/);
    await browser.context.setOffline(false);
    await page.getByRole("button", { name: "Ask for the company's share" }).click();
    await shown(page, "step-keys");
    await browser.close();
  },
};
