// What a reader may throw at the page, and what the page owes every reader.
import { describe, it } from "node:test";
import { isForEveryone, typeValues, visitSite } from "./support/reader.mjs";

const onPage = visitSite();

describe("bad input", () => {
  it("marks half-typed YAML at its line, keeps the last good render and survives a reload", () =>
    onPage(async (page) => {
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
    }));

  it("takes a paste of 5 MB without a panic and says that it is large", () =>
    onPage(async (page) => {
      await typeValues(page, "a: 1\n" + "# padding padding padding padding padding\n".repeat(125_000));
      await page.getByRole("tab", { name: /^Problems/ }).click();
      await page.getByText(/\d+ KiB long/).first().waitFor();
      await typeValues(page, "replicaCount: 2\n");
      await page.getByRole("tab", { name: "Manifests" }).click();
      await page.getByRole("textbox", { name: "Rendered manifests, read only" }).waitFor();
    }));

  it("starts with a storage that holds nonsense", () =>
    onPage(async (page) => {
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
    }));
});

describe("every reader", () => {
  for (const [name, options] of [
    ["wide and light", { viewport: { width: 1440, height: 900 }, colorScheme: "light" }],
    ["wide and dark", { viewport: { width: 1440, height: 900 }, colorScheme: "dark" }],
    ["narrow and light", { viewport: { width: 360, height: 740 }, colorScheme: "light" }],
  ]) {
    it(`finds no accessibility violation: ${name}`, () =>
      onPage(async (page) => {
        await page.getByRole("button", { name: /^Apply/ }).first().waitFor();
        await page.waitForFunction(() => !document.querySelector("header button[disabled]"));
        await isForEveryone(page);
      }, { ...options, bypassCSP: true }));
  }
});
