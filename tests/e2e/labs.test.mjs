// Two labs with the mouse and the keyboard, as a newcomer does them.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { openChart, speedUp, visitSite } from "./support/reader.mjs";

const onPage = visitSite();

const pod = (page, set, ordinal) => page.getByRole("button", { name: new RegExp(`^Pod ${set} -${ordinal}\\b`) });
const claim = (page, name) => page.getByRole("button", { name: new RegExp(`^Claim ${name}\\b`) });
const visits = async (locator) => Number((await locator.innerText()).match(/(\d+) visits?/)?.[1]);

describe("Lab A: three parallel replicas", () => {
  it("comes alive, and a deleted pod returns with its name, its claim and its data", () =>
    onPage(async (page) => {
      await page.getByRole("button", { name: "Apply to the cluster" }).click();
      await speedUp(page, "20×");
      await page.getByText("3/3 ready").waitFor();
      await page.getByText("deployed").first().waitFor();
      for (const ordinal of [0, 1, 2]) {
        assert.match(await pod(page, "app-python-helm", ordinal).innerText(), /Running/);
        assert.match(await claim(page, `data-app-python-helm-${ordinal}`).innerText(), /Bound/);
      }

      const first = pod(page, "app-python-helm", 0);
      await first.click();
      const before = await visits(first);
      assert.ok(before > 0, "the probes have visited the app");
      await speedUp(page, "1×");
      await page.getByRole("tabpanel", { name: "Details" }).getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByText(/Terminating/).first().waitFor();
      await speedUp(page, "20×");
      await page.getByText("2/3 ready").waitFor();
      await page.getByText("3/3 ready").waitFor();
      assert.ok((await visits(first)) > before, "the count survived and grew");
      assert.match(await claim(page, "data-app-python-helm-0").innerText(), /Bound/);
    }));

  it("scales by keyboard, and the claim of a removed ordinal stays", () =>
    onPage(async (page) => {
      await page.getByRole("button", { name: "Apply to the cluster" }).press("Enter");
      await speedUp(page, "60×");
      await page.getByText("3/3 ready").waitFor();
      await page.getByRole("button", { name: "Scale down by one" }).press("Enter");
      await page.getByText("2/2 ready").waitFor();
      await pod(page, "app-python-helm", 2).waitFor({ state: "detached" });
      assert.match(await claim(page, "data-app-python-helm-2").innerText(), /Bound/);
    }));

  it("steps back and forward through what happened", () =>
    onPage(async (page) => {
      await page.getByRole("button", { name: "Apply to the cluster" }).click();
      await speedUp(page, "20×");
      await page.getByText("3/3 ready").waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByRole("button", { name: "Go to the start" }).click();
      await page.getByText("3/3 ready").waitFor({ state: "detached" });
      for (let step = 0; step < 3; step++) await page.getByRole("button", { name: "Step forward" }).click();
      await page.getByRole("button", { name: "Step back" }).click();
      await page.getByRole("button", { name: "Go to the end" }).click();
      await page.getByText("3/3 ready").waitFor();
    }));

  it("edits a value in the form and shows it in the text and in the manifest", () =>
    onPage(async (page) => {
      await page.getByRole("textbox", { name: "replicaCount" }).fill("5");
      await page.getByRole("textbox", { name: "replicaCount" }).press("Tab");
      await page.getByRole("button", { name: "Apply to the cluster" }).click();
      await speedUp(page, "60×");
      await page.getByText("5/5 ready").waitFor();
      await page.getByRole("tab", { name: "values.yaml" }).click();
      await page.getByText("replicaCount: 5").waitFor();
      await page.getByText("# How many identities the set has").waitFor();
    }));
});

describe("Lab C: a Service that is missing", () => {
  it("says what is wrong, and shows that the names stay dark", () =>
    onPage(async (page) => {
      await openChart(page, /^Lab C/);
      await page.getByRole("tab", { name: /^Problems/ }).click();
      const problems = page.getByRole("list", { name: "Problems" });
      await problems.getByText(/fastapi-release-fastapi-app-headless/).first().waitFor();
      await page.getByRole("button", { name: "Apply to the cluster" }).click();
      await speedUp(page, "60×");
      await page.getByText("2/2 ready").waitFor({ timeout: 60_000 });
    }));
});
