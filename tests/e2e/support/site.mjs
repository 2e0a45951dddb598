// Serves dist/ (or the folder that DIST names) below a sub-path, as a plain file server would, so that every test also
// shows that the site does not care where it is hosted.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const DIST = process.env.DIST ?? new URL("../../../dist/", import.meta.url).pathname;
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** Starts the server; resolves to `{ url, close }`. */
export async function serveSite(prefix = "/course/labs/") {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const inside = path.startsWith(prefix) ? normalize(path.slice(prefix.length)) : "..";
    try {
      if (inside.startsWith("..")) throw new Error("outside the site");
      const name = inside === "." || inside === "" ? "index.html" : inside;
      const body = await readFile(join(DIST, name));
      response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" });
      response.end(body);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
