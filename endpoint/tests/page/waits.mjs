// A company that waits before it gives a share away, and one whose people have to approve.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Browser } from "./browser.mjs";
import { chooseWallet, openOwn, problem, save, settled, shown, signIn } from "./steps.mjs";

const DELAY = 6;

async function upToRelease(page, company) {
  await signIn(page, company);
  await chooseWallet(page);
  await openOwn(page, company);
  await shown(page, "step-release");
  await settled(page);
  await page.getByRole("button", { name: "Ask for the company's share" }).click();
  await settled(page);
}

const words = (page) => page.locator("#release-words").textContent();

async function opened(company, options = {}) {
  const browser = await Browser.open({ allowed: [company.url], ...options });
  // A request that is open already is told as a conflict, which Chromium notes.
  browser.expected.push(/status of 409/);
  return { browser, page: await browser.page("about:blank") };
}

export const waits = {
  async "the request is collected another day, by the browser that made it"(company) {
    await company.again(['delay = "0s"', `delay = "${DELAY}s"`]);
    const profile = fs.mkdtempSync(path.join(os.tmpdir(), "endpoint-page-profile-"));
    const made = Date.now();
    const first = await opened(company, { profile });
    await upToRelease(first.page, company);
    assert.match(await words(first.page), /^The company waits until .* cancel it now\.$/);
    await first.page.getByRole("button", { name: "Look again" }).click();
    await settled(first.page);
    assert.match(await words(first.page), /^The company waits until /);
    await first.browser.close();

    await new Promise((done) => setTimeout(done, Math.max(0, made + (DELAY + 2) * 1000 - Date.now())));
    const second = await opened(company, { profile });
    await upToRelease(second.page, company);
    await shown(second.page, "step-keys");
    // The page goes away before the key is saved; what was collected is collected again.
    await second.browser.close();

    const third = await opened(company, { profile });
    await upToRelease(third.page, company);
    await shown(third.page, "step-keys");
    assert.deepEqual(JSON.parse((await save(third.page, {})).text), company.facts.expected.fullKeys);
    await third.page.getByRole("button", { name: "Wipe this page" }).click();
    await shown(third.page, "step-wiped");
    await third.browser.close();

    // Wiped: nothing is left of it, and a new request is made.
    const fourth = await opened(company, { profile });
    await upToRelease(fourth.page, company);
    assert.match(await words(fourth.page), /^The company waits until /);
    await fourth.page.getByRole("button", { name: "Cancel this request" }).click();
    await settled(fourth.page);
    await fourth.browser.close();
    fs.rmSync(profile, { recursive: true, force: true });
  },

  async "another browser is told what to do, and can cancel"(company) {
    const one = await opened(company);
    await upToRelease(one.page, company);
    const other = await opened(company);
    await upToRelease(other.page, company);
    assert.match(await words(other.page), /with another browser or app.*If it was not you, cancel the request at once/);
    assert.ok(await other.page.getByRole("button", { name: "Look again" }).isHidden());
    await other.page.getByRole("button", { name: "Cancel this request" }).click();
    await settled(other.page);
    assert.match(await words(other.page), /^The request is cancelled\. You can ask again\.$/);

    await one.page.getByRole("button", { name: "Look again" }).click();
    await settled(one.page);
    assert.match(await words(one.page), /^This request was cancelled\. You can ask again\.$/);
    await one.page.getByRole("button", { name: "Ask for the company's share" }).click();
    await settled(one.page);
    assert.match(await words(one.page), /^The company waits until /);
    await new Promise((done) => setTimeout(done, (DELAY + 1) * 1000));
    await one.page.getByRole("button", { name: "Look again" }).click();
    await shown(one.page, "step-keys");
    await one.browser.close();
    await other.browser.close();
  },

  async "the company's people refuse, or approve"(company) {
    await company.again([`delay = "${DELAY}s"`, 'delay = "0s"\napprovals = 1']);
    const { browser, page } = await opened(company);
    for (const decision of ["deny", "approve"]) {
      const asked = page.waitForResponse((answer) => answer.request().method() === "POST" && answer.url().endsWith("/releases"));
      if (decision === "deny") await upToRelease(page, company);
      else await page.getByRole("button", { name: "Ask for the company's share" }).click();
      const { id } = await (await asked).json();
      await settled(page);
      assert.match(await words(page), /people have to approve it/);
      await company.operator(`/v1/operator/releases/${id}/${decision}`);
      await page.getByRole("button", { name: "Look again" }).click();
      await settled(page);
      if (decision === "deny") assert.match(await words(page), /have refused this request.*You can ask again\.$/);
    }
    await shown(page, "step-keys");
    assert.equal(await problem(page), "");
    await browser.close();
  },
};
