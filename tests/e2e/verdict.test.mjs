// What the page says before anything is applied: advice with its fix, errors at the value that caused them, what an
// upgrade would do, and what the editor knows of a field.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { openChart, speedUp, typeValues, visitSite } from "./support/reader.mjs";

const onPage = visitSite();

const LAB_A = readFileSync(new URL("../../static/charts/lab-a/values.yaml", import.meta.url), "utf8");
const labA = (from, to) => {
  assert.ok(LAB_A.includes(from), from);
  return LAB_A.replace(from, to);
};
const problems = async (page) => {
  await page.getByRole("tab", { name: /^Problems/ }).click();
  return page.getByRole("list", { name: "Problems" });
};

describe("advice", () => {
  it("says what is the matter, shows the change that ends it, makes it and takes it back", () =>
    onPage(async (page) => {
      await openChart(page, /^Lab C/);
      const list = await problems(page);
      const missing = list.getByRole("button", { name: /Service fastapi-release-fastapi-app-headless is missing/ });
      await missing.press("Enter");
      await list.getByText("See it happen").waitFor();
      await list.getByText("clusterIP: None").waitFor();
      await list.getByRole("button", { name: "Make this change" }).click();
      await page.getByText("Changed templates/service-headless.yaml.").waitFor();
      await missing.waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Undo", exact: true }).press("Enter");
      await missing.waitFor();
    }));
});

describe("an error", () => {
  it("is marked at the value that caused it, and the list leads there", () =>
    onPage(async (page) => {
      await typeValues(page, labA("podManagementPolicy: Parallel", "podManagementPolicy: Sideways"));
      await page.locator(".cm-lintRange-error", { hasText: "Sideways" }).waitFor();
      const list = await problems(page);
      await page.getByRole("tab", { name: "Manifests" }).click();
      await list.getByRole("button", { name: "values.yaml:30" }).click();
      const line = page.locator(".cm-activeLine", { hasText: "Sideways" });
      await line.first().waitFor();
    }));
});

describe("the preview of an upgrade", () => {
  it("tells what would change, what would be refused and why, and which pods would restart", () =>
    onPage(async (page) => {
      await page.getByRole("tab", { name: /^Install/ }).click();
      const changes = page.getByRole("list", { name: "What changes" });
      await changes.getByText("StatefulSet/app-python-helm").waitFor();
      await page.getByText(/app-python-helm-0 is created/).waitFor();
      await page.getByRole("button", { name: "Install it" }).click();
      await speedUp(page, "60×");
      await page.getByText("3/3 ready").waitFor();

      await typeValues(page, labA("tag: latest", 'tag: "2.0"'));
      await page.getByRole("button", { name: "Preview" }).click();
      await changes.getByText("spec.template.spec.containers[0].image").waitFor();
      await changes.getByText("registry.example/visits/app-python:2.0").waitFor();
      const steps = page.getByText(/app-python-helm-\d restarts/);
      await steps.first().waitFor();
      assert.match((await steps.allInnerTexts())[0], /app-python-helm-2 restarts/, "the highest ordinal is first");

      await typeValues(page, labA("size: 1Gi", "size: 2Gi"));
      await changes.getByText(/updates to statefulset spec for fields other than/).first().waitFor();
      await changes.getByText("spec.volumeClaimTemplates[0].spec.resources.requests.storage").waitFor();
      await changes.getByText(/--cascade=orphan/).waitFor();
      await page.getByText("3/3 ready").waitFor();
    }));
});

describe("what somebody else manages", () => {
  const changes = (page) => page.getByRole("list", { name: "What changes" });
  const dialog = (page) => page.getByRole("dialog");
  const preview = (page) => page.getByRole("tab", { name: /^(Install|Upgrade)/ }).click();

  /** Lab A runs, and its set was scaled to five past Helm. */
  const scaled = async (page) => {
    await page.getByRole("button", { name: /^Apply/ }).first().click();
    await speedUp(page, "60×");
    await page.getByText("3/3 ready").waitFor();
    await page.getByRole("button", { name: "Actions for StatefulSet app-python-helm" }).click();
    await page.getByRole("menuitem", { name: "Scale…" }).click();
    await dialog(page).getByRole("spinbutton", { name: "Replicas" }).fill("5");
    await dialog(page).getByRole("button", { name: "Scale", exact: true }).click();
    await page.getByText("5/5 ready").waitFor();
  };

  it("is a conflict, is taken over on demand, and stands in the YAML when asked for", () =>
    onPage(async (page) => {
      await scaled(page);
      await typeValues(page, labA("tag: latest", 'tag: "2.0"'));
      await preview(page);
      await changes(page).getByText(/Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale"/).waitFor();
      await page.getByText(/--force-conflicts/).waitFor();
      await page.getByRole("button", { name: "Force conflicts…" }).press("Enter");
      await dialog(page).getByText(/sts\/app-python-helm \.spec\.replicas, managed by "kubectl" with subresource "scale"/).waitFor();
      await dialog(page).getByRole("button", { name: "Force conflicts", exact: true }).click();
      await page.getByText("3/3 ready").waitFor({ timeout: 30_000 });

      await page.getByRole("button", { name: /^StatefulSet app-python-helm/ }).first().click();
      await page.getByRole("tab", { name: "Details" }).click();
      await page.getByText("The whole object as YAML").click();
      const text = page.locator(".object-text");
      await text.getByText(/kind: StatefulSet/).waitFor();
      assert.doesNotMatch(await text.innerText(), /managedFields/);
      await page.getByRole("switch", { name: /^Managed fields/ }).press("Space");
      await text.getByText(/managedFields/).waitFor();
      assert.match(await text.innerText(), /manager: helm\n\s+operation: Apply/);
      assert.doesNotMatch(await text.innerText(), /subresource: scale/);
    }));

  it("changes hands without any field changing", () =>
    onPage(async (page) => {
      await scaled(page);
      await typeValues(page, labA("replicaCount: 3", "replicaCount: 5"));
      await preview(page);
      await changes(page).getByText(/^Only ownership/).waitFor();
      await page.getByText(/changed in ownership only/).waitFor();
      assert.equal(await changes(page).getByText("resourceVersion").count(), 0);
    }));
});

describe("the editor", () => {
  it("explains the field under the mouse and at the cursor", () =>
    onPage(async (page) => {
      await page.getByRole("tab", { name: "values.yaml" }).click();
      const key = page.locator(".cm-line", { hasText: "podManagementPolicy" }).locator("span").first();
      await key.hover();
      const hint = page.locator(".cm-hint");
      await hint.getByText(/one of OrderedReady, Parallel/).waitFor();
      await page.getByRole("tab", { name: "Manifests" }).click();
      await hint.waitFor({ state: "detached" });
      await page.getByLabel("Go to a document").selectOption({ label: "StatefulSet/app-python-helm (statefulset.yaml)" });
      await page.locator(".cm-line", { hasText: "serviceName:" }).click();
      await page.keyboard.press("Alt+h");
      await hint.getByText(/headless Service that gives each pod its DNS name/).waitFor();
    }));

  it("offers keys and values that fit", () =>
    onPage(async (page) => {
      await typeValues(page, "podMan");
      await page.keyboard.press("Control+Space");
      const offers = page.locator(".cm-tooltip-autocomplete");
      await offers.getByText("podManagementPolicy").waitFor();
      // The list takes no key in its first moments, so that nobody accepts what they have not seen.
      await page.waitForTimeout(150);
      await page.keyboard.press("Enter");
      await page.keyboard.type("Par");
      await offers.getByText("Parallel").waitFor();
      await page.waitForTimeout(150);
      await page.keyboard.press("Enter");
      await page.getByText("podManagementPolicy: Parallel").waitFor();
    }));
});
