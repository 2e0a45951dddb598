// The cluster with the mouse and the keyboard: nodes, menus, reasons, large sets, time.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { speedUp, visitSite } from "./support/reader.mjs";
import { applied, rememberSession, webManifest } from "./support/session.mjs";

const onPage = visitSite();

/** A reader whose last visit ended like this. */
const after = (session, play, options) => onPage(async (page) => {
  await rememberSession(page.context(), session);
  await page.reload();
  await page.getByRole("button", { name: "Play" }).waitFor();
  await play(page);
}, options);

const web = (change) => ({ log: [applied(webManifest(change))] });
const pod = (page, ordinal) => page.locator(`[data-object="Pod/web-${ordinal}"]`);
const node = (page, name) => page.getByRole("region", { name: `Node ${name}` });
const choose = async (page, opener, item) => {
  await opener.click();
  await page.getByRole("menuitem", { name: item }).click();
};
const agree = (page, name) => page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
const play = (page) => page.getByRole("button", { name: "Play" }).click();

describe("nodes", () => {
  it("are lanes that say what runs on them", () =>
    after(web(), async (page) => {
      await page.getByRole("button", { name: "By node" }).click();
      const lanes = page.getByRole("region", { name: /^Node minikube/ });
      assert.equal(await lanes.count(), 3);
      assert.equal(await lanes.locator('[data-object^="Pod/web-"]').count(), 3);
      await choose(page, page.getByRole("button", { name: "Add a node" }), "Add a node in zone-b");
      await node(page, "minikube-m04").getByText("zone zone-b").waitFor();
    }));

  it("take their pods in by a glide, while time stands still", () =>
    after(web(), async (page) => {
      const moving = () => [...document.querySelectorAll(".pod")].some((pod) => pod.getAnimations().length > 0);
      assert.equal(await page.evaluate(moving), false);
      // Asked in each frame from before the click on: the glide is over soon.
      const glide = page.waitForFunction(moving, undefined, { polling: "raf" });
      await page.getByRole("button", { name: "By node" }).click();
      await glide;
    }));

  it("hold their pods when they are lost, until the pod is taken from them", () =>
    after(web(), async (page) => {
      await page.getByRole("button", { name: "By node" }).click();
      const lane = page.getByRole("region", { name: /^Node minikube/ }).filter({ has: pod(page, 1) });
      const menu = lane.getByRole("button", { name: /^Actions for Node/ });
      await choose(page, menu, "Make it unreachable");
      await lane.getByText("does not answer").first().waitFor();
      await speedUp(page, "60×");
      await lane.getByText("NotReady").waitFor();
      await pod(page, 1).getByText("Terminating").waitFor({ timeout: 30_000 });
      await pod(page, 1).getByText(/does not answer/).waitFor();
      assert.equal(await page.locator('[data-object="Pod/web-1"]').count(), 1, "nothing replaces it");

      await choose(page, menu, "Taint it out-of-service");
      await page.getByText("3/3 ready").or(page.locator(".pod-ready").nth(2)).first().waitFor();
      await page.getByRole("button", { name: "By set" }).click();
      await page.getByText("3/3 ready").waitFor({ timeout: 30_000 });
    }));

  it("give a pod up by force deletion, which asks first", () =>
    after(web(), async (page) => {
      await pod(page, 0).click({ button: "right" });
      await page.getByRole("menuitem", { name: "Force delete" }).click();
      await page.getByRole("dialog").getByText(/two may run as one identity/).waitFor();
      await page.keyboard.press("Escape");
      assert.equal(await page.getByRole("dialog").count(), 0);
      await pod(page, 0).focus();
      await page.keyboard.press("m");
      await page.keyboard.press("End");
      await page.keyboard.press("Enter");
      await agree(page, "Force delete");
      await page.getByText("2/3 ready").waitFor();
      await speedUp(page, "20×");
      await page.getByText("3/3 ready").waitFor();
    }));

  it("drain as far as a budget allows", () => {
    const budget = `---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: default}
spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}
`;
    return after(web({ more: budget }), async (page) => {
      await page.getByText("no disruption allowed").waitFor();
      await page.getByRole("button", { name: "By node" }).click();
      const lane = page.getByRole("region", { name: /^Node minikube/ }).filter({ has: pod(page, 1) });
      await choose(page, lane.getByRole("button", { name: /^Actions for Node/ }), "Drain");
      await lane.getByText(/Cannot evict pod as it would violate the pod's disruption budget/).waitFor();
      await lane.getByText("draining").waitFor();
      await page.getByRole("button", { name: "By set" }).click();
      await page.getByRole("button", { name: "Scale up by one" }).click();
      await speedUp(page, "20×");
      await page.getByText("4/4 ready").waitFor();
      await page.getByRole("button", { name: "By node" }).click();
      const drained = page.getByRole("region", { name: /^Node minikube/ }).filter({ hasText: "SchedulingDisabled" });
      await drained.getByText("No pod is on this node.").waitFor();
    });
  });
});

describe("menus", () => {
  it("delete a set in the foreground: it stays until its pods are gone, its claims stay", () =>
    after(web(), async (page) => {
      await choose(page, page.getByRole("button", { name: "Actions for StatefulSet web" }), "Delete in the foreground");
      await page.getByRole("dialog").getByText(/until its pods are gone/).waitFor();
      await agree(page, "Delete in the foreground");
      await page.locator(".set .chip-strong", { hasText: "Terminating" }).waitFor();
      await speedUp(page, "20×");
      await page.getByText("Left over").first().waitFor();
      assert.equal(await page.locator('[data-object^="PersistentVolumeClaim/data-web-"]').count(), 3);
    }));

  it("ask for a number: scale to five, then keep three back by a partition", () =>
    after(web(), async (page) => {
      const menu = page.getByRole("button", { name: "Actions for StatefulSet web" });
      await choose(page, menu, "Scale…");
      await page.getByRole("spinbutton", { name: "Replicas" }).fill("5");
      await agree(page, "Scale");
      await speedUp(page, "20×");
      await page.getByText("5/5 ready").waitFor();
      await choose(page, menu, "Edit the partition…");
      await page.getByRole("spinbutton").fill("3");
      await agree(page, "Edit the partition");
      await page.getByText("partition 3").waitFor();
      await choose(page, menu, "Restart the roll-out");
      await page.locator('[data-gate="partition"]').first().waitFor({ timeout: 30_000 });
    }));

  it("say who waits for whom, and lead there", () =>
    after(web({ policy: "OrderedReady" }), async (page) => {
      await choose(page, page.getByRole("button", { name: "Actions for StatefulSet web" }), "Scale…");
      await page.getByRole("spinbutton", { name: "Replicas" }).fill("4");
      await pod(page, 2).waitFor();
      await agree(page, "Scale");
      await page.getByRole("button", { name: "Pause" }).click();
      await pod(page, 2).click({ button: "right" });
      await page.getByRole("menuitem", { name: "Hang" }).click();
      await speedUp(page, "20×");
      await choose(page, page.getByRole("button", { name: "Actions for StatefulSet web" }), "Restart the roll-out");
      const wait = page.locator('.set-head [data-gate]').first();
      await wait.waitFor({ timeout: 30_000 });
      await wait.getByRole("button", { name: /^Show pod\/web-/ }).click();
      await page.getByRole("tabpanel", { name: "Details" }).getByText(/^Pod/).first().waitFor();
    }));
});

describe("large sets", () => {
  it("show a hundred small cards", () =>
    after({ ...web({ replicas: 100 }), nodes: 5, end: 120 }, async (page) => {
      await page.getByText("100/100 ready").waitFor({ timeout: 30_000 });
      assert.equal(await page.locator('[data-object^="Pod/web-"]').count(), 100);
    }));

  it("show a thousand as lines of a hundred, one of them open", () =>
    after({ ...web({ replicas: 1000 }), nodes: 12, end: 500 }, async (page) => {
      await page.getByText("1000/1000 ready").waitFor({ timeout: 120_000 });
      assert.equal(await page.locator(".block").count(), 10);
      assert.equal(await page.locator('[data-object^="Pod/web-"]').count(), 100);
      await page.locator(".block-head").nth(9).click();
      await pod(page, 999).waitFor();
    }));
});

describe("time", () => {
  const told = { log: [applied(webManifest()), { at: 40_000, action: { do: "delete", kind: "Pod", namespace: "default", name: "web-0", gracePeriodSeconds: null, propagation: null } }], end: 90 };

  it("follows the mouse and the keys", () =>
    after(told, async (page) => {
      const track = page.getByRole("slider", { name: "Moment" });
      const box = await track.boundingBox();
      await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2);
      await page.mouse.down();
      for (const part of [0.7, 0.5, 0.2, 0.05]) await page.mouse.move(box.x + box.width * part, box.y + box.height / 2);
      await page.mouse.up();
      assert.ok(Number(await track.getAttribute("aria-valuenow")) <= 5, "dragged near the start");
      await track.focus();
      await page.keyboard.press("End");
      assert.equal(await track.getAttribute("aria-valuenow"), "90");
      await page.keyboard.press("Shift+ArrowLeft");
      assert.equal(await track.getAttribute("aria-valuenow"), "40");
      await page.getByText("kubectl delete pod web-0").first().waitFor();
      await page.keyboard.press("Home");
      assert.equal(await track.getAttribute("aria-valuenow"), "0");
    }));

  it("forks, and keeps the course that was left", () =>
    after({ ...told, at: 30 }, async (page) => {
      await page.getByText(/acting here leaves 1 later action/).waitFor();
      await page.getByRole("button", { name: "Scale up by one" }).click();
      await choose(page, page.getByRole("button", { name: /^Other courses/ }), /kubectl delete pod web-0/);
      const track = page.getByRole("slider", { name: "Moment" });
      await page.waitForFunction(() => document.querySelector("[role=slider].track")?.getAttribute("aria-valuemax") === "90");
      assert.equal(await track.getAttribute("aria-valuenow"), "30");
    }));

  it("says where it ends", () =>
    after({ log: [applied(webManifest({ replicas: 1 }))], end: 3 * 86_400 }, (page) =>
      page.getByText(/The session ends here/).waitFor({ timeout: 60_000 })));

  it("skips until the cluster rests", () =>
    after({ ...web(), end: 1 }, async (page) => {
      await page.getByRole("button", { name: /^Skip ahead/ }).click();
      await page.getByText("3/3 ready").waitFor();
    }));
});

describe("every reader", () => {
  it("drags the splitters", () =>
    onPage(async (page) => {
      for (const [name, x, y] of [["Width of the chart pane", 120, 0], ["Height of the drawer", 0, -80]]) {
        const bar = page.getByRole("separator", { name });
        const before = Number(await bar.getAttribute("aria-valuenow"));
        const box = await bar.boundingBox();
        const [left, top] = [box.x + box.width / 2, box.y + box.height / 2];
        await page.mouse.move(left, top);
        await page.mouse.down();
        await page.mouse.move(left + x / 2, top + y / 2);
        await page.mouse.move(left + x, top + y);
        await page.mouse.up();
        assert.ok(Number(await bar.getAttribute("aria-valuenow")) > before, `${name} follows the mouse`);
      }
    }));

  it("loses nothing at 200 % zoom", () =>
    after(web(), async (page) => {
      await page.getByRole("button", { name: "Cluster", exact: true }).click();
      await page.getByRole("button", { name: "By node" }).click();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      await page.getByRole("button", { name: /^Actions for Node/ }).first().click();
      const menu = await page.getByRole("menu").boundingBox();
      const { width, height } = page.viewportSize();
      assert.ok(menu.x >= 0 && menu.x + menu.width <= width && menu.y >= 0 && menu.y + menu.height <= height, "the menu is inside");
    }, { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 }));

  it("may forbid storage", () =>
    onPage(async (page) => {
      await page.addInitScript(() => {
        Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("denied", "SecurityError"); } });
      });
      await page.reload();
      await page.getByText(/does not let the page keep data/).first().waitFor();
      await page.getByRole("button", { name: "Apply to the cluster" }).click();
      await speedUp(page, "20×");
      await page.getByText("3/3 ready").waitFor();
    }));

  it("keeps what they typed when the page panics", () =>
    onPage(async (page) => {
      await page.evaluate(() => playgroundPanicked("panicked at a test", [["values.yaml", "a: 1"]]));
      await page.getByRole("alert").getByText("Nothing you typed is lost").waitFor();
      assert.equal(await page.getByRole("textbox", { name: "values.yaml" }).inputValue(), "a: 1");
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
      assert.equal(download.suggestedFilename(), "values.yaml");
      await page.getByRole("button", { name: "Reload the page" }).click();
      await page.getByRole("button", { name: "Play" }).waitFor();
    }));

  it("may ask for less motion", () =>
    after({ ...web(), end: 1 }, async (page) => {
      await speedUp(page, "5×");
      await play(page);
      await page.getByText("3/3 ready").waitFor();
      const running = await page.evaluate(() => document.getAnimations().filter((it) => it.playState === "running").length);
      assert.equal(running, 0);
    }, { reducedMotion: "reduce" }));
});
