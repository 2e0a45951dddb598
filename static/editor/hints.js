// What the page knows of the field at the cursor, and what it offers to write there: CodeMirror shows it, the page
// answers.
import { autocompletion } from "@codemirror/autocomplete";
import { StateEffect, StateField } from "@codemirror/state";
import { hoverTooltip, keymap, showTooltip } from "@codemirror/view";

/**
 * @param {(completes: boolean, text: string, line: number, column: number) => string[]} ask answers for a line and a
 *   column in code points, both from 1; nothing known is an empty list. A hint is: first column, column behind the
 *   last, title, text, facts. Choices are: first column, then label, text to write, detail, explanation of each.
 */
export function hints(ask) {
  const place = (state, at) => {
    const line = state.doc.lineAt(at);
    return { line, column: [...line.text.slice(0, at - line.from)].length + 1 };
  };
  const unit = (line, column) => line.from + [...line.text].slice(0, column - 1).join("").length;

  function hint(state, at) {
    const { line, column } = place(state, at);
    const [from, to, title, text, ...facts] = ask(false, state.doc.toString(), line.number, column);
    if (!title) return null;
    return {
      pos: unit(line, Number(from)),
      end: unit(line, Number(to)),
      above: true,
      create: () => ({ dom: draw(title, facts, text) }),
    };
  }

  function choices(context) {
    const { line, column } = place(context.state, context.pos);
    if (!context.explicit && !context.matchBefore(/[\w/-]$|\.Values\.[\w.]*$/)) return null;
    const [from, ...flat] = ask(true, context.state.doc.toString(), line.number, column);
    const options = [];
    for (let at = 0; at + 3 < flat.length; at += 4) {
      const [label, apply, detail, info] = flat.slice(at, at + 4);
      options.push({ label, apply, detail, info: info || undefined });
    }
    return options.length ? { from: unit(line, Number(from)), options, validFor: /^[\w/-]*$/ } : null;
  }

  // The hint without a mouse: it stays until the cursor moves.
  const shown = StateEffect.define();
  const field = StateField.define({
    create: () => null,
    update(tooltip, change) {
      for (const effect of change.effects) if (effect.is(shown)) return effect.value;
      return change.docChanged || change.selection ? null : tooltip;
    },
    provide: (own) => showTooltip.from(own),
  });
  const show = (view) => {
    const found = view.state.field(field) ? null : hint(view.state, view.state.selection.main.head);
    view.dispatch({ effects: shown.of(found) });
    return true;
  };
  const hide = (view) => {
    if (!view.state.field(field)) return false;
    view.dispatch({ effects: shown.of(null) });
    return true;
  };
  return [
    hoverTooltip((view, at) => hint(view.state, at), { hoverTime: 400 }),
    autocompletion({ override: [choices], icons: false }),
    field,
    keymap.of([
      { key: "Alt-h", run: show },
      { key: "Escape", run: hide },
    ]),
  ];
}

function draw(title, facts, text) {
  const element = (name, className, words) => {
    const made = document.createElement(name);
    made.className = className;
    if (words) made.textContent = words;
    return made;
  };
  const dom = element("div", "cm-hint");
  dom.setAttribute("role", "status");
  dom.append(element("div", "cm-hint-title", title), element("div", "cm-hint-facts", facts.join(" · ")));
  if (text) dom.append(element("div", "cm-hint-text", text));
  return dom;
}
