// What a reader may throw at the page, and what the page owes every reader.
import { after, before, describe, it } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { serveSite } from "./support/site.mjs";
import { launchBrowser, openSite } from "./support/browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

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

/** Opens the values as text in the full editor and replaces them. */
async function typeValues(page, text) {
  await page.getByRole("tab", { name: "values.yaml" }).click();
  const editor = page.getByRole("textbox", { name: "values.yaml" });
  await page.locator(".cm-content").first().waitFor();
  await editor.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
  return editor;
}

describe("bad input", () => {
  it("marks half-typed YAML at its line, keeps the last good render and survives a reload", async () => {
    const { context, page, faults } = await openSite(browser, site.url);
    await typeValues(page, "replicaCount: 3\nimage: {repository: [\n");
    await page.getByRole("tab", { name: /^Problems/ }).click();
    const problems = page.getByRole("list", { name: "Problems" });
    await problems.getByRole("button").first().waitFor();
    await page.getByRole("tab", { name: "Manifests" }).click();
    await page.getByText(/last good/i).first().waitFor();
    await page.waitForTimeout(800);
    await page.reload();
    await page.getByRole("tab", { name: "values.yaml" }).click();
    await page.getByText("repository: [").first().waitFor();
    assert.deepEqual(faults(), []);
    await context.close();
  });

  it("takes a paste of 5 MB without a panic and says that it is large", async () => {
    const { context, page, faults } = await openSite(browser, site.url);
    await typeValues(page, "a: 1\n" + "# padding padding padding padding padding\n".repeat(125_000));
    await page.getByRole("tab", { name: /^Problems/ }).click();
    await page.getByText(/\d+ KiB long/).first().waitFor();
    await typeValues(page, "replicaCount: 2\n");
    await page.getByRole("tab", { name: "Manifests" }).click();
    await page.getByRole("textbox", { name: "Rendered manifests, read only" }).waitFor();
    assert.deepEqual(faults(), []);
    await context.close();
  });

  it("starts with a storage that holds nonsense", async () => {
    const { context, page, faults } = await openSite(browser, site.url);
    await page.getByRole("button", { name: "Apply to the cluster" }).click();
    await page.getByText("app-python-helm revision 1").waitFor();
    await page.waitForFunction(() => localStorage.length > 0);
    for (const nonsense of ["{nonsense", '{"version":1,"nodes":1e99,"log":[{"at":-1}],"at":9e15,"end":9e15}', "\u0000", ""]) {
      // What the page writes as it leaves is overwritten before it starts again.
      await page.addInitScript((text) => {
        for (const key of Object.keys(localStorage)) localStorage.setItem(key, text);
      }, nonsense);
      await page.reload();
      await page.getByRole("tab", { name: "Manifests" }).click();
      await page.getByRole("textbox", { name: "Rendered manifests, read only" }).waitFor();
    }
    assert.deepEqual(faults(), []);
    await context.close();
  });
});

describe("every reader", () => {
  for (const [name, options] of [
    ["wide and light", { viewport: { width: 1440, height: 900 }, colorScheme: "light" }],
    ["wide and dark", { viewport: { width: 1440, height: 900 }, colorScheme: "dark" }],
    ["narrow and light", { viewport: { width: 360, height: 740 }, colorScheme: "light" }],
  ]) {
    it(`finds no accessibility violation: ${name}`, async () => {
      const { context, page } = await openSite(browser, site.url, { ...options, bypassCSP: true });
      await page.getByRole("button", { name: /^Apply/ }).first().waitFor();
      await page.addScriptTag({ content: AXE });
      // Colours on their way from one state to another are nobody's choice: they are judged when they have arrived.
      await page.waitForFunction(() => !document.querySelector("header button[disabled]"));
      await page.evaluate(() => Promise.allSettled(document.getAnimations().map((it) => it.finished)));
      const found = await page.evaluate(() => globalThis.axe.run());
      const lines = found.violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target).join(" ")}`);
      assert.deepEqual(lines, []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `nothing is cut off: ${overflow} px too wide`);
      await context.close();
    });
  }
});
