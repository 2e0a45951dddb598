// Measures the built page in Chromium: from a keystroke in Lab A's values to the manifests that come of it, and the
// frames of a roll-out. Prints milliseconds; asserts nothing.
import { serveSite } from "../tests/e2e/support/site.mjs";
import { launchBrowser, openSite } from "../tests/e2e/support/browser.mjs";

const KEYSTROKES = 200;

/** The value below which a share of the sorted numbers lies. */
const quantile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.ceil(numbers.length * share) - 1];
const row = (name, numbers) =>
  console.log(`${name.padEnd(44)} ${[0.5, 0.95, 0.99, 1].map((q) => quantile(numbers, q).toFixed(1).padStart(8)).join("")}`);

const site = await serveSite();
const browser = await launchBrowser();
const { page } = await openSite(browser, site.url);
await page.getByRole("textbox", { name: "replicaCount" }).waitFor();

const keystrokes = await page.evaluate(async (count) => {
  const input = document.getElementById("value-replicaCount");
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  const found = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    setValue.call(input, String(2 + (index % 5)));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const handler = performance.now() - start;
    // The page renders in a task after the next frame.
    await new Promise(requestAnimationFrame);
    const frame = performance.now();
    await turn();
    await turn();
    found.push({ handler, render: performance.now() - frame });
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return found;
}, KEYSTROKES);

await page.getByRole("button", { name: /^Apply/ }).first().click();
await page.getByLabel("Speed").selectOption("20×");
const frames = await page.evaluate(async () => {
  const found = [];
  let last = await new Promise(requestAnimationFrame);
  for (const end = last + 5000; last < end; ) {
    const now = await new Promise(requestAnimationFrame);
    found.push(now - last);
    last = now;
  }
  return found;
});

console.log(`${"milliseconds".padEnd(44)} ${["median", "95 %", "99 %", "worst"].map((it) => it.padStart(8)).join("")}`);
row("keystroke: event handler", keystrokes.map((it) => it.handler));
row("keystroke: from the frame to new manifests", keystrokes.map((it) => it.render));
row("roll-out of Lab A at 20×: frame", frames);
await browser.close();
await site.close();
