// Chromium as the tests use it, and what a page may not do: log an error, fail a request, or leave its own site.
import { chromium } from "playwright-core";
import { existsSync } from "node:fs";

const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts headless Chromium. */
export function launchBrowser() {
  const executablePath = process.env.CHROMIUM ?? EXECUTABLES.find((path) => existsSync(path));
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/**
 * Opens the site in a fresh profile. `faults()` lists console errors, uncaught errors, failed requests and
 * requests to other origins since then.
 */
export async function openSite(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = watch(page, url);
  await page.goto(url);
  return { context, page, faults };
}

function watch(page, url) {
  const found = [];
  const origin = new URL(url).origin;
  page.on("console", (message) => {
    if (message.type() === "error") found.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => found.push(`uncaught: ${error}`));
  page.on("requestfailed", (request) => {
    // Leaving a page ends what it was still loading.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") found.push(`failed: ${request.url()}`);
  });
  page.on("request", (request) => {
    const target = request.url();
    if (/^https?:/.test(target) && new URL(target).origin !== origin) found.push(`left the site: ${target}`);
  });
  return () => found;
}
