// Bundles the editor and the style sheets into static/vendor/, unless the bundles are newer than what they are made of.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const inside = (folder) => readdirSync(folder).map((name) => folder + name);

/** Bundles `entry` into `outfile`; what it is made of lies in the entry's folder. */
async function bundle(folder, entry, outfile, options) {
  const sources = [...inside(path(folder)), path("../../package-lock.json"), path("./build.mjs")];
  // Writing only when something changed also keeps a watching `trunk serve` from building in a circle.
  if (Math.max(...sources.map(changed)) <= changed(path(outfile))) return;
  await build({
    entryPoints: [path(folder + entry)],
    outfile: path(outfile),
    bundle: true,
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
}

mkdirSync(path("../vendor/"), { recursive: true });
await bundle("./", "editor.js", "../vendor/editor.js", { format: "esm", target: "es2022" });
await bundle("../styles/", "page.css", "../vendor/page.css", { target: "chrome123" });
