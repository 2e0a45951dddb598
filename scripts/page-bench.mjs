// Measures the built page in Chromium: from a keystroke in Lab A's values to the manifests that come of it, from one in
// a chart of 2,000 lines to the verdict on them, the frames of a roll-out, moves in a session of 10,000 moments, and a
// roll-out of 1,000 replicas one by one. Prints milliseconds; asserts nothing.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveSite } from "../tests/e2e/support/site.mjs";
import { launchBrowser, openSite } from "../tests/e2e/support/browser.mjs";
import { applied, rememberSession, webManifest } from "../tests/e2e/support/session.mjs";

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

/** A folder with a chart whose one template prints 2,000 lines: the application that the native benchmark judges. */
async function longChart() {
  const folder = await mkdtemp(join(tmpdir(), "long-"));
  const application = await readFile(new URL("../benches/application.yaml", import.meta.url), "utf8");
  const body = application.replaceAll("NUMBER", "{{ $app }}").replace("replicas: 3", "replicas: {{ $.Values.replicas }}");
  const count = Math.ceil(2000 / application.split("\n").length);
  const app = `{{- range $app := until ${count} }}\n---\n${body}{{- end }}\n`;
  await mkdir(join(folder, "templates"));
  await writeFile(join(folder, "Chart.yaml"), "apiVersion: v2\nname: long\nversion: 0.1.0\n");
  await writeFile(join(folder, "values.yaml"), "replicas: 3\n");
  await writeFile(join(folder, "templates", "all.yaml"), app);
  return folder;
}

// Every other keystroke makes the replicas negative: the verdict stands when the page counts what is refused.
const verdicts = await (async () => {
  const { page } = await openSite(browser, site.url);
  const folder = await longChart();
  await page.getByRole("button", { name: /^Chart and release/ }).click();
  await page.getByLabel("Open a folder").setInputFiles(folder);
  await page.getByRole("button", { name: "Chart and release: long" }).waitFor();
  await rm(folder, { recursive: true });
  const input = page.getByRole("textbox", { name: "replicas" });
  await input.waitFor();
  const found = await input.evaluate(async (input, count) => {
    const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
    // Timers that start one another wait for four milliseconds; messages do not.
    const { port1, port2 } = new MessageChannel();
    const turn = () => new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(0);
    });
    const isRefused = () => document.querySelector(".badge-error") !== null;
    const found = [];
    for (let index = 0; index < count; index++) {
      const refused = index % 2 === 0;
      setValue.call(input, refused ? "-3" : "3");
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise(requestAnimationFrame);
      const frame = performance.now();
      while (isRefused() !== refused && performance.now() - frame < 5000) await turn();
      found.push(performance.now() - frame);
      // A reader looks at the verdict: keystrokes that follow one another closely wait for one another.
      await new Promise((resolve) => setTimeout(resolve, 450));
    }
    return found;
  }, KEYSTROKES / 2);
  await page.context().close();
  return found;
})();

/** Opens the page as it is after this session. */
async function openAfter(session) {
  const { page, context } = await openSite(browser, site.url);
  await rememberSession(context, session);
  await page.reload();
  const start = Date.now();
  await page.getByRole("button", { name: "Play" }).waitFor();
  await page.getByText("StatefulSet", { exact: true }).first().waitFor({ timeout: 600_000 });
  return { page, opened: Date.now() - start };
}

// A pod deleted every ten seconds: each comes back in about six moments.
const DELETIONS = 1_700;
const deletion = (index) => ({
  at: 60_000 + index * 10_000,
  action: { do: "delete", kind: "Pod", namespace: "default", name: `web-${index % 3}`, gracePeriodSeconds: null, propagation: null },
});
const long = await openAfter({
  log: [applied(webManifest()), ...Array.from({ length: DELETIONS }, (_, index) => deletion(index))],
  end: 60 + DELETIONS * 10,
});
const seeks = await long.page.evaluate(async () => {
  const track = document.querySelector("[role=slider].track");
  const area = track.getBoundingClientRect();
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  const found = [];
  for (let index = 0; index < 100; index++) {
    const clientX = area.left + area.width * ((index * 0.618034) % 1);
    const event = (type) => new PointerEvent(type, { bubbles: true, pointerId: 1, clientX, clientY: area.top + 5 });
    const start = performance.now();
    track.dispatchEvent(event("pointerdown"));
    track.dispatchEvent(event("pointerup"));
    await turn();
    document.body.getBoundingClientRect();
    found.push(performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  return found;
});
await long.page.context().close();

const large = await openAfter({ log: [applied(webManifest({ replicas: 1000, policy: "OrderedReady" }))], nodes: 12, end: 1 });
const rollOut = await large.page.evaluate(async () => {
  const start = performance.now();
  document.querySelector("button[aria-label^='Skip ahead']").click();
  for (;;) {
    await new Promise(requestAnimationFrame);
    if (document.body.textContent.includes("1000/1000 ready")) return performance.now() - start;
    if (performance.now() - start > 120_000) return Number.NaN;
  }
});

console.log(`${"milliseconds".padEnd(44)} ${["median", "95 %", "99 %", "worst"].map((it) => it.padStart(8)).join("")}`);
row("keystroke: event handler", keystrokes.map((it) => it.handler));
row("keystroke: from the frame to new manifests", keystrokes.map((it) => it.render));
row("keystroke in 2,000 lines: to their verdict", verdicts);
row("roll-out of Lab A at 20×: frame", frames);
row("seek among 10,000 moments, drawn", seeks);
row("opening that session", [long.opened]);
row("roll-out of 1,000 replicas, OrderedReady", [rollOut]);
await browser.close();
await site.close();
