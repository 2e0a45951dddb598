// A reader at the page: what every test file sets up, and what its readers do again and again.
import { after, before } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { launchBrowser, openSite } from "./browser.mjs";
import { serveSite } from "./site.mjs";

/**
 * Serves the site and starts the browser for the tests of a file. Gives `onPage(play, options)`: it runs `play` on a
 * fresh page and fails if the page logged an error or left its site.
 */
export function visitSite() {
  let site;
  let browser;
  before(async () => {
    site = await serveSite();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });
  return async (play, options) => {
    const { context, page, faults } = await openSite(browser, site.url, options);
    await play(page);
    assert.deepEqual(faults(), []);
    await context.close();
  };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails if the page as it stands keeps somebody out, or is wider than the window. Needs a page with `bypassCSP`. */
export async function isForEveryone(page) {
  await page.addScriptTag({ content: AXE });
  // Colours on their way from one state to another are nobody's choice: they are judged when they have arrived.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((it) => it.finished)));
  const found = await page.evaluate(() => globalThis.axe.run());
  const lines = found.violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target).join(" ")}`);
  assert.deepEqual(lines, []);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `nothing is cut off: ${overflow} px too wide`);
}

/** Replaces what stands in the editor of this name; its tab must be open. */
export async function typeInto(page, name, text) {
  const editor = page.getByRole("textbox", { name, exact: true });
  await page.locator(".cm-content").first().waitFor();
  await editor.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

/** Opens the values as text in the full editor and replaces them. */
export async function typeValues(page, text) {
  await page.getByRole("tab", { name: "values.yaml" }).click();
  await typeInto(page, "values.yaml", text);
}

/** Opens a chart of the gallery by the start of its card's name. */
export async function openChart(page, name) {
  await page.getByRole("button", { name: /^Chart and release/ }).click();
  await page.getByRole("dialog").getByRole("button", { name }).click();
}

export const speedUp = (page, speed) => page.getByLabel("Speed").selectOption(speed);
