// How the page looks and reads: by day, by night, on a phone; with a screen reader's eyes; with a keyboard alone.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Browser } from "./browser.mjs";
import { chooseWallet, openOwn, problem, settled, shown, signIn } from "./steps.mjs";

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.LIFEBOAT_PAGE_PICTURES;

async function looked(browser, page, name) {
  await settled(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name}: ${wide} pixels wider than the window`);

  // Its own world: the page's policy lets no other script in.
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const world = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
  const run = `${axe}; axe.run(document).then((found) => JSON.stringify(found.violations.map((one) =>
    ({ id: one.id, impact: one.impact, nodes: one.nodes.map((node) => node.html + " " + node.failureSummary) }))))`;
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
    expression: run, contextId: world.executionContextId, awaitPromise: true, returnByValue: true,
  });
  assert.ok(!exceptionDetails, exceptionDetails?.exception?.description);
  const found = JSON.parse(result.value);
  assert.deepEqual(found, [], `${name}: axe`);
  await session.detach();

  if (!pictures) return;
  fs.mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  await page.screenshot({ path: path.join(pictures, `${name}-whole.png`), fullPage: true });
}

async function allSteps(company, name, options) {
  const browser = await Browser.open({ allowed: [company.url], ...options });
  browser.expected.push(/status of 401/);
  const page = await browser.page(company.facts.pageUrl);
  await looked(browser, page, `${name}-1-start`);
  await page.getByRole("button", { name: "Use two files that I have" }).click();
  await shown(page, "step-files");
  await looked(browser, page, `${name}-2-files`);
  await page.reload();
  await page.getByRole("button", { name: "Sign in with the company" }).click();
  await page.getByLabel(/^Sign-in token/).fill("wrong");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await problem(page);
  await looked(browser, page, `${name}-3-sign-in`);
  await signIn(page, company);
  await looked(browser, page, `${name}-4-wallet`);
  await chooseWallet(page);
  await page.getByLabel("Passphrase of your backup").fill("wrong");
  await page.getByRole("button", { name: "Open my share" }).click();
  await problem(page);
  await looked(browser, page, `${name}-5-own`);
  await openOwn(page, company);
  await shown(page, "step-release");
  await looked(browser, page, `${name}-6-release`);
  await page.getByRole("button", { name: "Ask for the company's share" }).click();
  await shown(page, "step-keys");
  await page.getByLabel("Show private keys too").check();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await looked(browser, page, `${name}-7-keys`);
  await page.getByRole("button", { name: "Wipe this page" }).click();
  await shown(page, "step-wiped");
  await looked(browser, page, `${name}-8-wiped`);
  await browser.close();
}

export const looks = {
  "by day": (company) => allSteps(company, "light", { viewport: { width: 1100, height: 800 }, colorScheme: "light" }),
  "by night": (company) => allSteps(company, "dark", { viewport: { width: 1100, height: 800 }, colorScheme: "dark" }),
  "on a phone": (company) => allSteps(company, "phone", { viewport: { width: 360, height: 640 }, colorScheme: "light" }),

  async "with a keyboard alone"(company) {
    const { facts } = company;
    const browser = await Browser.open({ allowed: [company.url] });
    const page = await browser.page(facts.pageUrl);
    const focused = () => page.evaluate(() => {
      const at = document.activeElement;
      return at.labels?.[0]?.textContent.trim() || at.textContent.trim() || at.id;
    });
    const tabTo = async (words) => {
      for (let presses = 0; presses < 40; presses++) {
        if (words.test(await focused())) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`no ${words} within 40 presses of the Tab key; at ${await focused()}`);
    };
    await tabTo(/^Sign in with the company/);
    await page.keyboard.press("Enter");
    await shown(page, "step-sign-in");
    await settled(page);
    await tabTo(/^Sign-in token/);
    await page.keyboard.insertText(facts.token);
    await tabTo(/^Sign in$/);
    await page.keyboard.press("Space");
    await shown(page, "step-wallet");
    await settled(page);
    await tabTo(/^Go on with this wallet/);
    await page.keyboard.press("Enter");
    await shown(page, "step-own");
    await settled(page);
    await tabTo(/^Passphrase of your backup/);
    await page.keyboard.type(facts.passphrase);
    await page.keyboard.press("Enter");
    await shown(page, "step-release");
    await settled(page);
    await tabTo(/^Ask for the company's share/);
    await page.keyboard.press("Enter");
    await shown(page, "step-keys");
    await settled(page);
    await tabTo(/^New passphrase/);
    await page.keyboard.type("only with a keyboard");
    await page.keyboard.press("Tab");
    await page.keyboard.type("only with a keyboard");
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    assert.equal(download.suggestedFilename(), `wallet-${facts.walletId}.locked`);
    await settled(page);
    await tabTo(/^Wipe this page/);
    await page.keyboard.press("Enter");
    await shown(page, "step-wiped");
    await browser.close();
  },
};
