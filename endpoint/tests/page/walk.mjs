// Walks through the takeover page as its users do.
//
//     node walk.mjs PROGRAM TOOL
import path from "node:path";
import { Company } from "./company.mjs";
import { looks } from "./looks.mjs";
import { offline } from "./offline.mjs";
import { provider } from "./provider.mjs";
import { refusals } from "./refusals.mjs";
import { waits } from "./waits.mjs";
import { whole } from "./whole.mjs";

const [program, tool] = process.argv.slice(2, 4).map((name) => path.resolve(name));
const company = await Company.demo(program, tool);
const begun = Date.now();
try {
  for (const cases of [whole, offline, looks, refusals, provider, waits]) {
    for (const [what, test] of Object.entries(cases)) {
      const start = Date.now();
      await test(company);
      console.log(`page: ok ${what} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    }
  }
  console.log(`page: all held in ${Math.round((Date.now() - begun) / 1000)} s`);
} catch (error) {
  console.error("page: FAILED\n", error);
  process.exitCode = 1;
} finally {
  await company.close();
}
process.exit();
