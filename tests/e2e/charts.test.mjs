// Charts of the reader's own: brought, edited, traced, taken away.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { isForEveryone, typeInto, typeValues, visitSite } from "./support/reader.mjs";

const onPage = visitSite();

/** A chart with a helper, a condition and notes. */
const FILES = {
  "Chart.yaml": "apiVersion: v2\nname: mine\nversion: 0.3.0\n",
  "values.yaml": "greeting: hello\nextra:\n  enabled: true\n",
  "templates/_helpers.tpl": '{{ define "mine.name" }}{{ .Release.Name }}-config{{ end }}\n',
  "templates/config.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include \"mine.name\" . }}\ndata:\n  greeting: {{ .Values.greeting }}\n{{- if .Values.extra.enabled }}\n  extra: \"yes\"\n{{- end }}\n",
  "templates/NOTES.txt": "Thank you for installing {{ .Chart.Name }}.\n",
};

/** A tar archive of regular files, as `tar` writes it. */
function tar(files) {
  const blocks = [];
  for (const [name, text] of Object.entries(files)) {
    const body = Buffer.from(text);
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000644\0", 100);
    header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.fill(" ", 148, 156);
    header.write("0", 156);
    header.write("ustar\x0000", 257, "latin1");
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    blocks.push(header, body, Buffer.alloc((512 - (body.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** The files of a tar archive. */
function untar(bytes) {
  const files = {};
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const name = bytes.toString("utf8", at, bytes.indexOf(0, at));
    const size = parseInt(bytes.toString("latin1", at + 124, at + 135), 8);
    files[name] = bytes.toString("utf8", at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

const archive = (files = FILES) =>
  gzipSync(tar(Object.fromEntries(Object.entries(files).map(([path, text]) => [`mine/${path}`, text]))));

/** Drops a file on the middle of the page. */
async function drop(page, name, bytes) {
  await page.locator("main").waitFor();
  await page.evaluate(
    ([name, base64]) => {
      const held = new DataTransfer();
      held.items.add(new File([Uint8Array.from(atob(base64), (digit) => digit.charCodeAt(0))], name));
      for (const type of ["dragenter", "dragover", "drop"]) {
        document.querySelector("main").dispatchEvent(new DragEvent(type, { dataTransfer: held, bubbles: true, cancelable: true }));
      }
    },
    [name, bytes.toString("base64")],
  );
}

const chartButton = (page) => page.getByRole("button", { name: /^Chart and release/ });
const bringChart = async (page) => {
  await drop(page, "mine-0.3.0.tgz", archive());
  await page.getByRole("button", { name: "Chart and release: mine" }).waitFor();
};
const tab = (page, name) => page.getByRole("tab", { name }).click();

describe("a chart of the reader's own", () => {
  it("is dropped, edited, rendered and survives a reload", () =>
    onPage(async (page) => {
      await bringChart(page);
      await tab(page, /^Chart/);
      await page.getByLabel("File of the chart").selectOption("templates/config.yaml");
      await typeInto(page, "templates/config.yaml", FILES["templates/config.yaml"].replace("hello", "bye").replace("greeting:", "welcome:"));
      await tab(page, /^Manifests/);
      await page.getByText("welcome: hello").waitFor();
      await page.waitForTimeout(600);
      await page.reload();
      await page.getByRole("button", { name: "Chart and release: mine" }).waitFor();
      await tab(page, /^Manifests/);
      await page.getByText("welcome: hello").waitFor();
    }));

  it("gets a new file, loses one, and leaves as helm package packs it", () =>
    onPage(async (page) => {
      await bringChart(page);
      await tab(page, /^Chart/);
      const files = page.getByRole("button", { name: "What to do with the chart's files" });
      await files.click();
      await page.getByRole("menuitem", { name: /^New file/ }).click();
      await page.getByLabel("Path of the new file").fill("templates/more.yaml");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await typeInto(page, "templates/more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n");
      await page.getByLabel("File of the chart").selectOption("templates/NOTES.txt");
      await files.click();
      await page.getByRole("menuitem", { name: /^Delete/ }).click();
      await page.getByText("Undo brings it back").waitFor();
      await files.click();
      const downloading = page.waitForEvent("download");
      await page.getByRole("menuitem", { name: /^Download the chart/ }).click();
      const download = await downloading;
      assert.equal(download.suggestedFilename(), "mine-0.3.0.tgz");
      const bytes = await readFile(await download.path());
      const packed = untar(gunzipSync(bytes));
      const { "templates/NOTES.txt": _, ...kept } = FILES;
      const expected = { ...kept, "templates/more.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\n" };
      const inside = Object.entries(expected).map(([path, text]) => [`mine/${path}`, text]);
      assert.deepEqual(packed, Object.fromEntries(inside));
      await drop(page, "again.tgz", bytes);
      await tab(page, /^Manifests/);
      await page.getByText("name: more").waitFor();
    }));

  it("works from memory when storage has no room, and says so", () =>
    onPage(async (page) => {
      await page.locator("main").waitFor();
      await page.evaluate(() => {
        for (let size = 4 << 20; size >= 16; size >>= 1) {
          try {
            localStorage.setItem("other", (localStorage.getItem("other") ?? "") + "x".repeat(size));
          } catch {
            // Smaller pieces fill what is left.
          }
        }
      });
      await bringChart(page);
      await page.getByText("do not fit into this browser's storage").waitFor();
      await tab(page, /^Manifests/);
      await page.getByText("greeting: hello").waitFor();
      await chartButton(page).click();
      await page.getByRole("dialog").getByRole("button", { name: /^Lab B/ }).first().click();
      await chartButton(page).click();
      await page.getByRole("dialog").getByRole("button", { name: "Your chart mine" }).click();
      await page.getByText("greeting: hello").waitFor();
    }));

  it("is picked as a folder, without what .helmignore names", () =>
    onPage(async (page) => {
      const folder = await mkdtemp(join(tmpdir(), "chart-"));
      const files = { ...FILES, ".helmignore": "*.bak\n.git/\n", "old.bak": "x", ".git/HEAD": "x", "ci/test-values.yaml": "greeting: from ci\n" };
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
      await chartButton(page).click();
      await page.getByLabel("Open a folder").setInputFiles(folder);
      await page.getByRole("button", { name: "Chart and release: mine" }).waitFor();
      await rm(folder, { recursive: true });
      await tab(page, /^Chart/);
      const options = await page.getByLabel("File of the chart").locator("option").allInnerTexts();
      assert.deepEqual(options, [".helmignore", ...Object.keys(FILES), "ci/test-values.yaml"].sort());
      await typeValues(page, "");
      await chartButton(page).click();
      await page.getByText("What else Helm is told").click();
      await page.getByLabel("ci/test-values.yaml").check();
      await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
      await tab(page, /^Manifests/);
      await page.getByText("greeting: from ci").waitFor();
    }));

  it("says what chance drew, and draws again", () =>
    onPage(async (page) => {
      const secret = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: pw-{{ randAlphaNum 8 }}\n';
      await drop(page, "mine.tgz", archive({ ...FILES, "templates/secret.yaml": secret }));
      await page.getByRole("button", { name: "Chart and release: mine" }).waitFor();
      await tab(page, /^Manifests/);
      await page.getByText("Drawn by chance or clock: randAlphaNum").waitFor();
      const line = page.locator(".cm-line", { hasText: "password: pw-" });
      const before = await line.innerText();
      await page.getByRole("button", { name: "Draw again" }).click();
      await page.locator(".cm-line", { hasText: before }).waitFor({ state: "detached" });
      await line.waitFor();
      await page.getByText("Notes of the chart").click();
      await page.getByText("Thank you for installing mine.").waitFor();
    }));

  it("leads from a manifest's line to its template line and its value, and back", () =>
    onPage(async (page) => {
      await bringChart(page);
      await tab(page, /^Manifests/);
      await page.locator(".cm-content").first().waitFor();
      await page.getByText("greeting: hello").click();
      const from = page.getByRole("group", { name: /^Where line \d+ comes from/ });
      await from.getByRole("button", { name: "templates/config.yaml:6" }).waitFor();
      await from.getByRole("button", { name: /^greeting/ }).click();
      const touches = page.getByRole("group", { name: "What greeting touches" });
      await touches.getByText("touches 1 line in 1 object").waitFor();
      await touches.getByRole("button", { name: /^ConfigMap\/mine-config/ }).click();
      await page.locator(".cm-touched").waitFor();
      await page.getByText('extra: "yes"').click();
      await from.getByText("There because of").waitFor();
      await page.getByText("name: mine-config").click();
      await from.getByRole("button", { name: "templates/_helpers.tpl:1" }).click();
      await page.getByRole("textbox", { name: "templates/_helpers.tpl" }).waitFor();
    }));

  it("is refused in words that keep the present chart", () =>
    onPage(async (page) => {
      await drop(page, "notes.txt", Buffer.from("hello"));
      await page.getByText("notes.txt cannot be opened as a chart").waitFor();
      await drop(page, "bad.tgz", Buffer.from("hello"));
      await page.getByText("gzip: invalid header").waitFor();
      await drop(page, "broken.tgz", archive({ ...FILES, "values.yaml": "a: [\n" }));
      await page.getByText("cannot load values.yaml").waitFor();
      await page.getByRole("button", { name: /Lab A/ }).first().waitFor();
      assert.equal(await page.getByRole("button", { name: "Chart and release: mine" }).count(), 0);
    }));

  for (const [name, options] of [
    ["light", { colorScheme: "light" }],
    ["dark and narrow", { colorScheme: "dark", viewport: { width: 360, height: 740 } }],
  ]) {
    it(`keeps nobody out: ${name}`, () =>
      onPage(async (page) => {
        await bringChart(page);
        await tab(page, /^Manifests/);
        await page.locator(".cm-content").first().waitFor();
        await page.getByText("name: mine-config").click();
        await page.getByText("Written by").waitFor();
        await isForEveryone(page);
        await chartButton(page).click();
        await page.getByText("What else Helm is told").click();
        await isForEveryone(page);
      }, { ...options, bypassCSP: true }));
  }

  it("is renamed and deleted in the gallery, and rendered as Helm is told", () =>
    onPage(async (page) => {
      await bringChart(page);
      await chartButton(page).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("What else Helm is told").click();
      await dialog.getByLabel("--set").fill("greeting=told");
      await dialog.getByRole("button", { name: "Rename mine" }).click();
      await dialog.getByLabel("Name of the chart").fill("my own");
      await dialog.getByRole("button", { name: "Rename", exact: true }).click();
      await dialog.getByRole("button", { name: "Close" }).click();
      await tab(page, /^Manifests/);
      await page.getByText("greeting: told").waitFor();
      await chartButton(page).click();
      await dialog.getByRole("button", { name: "Delete my own" }).click();
      await dialog.getByRole("button", { name: "Delete", exact: true }).click();
      await dialog.getByRole("button", { name: "Delete my own" }).waitFor({ state: "detached" });
      await dialog.getByRole("button", { name: "Close" }).click();
      await page.getByRole("button", { name: /Lab A/ }).first().waitFor();
    }));
});
