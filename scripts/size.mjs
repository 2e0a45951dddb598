// Prints the size of every file of the release, raw and brotli, and fails if what the reader downloads before
// the editor is over the limit.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

// The aim is 250 KiB; the limit is where the page stands. It rises for what the page learns to do, never by neglect.
const AIM_BEFORE_EDITOR = 250 * 1024;
const LIMIT_BEFORE_EDITOR = 1020 * 1024;
const dist = new URL("../dist/", import.meta.url).pathname;

/** Files that are fetched after the first paint only. */
const isLazy = (name) => name.includes("vendor/");

function* files(folder) {
  for (const entry of readdirSync(folder).sort()) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

function brotliSize(bytes) {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;
}

const rows = [...files(dist)].map((path) => {
  const bytes = readFileSync(path);
  return { name: relative(dist, path), raw: bytes.length, brotli: brotliSize(bytes) };
});
const width = Math.max(...rows.map((row) => row.name.length), 24);
const line = (name, raw, brotli) =>
  console.log(`${name.padEnd(width)} ${String(raw).padStart(10)} ${String(brotli).padStart(10)}`);

line("file", "raw", "brotli");
for (const row of rows) line(row.name, row.raw, row.brotli);
const first = rows.filter((row) => !isLazy(row.name));
const sum = (list, key) => list.reduce((total, row) => total + row[key], 0);
line("before the editor", sum(first, "raw"), sum(first, "brotli"));
line("everything", sum(rows, "raw"), sum(rows, "brotli"));
console.log(`The aim before the editor is ${AIM_BEFORE_EDITOR}, the limit ${LIMIT_BEFORE_EDITOR} bytes of brotli.`);

if (sum(first, "brotli") > LIMIT_BEFORE_EDITOR) {
  console.error(`Too large: ${sum(first, "brotli")} bytes before the editor, the limit is ${LIMIT_BEFORE_EDITOR}.`);
  process.exit(1);
}
