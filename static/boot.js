// Starts the page: the reader's theme before the first paint, then the WebAssembly module. Also the last line of
// defence: whatever goes wrong, the reader sees a sentence and can take their text with them.

const THEME = "statefulset-playground/theme";

try {
  const theme = localStorage.getItem(THEME);
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the page follows the system.
}

/** The page asks for the editor when it has painted. */
globalThis.playgroundEditor = () => import("./vendor/editor.js");

/** The page calls this when it panics: what went wrong, and the reader's texts as [name, text] pairs. */
globalThis.playgroundPanicked = (message, texts) => showCrash("The playground stopped because of a fault of its own", message, texts);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function showCrash(title, message, texts) {
  const page = element("main", { class: "crash", role: "alert" });
  page.append(element("h1", {}, title), element("p", {}, "Nothing you typed is lost: copy or download it here, or reload the page to go on."));
  for (const [name, text] of texts) {
    const area = element("textarea", { readonly: "", rows: "12", "aria-label": name });
    area.value = text;
    const copy = element("button", { type: "button", class: "button" }, "Copy");
    copy.addEventListener("click", () => {
      area.select();
      navigator.clipboard?.writeText(text).then(() => (copy.textContent = "Copied"));
    });
    const download = element("button", { type: "button", class: "button" }, "Download");
    download.addEventListener("click", () => {
      const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
    page.append(element("section", {}, element("h2", {}, name), area, element("p", { class: "crash-actions" }, copy, download)));
  }
  const reload = element("button", { type: "button", class: "button button-primary" }, "Reload the page");
  reload.addEventListener("click", () => location.reload());
  const details = element("details", {}, element("summary", {}, "What went wrong"), element("pre", {}, message));
  page.append(element("p", { class: "crash-actions" }, reload), details);
  document.body.replaceChildren(page);
}

try {
  const { default: start } = await import("./statefulset-playground.js");
  await start({ module_or_path: new URL("./statefulset-playground_bg.wasm", import.meta.url) });
} catch (error) {
  // A panic has shown its page already.
  if (!document.querySelector(".crash")) {
    showCrash("The playground could not start", `${error}\n\nIt needs a browser of 2024 or newer with WebAssembly.`, []);
  }
}
