// The text editor: CodeMirror behind the few calls that the page makes. Loaded after the first paint; until then,
// and if it cannot be loaded, a <textarea> does the work.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorSelection, EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { hints } from "./hints.js";
import { foldByIndent, indentLikeAbove, yamlTemplate } from "./language.js";
import { highlight, look } from "./look.js";

/** Lines that belong to what the reader points at elsewhere. */
const markLines = StateEffect.define();
const touched = Decoration.line({ class: "cm-touched" });
const markedLines = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(markLines)) continue;
      const { doc } = transaction.state;
      const inside = effect.value.filter((line) => line <= doc.lines);
      return Decoration.set(inside.map((line) => touched.range(doc.line(line).from)));
    }
    return marks.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Opens an editor inside `host`.
 *
 * It lives in a shadow root: there CodeMirror adopts constructed style sheets, which the page's security policy
 * allows, where in the document it would add <style> elements, which the policy forbids.
 *
 * @param {HTMLElement} host
 * @param {{text: string, label: string, readOnly: boolean, from: number, to: number, focus: boolean}} options
 *   `from` and `to` are the selection, in UTF-16 units.
 * @param {{change: (text: string) => void, cursor: (line: number, column: number) => void, ask: Function}} listeners
 *   `change` gets the whole text after each change by the reader, `cursor` the cursor's place, from 1, when it moves,
 *   `ask` answers what the reader points at, as `hints` asks it
 */
export function openEditor(host, options, { change: onChange, cursor: onCursor, ask }) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  let silent = false;
  const length = options.text.length;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      selection: EditorSelection.single(Math.min(options.from, length), Math.min(options.to, length)),
      extensions: [
        lineNumbers(),
        foldGutter(),
        codeFolding(),
        lintGutter(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        indentUnit.of("  "),
        EditorState.tabSize.of(2),
        indentLikeAbove,
        foldByIndent,
        yamlTemplate,
        syntaxHighlighting(highlight),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSelectionMatches(),
        search({ top: true }),
        hints(ask),
        keymap.of([...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap]),
        EditorState.readOnly.of(options.readOnly),
        EditorView.editable.of(!options.readOnly),
        EditorView.contentAttributes.of({ "aria-label": options.label, spellcheck: "false", tabindex: "0" }),
        // Left to itself, the browser types over a selection through a styled <span>, which the policy reports.
        EditorView.domEventHandlers({
          beforeinput(event, view) {
            const typesOver = event.inputType === "insertText" && event.data && !view.state.selection.main.empty;
            if (!typesOver || view.composing || view.state.readOnly) return false;
            view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
            event.preventDefault();
            return true;
          },
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !silent) onChange(view.state.doc.toString());
          if (update.selectionSet && !silent) {
            const { head } = update.state.selection.main;
            const line = update.state.doc.lineAt(head);
            onCursor(line.number, [...line.text.slice(0, head - line.from)].length + 1);
          }
        }),
        markedLines,
        look,
      ],
    }),
  });
  if (options.focus) view.focus();

  return {
    /** Shows `text`, changing only what differs, so that the reader's cursor stays where it was. */
    setText(text) {
      const old = view.state.doc.toString();
      if (old === text) return;
      let start = 0;
      const shorter = Math.min(old.length, text.length);
      while (start < shorter && old.charCodeAt(start) === text.charCodeAt(start)) start++;
      let end = 0;
      while (end < shorter - start && old.charCodeAt(old.length - 1 - end) === text.charCodeAt(text.length - 1 - end)) end++;
      silent = true;
      view.dispatch({ changes: { from: start, to: old.length - end, insert: text.slice(start, text.length - end) } });
      silent = false;
    },
    /** Marks findings: flat list of start line, start column, end line, end column (from 1), severity, message. */
    setMarks(flat) {
      const marks = [];
      for (let at = 0; at + 5 < flat.length; at += 6) {
        const from = offset(view.state.doc, flat[at], flat[at + 1]);
        const to = Math.max(from, offset(view.state.doc, flat[at + 2], flat[at + 3]));
        marks.push({ from, to, severity: flat[at + 4], message: flat[at + 5] });
      }
      marks.sort((a, b) => a.from - b.from);
      view.dispatch(setDiagnostics(view.state, marks));
    },
    /** Marks whole lines, from 1, in ascending order. */
    setLines(lines) {
      view.dispatch({ effects: markLines.of([...lines]) });
    },
    /** Puts the cursor on a place and scrolls it to the middle. */
    reveal(line, column, focus) {
      const at = offset(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      if (focus) view.focus();
    },
    close() {
      view.destroy();
    },
  };
}

/** The UTF-16 offset of a line and a column in code points, both from 1. */
function offset(doc, line, column) {
  const found = doc.line(Math.max(1, Math.min(line, doc.lines)));
  let at = 0;
  for (let left = column - 1; left > 0 && at < found.length; left--) at += found.text.codePointAt(at) > 0xffff ? 2 : 1;
  return found.from + at;
}
