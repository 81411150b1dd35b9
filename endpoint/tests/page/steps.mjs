// The steps of the page, as its users go them.
import assert from "node:assert/strict";
import fs from "node:fs";

export const shown = (page, id) => page.locator(`#${id}`).waitFor({ state: "visible" });

// Until a button's work is done.
export async function settled(page) {
  await page.waitForFunction(() => [...document.querySelectorAll("button")].every((button) => !button.disabled));
}

export async function problem(page) {
  await settled(page);
  return page.locator("#problem").textContent();
}

// Gives a file to the page, and waits until it is looked at.
export async function choose(page, label, file) {
  const input = page.getByLabel(label);
  await input.evaluate((input) => { window.chosen = new Promise((done) => input.addEventListener("change", done, { once: true })); });
  await input.setInputFiles(file);
  await page.evaluate(async () => { await window.chosen; });
  await settled(page);
}

// From the address that the company's site sends its users to, up to the question for the passphrase.
export async function signIn(page, company, token = company.facts.token) {
  await page.goto(`${company.url}/takeover#token=${token}`);
  await shown(page, "step-wallet");
}

export async function chooseWallet(page) {
  await page.getByRole("button", { name: "Go on with this wallet" }).click();
  await shown(page, "step-own");
  await settled(page);
}

export async function openOwn(page, company) {
  await page.getByLabel("Passphrase of your backup").fill(company.facts.passphrase);
  await page.getByRole("button", { name: "Open my share" }).click();
}

// What was saved: its name and its text.
export async function save(page, { passphrase, again = passphrase }) {
  await page.getByLabel("Save without a passphrase").setChecked(!passphrase);
  if (passphrase) {
    await page.getByLabel(/^New passphrase/).fill(passphrase);
    await page.getByLabel("The same once more").fill(again);
  }
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the file" }).click()]);
  await settled(page);
  return { name: download.suggestedFilename(), text: fs.readFileSync(await download.path(), "utf8") };
}

// What the page shows of a chain, "" for the most used ones, by its labels.
export async function rows(page, chain = "", index = "0", reveal = false) {
  await page.getByLabel("Coin or chain").selectOption(chain);
  await page.getByLabel("Address number").fill(index);
  await page.getByLabel("Show private keys too").setChecked(reveal);
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await settled(page);
  return page.locator("#rows li").evaluateAll((items) => items.map((item) => {
    const names = [...item.querySelectorAll("dt")].map((name) => name.textContent);
    const values = [...item.querySelectorAll("dd")].map((value) => value.textContent);
    return Object.fromEntries(names.map((name, at) => [name, values[at]]));
  }));
}

// The page shows what the offline tool gives for the same keys.
export function sameAsTool(found, expected) {
  assert.ok(expected.length > 0);
  const wanted = expected.map((row) => {
    const facts = {
      path: row.path, address: row.address, "kind of address": row.addressType, "public key": row.publicKey,
      "private key": row.privateKey, "what the private key is": row.privateKeyLabel,
    };
    for (const [software, text] of Object.entries(row.walletImports ?? {})) facts[`to import into ${software}`] = text;
    return Object.fromEntries(Object.entries(facts).filter(([, value]) => value));
  });
  assert.deepEqual(found, wanted);
}
