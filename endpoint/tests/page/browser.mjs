// Chromium without a window, and what must never happen in it: a violation of the page's policy, an error on its console, a request
// to anybody else.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

export class Browser {
  // The same `profile` is the same browser, another day.
  static async open({ profile, allowed, ...options } = {}) {
    const browser = new Browser();
    browser.own = profile === undefined;
    browser.profile = profile ?? fs.mkdtempSync(path.join(os.tmpdir(), "endpoint-page-profile-"));
    browser.wrong = [];
    browser.context = await chromium.launchPersistentContext(browser.profile, {
      executablePath: "/usr/bin/chromium", headless: true, locale: "en-GB", timezoneId: "UTC", acceptDownloads: true,
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
      ...options,
    });
    await browser.watch(allowed);
    return browser;
  }

  async watch(allowed) {
    await this.context.addInitScript(() => {
      window.violations = [];
      document.addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
      // The program's memory, to be looked at after a wipe.
      const instantiate = WebAssembly.instantiate;
      WebAssembly.instantiate = async (...args) => {
        const made = await instantiate.apply(WebAssembly, args);
        window.programs = [...(window.programs ?? []), made.instance.exports.memory];
        return made;
      };
    });
    await this.context.route("**/*", (route) => {
      const url = route.request().url();
      if (allowed?.some((start) => url.startsWith(start))) return route.continue();
      this.wrong.push(`a request to ${url}`);
      return route.abort();
    });
    this.expected = [];
    this.context.on("console", (message) => {
      if (!["error", "warning"].includes(message.type())) return;
      const text = `${message.text()} ${message.location()?.url ?? ""}`;
      if (!this.expected.some((known) => known.test(text))) this.wrong.push(`console: ${text}`);
    });
    this.context.on("weberror", (error) => this.wrong.push(`error: ${error.error()}`));
  }

  async page(address) {
    const page = await this.context.newPage();
    await page.goto(address);
    return page;
  }

  async held() {
    for (const page of this.context.pages()) {
      const violations = await page.evaluate(() => window.violations ?? []);
      this.wrong.push(...violations.map((what) => `policy: ${what}`));
    }
    assert.deepEqual(this.wrong, []);
  }

  async close() {
    await this.held();
    await this.context.close();
    if (this.own) fs.rmSync(this.profile, { recursive: true, force: true });
  }
}
