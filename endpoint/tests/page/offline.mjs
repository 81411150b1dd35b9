// Without any server: the page as one file, opened from a disk, with two files and no network.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { Browser } from "./browser.mjs";
import { choose, openOwn, problem, rows, sameAsTool, save, settled, shown } from "./steps.mjs";

const OWN = /^File with your backup/;

// A browser that may load one file and nothing else.
async function opened(company) {
  const file = company.at("takeover.html");
  if (!fs.existsSync(file)) execFileSync(company.program, ["page", "--out", file]);
  const browser = await Browser.open({ allowed: [`file://${file}`], offline: true });
  const page = await browser.page(`file://${file}`);
  await shown(page, "step-files");
  return { browser, page };
}

async function giveServerShare(page, company, wallet) {
  const share = company.write("server-share.json", await company.get(`/v1/wallets/${company.facts.walletId}/server-share`));
  await choose(page, "File with the company's share", share);
  assert.equal(await page.inputValue("#wallet-id"), company.facts.walletId, `the file has one wallet: ${await problem(page)}`);
  if (wallet) await page.getByLabel("Wallet id").fill(wallet);
  await page.getByRole("button", { name: "Go on", exact: true }).click();
  await shown(page, "step-own");
}

export const offline = {
  async "the file that the endpoint hands out is the one that the program writes"(company) {
    const file = company.at("takeover.html");
    fs.rmSync(file, { force: true });
    execFileSync(company.program, ["page", "--out", file]);
    assert.equal(await company.get("/takeover/offline.html"), fs.readFileSync(file, "utf8"));
  },

  async "a backup and the company's share, without a network"(company) {
    const { facts } = company;
    const { browser, page } = await opened(company);
    await giveServerShare(page, company);
    await choose(page, OWN, company.write("backup.json", JSON.stringify(facts.backup)));
    await page.getByLabel("Device id").fill(facts.deviceId);
    await page.getByLabel("Passphrase of your backup").fill("another passphrase");
    await page.getByRole("button", { name: "Open my share" }).click();
    assert.match(await problem(page), /^This passphrase does not open the backup/);
    await openOwn(page, company);
    await shown(page, "step-keys");
    await settled(page);

    const { name, text } = await save(page, {});
    assert.equal(name, `wallet-${facts.walletId}.json`);
    assert.deepEqual(JSON.parse(text), facts.expected.fullKeys);
    sameAsTool(await rows(page, "btc", "3", true), company.exported(company.write("offline.json", text), "btc", "--index", "3"));
    const locked = await save(page, { passphrase: "a passphrase for the file" });
    const words = company.write("words-offline", "a passphrase for the file\n");
    company.exported(company.write("offline.locked", locked.text), "btc", "--passphrase-file", words);
    await page.getByRole("button", { name: "Wipe this page" }).click();
    await shown(page, "step-wiped");
    await browser.close();
  },

  async "a device share needs no passphrase; what does not fit is refused"(company) {
    const { facts } = company;
    const { browser, page } = await opened(company);
    await giveServerShare(page, company);
      const share = structuredClone(facts.deviceShare);
    const wrong = structuredClone(share);
    wrong.keys[0].share = wrong.keys[0].share.replace(/^../, "01");
    const cases = [["{}", /`keys`: missing/], ["no share at all", /no JSON|not JSON|JSON/], [JSON.stringify(wrong), /The two shares do not fit together/]];
    for (const [text, words] of cases) {
      await choose(page, OWN, { name: "own.json", mimeType: "application/json", buffer: Buffer.from(text) });
      const chosen = await problem(page);
      await page.getByLabel("Passphrase of your backup").fill("a passphrase", { force: true }).catch(() => {});
      await page.getByRole("button", { name: "Open my share" }).click();
      const said = await problem(page);
      assert.match(said, words);
      assert.ok(await page.locator("#step-keys").isHidden(), said);
    }
    await choose(page, OWN, company.write("device-share.json", JSON.stringify(share)));
    assert.ok(await page.locator("#passphrase").isHidden());
    await page.getByRole("button", { name: "Open my share" }).click();
    await shown(page, "step-keys");
    assert.deepEqual(JSON.parse((await save(page, {})).text), facts.expected.fullKeys);
    await browser.close();
  },

  async "another wallet's id is refused, and the right one then works"(company) {
    const { browser, page } = await opened(company);
    await giveServerShare(page, company, "00000000-0000-4000-8000-000000000000");
    await choose(page, OWN, company.write("share.json", JSON.stringify(company.facts.deviceShare)));
    await page.getByRole("button", { name: "Open my share" }).click();
    const said = await problem(page);
    assert.match(said, /is not among the server shares/);
    await page.getByLabel("Wallet id").fill(company.facts.walletId);
    await page.getByRole("button", { name: "Go on", exact: true }).click();
    await settled(page);
    await page.getByRole("button", { name: "Open my share" }).click();
    await shown(page, "step-keys");
    await browser.close();
  },
};
