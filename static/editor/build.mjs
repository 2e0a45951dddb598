// Bundles the editor into static/vendor/editor.js, unless the bundle is newer than what it is made of.
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const outfile = fileURLToPath(new URL("../vendor/editor.js", import.meta.url));
const lock = fileURLToPath(new URL("../../package-lock.json", import.meta.url));

const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = [...readdirSync(here).map((name) => here + name), lock];

// Writing only when something changed also keeps a watching `trunk serve` from building in a circle.
if (Math.max(...sources.map(changed)) > changed(outfile)) {
  mkdirSync(fileURLToPath(new URL("../vendor/", import.meta.url)), { recursive: true });
  await build({
    entryPoints: [`${here}editor.js`],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
  });
}
