// The whole way, from the company's site to a saved key and a wiped page.
import assert from "node:assert/strict";
import { Browser } from "./browser.mjs";
import { chooseWallet, openOwn, problem, rows, sameAsTool, save, settled, shown, signIn } from "./steps.mjs";

const PASSPHRASE = "twelve characters, and more";

export const whole = {
  async "token, backup, passphrase, release, keys, files, wipe"(company) {
    const { facts } = company;
    const browser = await Browser.open({ allowed: [company.url] });
    const page = await browser.page(facts.pageUrl);
    const asked = [];
    page.on("request", (request) => asked.push(request));
    await signIn(page, company);
    assert.equal(page.url(), facts.pageUrl, "the token is out of the address at once");
    assert.ok(!(await page.content()).includes(facts.token) && (await page.inputValue("#token")) === "");
    assert.match(await page.locator("#wallets").textContent(), new RegExp(`${facts.walletId}.*the company has its share; backup of `));

    await chooseWallet(page);
    assert.match(await page.locator("#own-found").textContent(), new RegExp(`Its passphrase has the id ${facts.passphraseId}`));
    await page.getByLabel("Passphrase of your backup").fill("another passphrase");
    await page.getByRole("button", { name: "Open my share" }).click();
    assert.match(await problem(page), /^This passphrase does not open the backup/);
    await openOwn(page, company);
    await shown(page, "step-release");
    await page.getByRole("button", { name: "Ask for the company's share" }).click();
    await shown(page, "step-keys");
    await settled(page);
    assert.match(await page.locator("#status").textContent(), /^Your wallet is back: 2 keys/);

    // The share came encrypted to a key of this page, and nothing went up but that key.
    const release = asked.find((request) => request.method() === "POST" && request.url().endsWith("/releases"));
    assert.deepEqual(Object.keys(release.postDataJSON().encryptTo).sort(), ["alg", "e", "kty", "n", "use"]);
    const collected = asked.find((request) => request.url().endsWith("/collect"));
    assert.deepEqual(Object.keys(await (await collected.response()).json()), ["jwe"]);
    for (const request of asked) {
      const sent = `${request.url()} ${request.postData() ?? ""}`;
      assert.ok(!sent.includes(facts.passphrase) && !sent.includes(facts.token), request.url());
    }

    // Private keys only where they are asked for; then as the offline tool gives them.
    assert.ok((await rows(page)).every((row) => row.address && row["private key"] === undefined));
    const open = await save(page, {});
    assert.equal(open.name, `wallet-${facts.walletId}.json`);
    assert.deepEqual(JSON.parse(open.text), facts.expected.fullKeys);
    const file = company.write("open.json", open.text);
    const chains = await page.locator("#chain option").evaluateAll((options) => options.map((option) => option.value));
    assert.ok(chains.length > 20);
    for (const chain of chains) {
      const index = chain === "" ? "0" : "7";
      sameAsTool(await rows(page, chain, index, true), company.exported(file, chain || "btc,eth,trx,sol", "--index", index));
    }

    // Locked under a passphrase, which the offline tool opens.
    await page.getByLabel(/Save without a passphrase/).uncheck();
    for (const [first, again, words] of [["short", "short", /at least 12/], [PASSPHRASE, `${PASSPHRASE}!`, /not the same/]]) {
      await page.getByLabel(/^New passphrase/).fill(first);
      await page.getByLabel("The same once more").fill(again);
      await page.locator("#save").evaluate((form) => { form.noValidate = true; });
      await page.getByRole("button", { name: "Save the file" }).click();
      assert.match(await problem(page), words);
    }
    const locked = await save(page, { passphrase: PASSPHRASE });
    const twice = await save(page, { passphrase: PASSPHRASE });
    assert.equal(locked.name, `wallet-${facts.walletId}.locked`);
    assert.notEqual(locked.text, twice.text, "salt and nonce are drawn anew");
    const words = company.write("words", `${PASSPHRASE}\n`);
    const opened = company.exported(company.write("keys.locked", locked.text), "btc,sol", "--passphrase-file", words);
    assert.deepEqual(opened, company.exported(file, "btc,sol"));

    await wiped(page, facts);
    await browser.close();
  },
};

// After the wipe neither the document, nor the program's memory, nor the browser's storage has anything left.
async function wiped(page, facts) {
  const memory = () => page.evaluate(() => window.programs.map((memory) => {
    const bytes = new Uint8Array(memory.buffer);
    return [bytes.length, bytes.reduce((count, byte) => count + (byte === 0 ? 0 : 1), 0)];
  }));
  const [[, before]] = await memory();
  assert.ok(before > 1000, "there was something in it");
  const secrets = facts.expected.fullKeys.map((key) => key.privateKey);
  const full = await snapshot(page);
  assert.ok(secrets.length === 2 && secrets.every((secret) => full.includes(secret)) && full.includes(facts.token));
  await page.getByRole("button", { name: "Wipe this page" }).click();
  await shown(page, "step-wiped");
  await settled(page);
  for (const [length, left] of await memory()) {
    assert.ok(length > 1 << 20);
    assert.equal(left, 0);
  }

  const document = await page.content();
  const values = await page.evaluate(() => [...document.querySelectorAll("input, textarea")].map((input) => input.value).join("\n"));
  for (const secret of [...secrets, facts.passphrase, facts.token, facts.walletId]) {
    assert.ok(!document.includes(secret) && !values.includes(secret));
  }
  const kept = await page.evaluate(() => new Promise((done) => {
    const opening = indexedDB.open("lifeboat-takeover");
    opening.onsuccess = () => { opening.result.transaction("keys").objectStore("keys").count().onsuccess = (event) => done(event.target.result); };
  }));
  assert.equal(kept, 0, "the key of the request is gone");

  // Nor is a key left among the objects of the page's script.
  const heap = await snapshot(page);
  for (const secret of [...secrets, facts.passphrase, facts.token]) assert.ok(!heap.includes(secret), secret);
}

// All that the page's script can still get at, as text.
async function snapshot(page) {
  const session = await page.context().newCDPSession(page);
  const parts = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => parts.push(chunk));
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.takeHeapSnapshot", {});
  await session.detach();
  return parts.join("");
}
