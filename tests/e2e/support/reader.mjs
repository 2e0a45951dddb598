// A reader at the page: what every test file sets up, and what its readers do again and again.
import { after, before } from "node:test";
import assert from "node:assert/strict";
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
