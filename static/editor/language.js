// YAML with Go templates in it, as a line-by-line highlighter: both at once, since a template is both at once.
import { foldService, indentService, StreamLanguage } from "@codemirror/language";

const KEYWORDS = new Set(["if", "else", "end", "range", "with", "define", "template", "block", "include", "break", "continue", "tpl"]);
const CONSTANTS = /^(?:true|false|null|yes|no|on|off|~)(?=\s*(?:[,}\]#]|$))/i;

const parser = {
  name: "yaml-template",
  startState: () => ({ action: false, comment: false, quote: "", block: -1 }),
  copyState: (state) => ({ ...state }),

  token(stream, state) {
    if (state.comment) {
      if (stream.skipTo("*/")) {
        stream.match("*/");
        state.comment = false;
      } else stream.skipToEnd();
      return "comment";
    }
    if (state.action) return action(stream, state);
    if (stream.match(/^\{\{-?\s*\/\*/, false)) {
      stream.match(/^\{\{-?\s*\/\*/);
      state.comment = true;
      state.action = true;
      return "comment";
    }
    if (stream.match(/^\{\{-?/)) {
      state.action = true;
      return "processingInstruction";
    }
    return yaml(stream, state);
  },
  blankLine() {},
};

/** Inside `{{ … }}`. */
function action(stream, state) {
  if (stream.match(/^-?\}\}/)) {
    state.action = false;
    return "processingInstruction";
  }
  if (stream.eatSpace()) return null;
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^`[^`]*`?/) || stream.match(/^'(?:[^'\\]|\\.)*'?/)) return "string";
  if (stream.match(/^-?\d[\w.]*/)) return "number";
  if (stream.match(/^\$[\w.]*/)) return "variableName";
  if (stream.match(/^\.[\w.]*/)) return "propertyName";
  const word = stream.match(/^[A-Za-z_]\w*/);
  if (word) return KEYWORDS.has(word[0]) ? "keyword" : /^(?:true|false|nil)$/.test(word[0]) ? "bool" : "labelName";
  stream.next();
  return "operator";
}

/** Outside of actions: one token of YAML, up to the next action at most. */
function yaml(stream, state) {
  if (stream.sol()) {
    const indent = stream.indentation();
    if (state.block >= 0 && !stream.match(/^\s*$/, false) && indent <= state.block) state.block = -1;
    if (stream.match(/^(?:---|\.\.\.)(?=\s|$)/)) return "meta";
    if (stream.eatSpace()) return null;
  }
  if (state.block >= 0) {
    literal(stream);
    return "string";
  }
  if (state.quote) return quoted(stream, state);
  if (stream.eatSpace()) return null;
  if (stream.peek() === "#" && (stream.pos === 0 || /\s/.test(stream.string[stream.pos - 1]))) {
    stream.skipToEnd();
    return "comment";
  }
  if (stream.match(/^-(?=\s|$)/)) return "punctuation";
  if (stream.match(/^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s#&*!|>'"%@`{}[\],:][^:#{}[\],]*?|[^\s#&*!|>'"%@`{}[\],:][^:#{}]*?)(?=\s*:(?:\s|$))/)) {
    return "definitionKeyword";
  }
  if (stream.match(/^:(?=\s|$)/)) return "punctuation";
  if (stream.match(/^[|>][+-]?\d?[+-]?(?=\s*(?:#.*)?$)/)) {
    state.block = stream.indentation();
    return "keyword";
  }
  if (stream.peek() === '"' || stream.peek() === "'") {
    state.quote = stream.next();
    return quoted(stream, state);
  }
  if (stream.match(/^[&*][\w.-]+/) || stream.match(/^!\S*/)) return "labelName";
  if (stream.match(CONSTANTS)) return "bool";
  if (stream.match(/^[-+]?(?:0x[\da-f]+|0o?[0-7]+|\d[\d_]*(?:\.\d+)?(?:e[-+]?\d+)?)(?=\s*(?:[,}\]#]|$))/i)) return "number";
  if (stream.match(/^[{}[\],]/)) return "punctuation";
  if (!stream.match(/^[^\s{}[\],#]+/)) stream.next();
  return "string";
}

/** The rest of a quoted scalar, up to an action. */
function quoted(stream, state) {
  while (!stream.eol() && !stream.match("{{", false)) {
    const next = stream.next();
    if (next === "\\" && state.quote === '"') stream.next();
    else if (next === state.quote) {
      state.quote = "";
      break;
    }
  }
  return "string";
}

/** Text of a block scalar, up to an action. */
function literal(stream) {
  while (!stream.eol() && !stream.match("{{", false)) stream.next();
}

export const yamlTemplate = StreamLanguage.define(parser);

const indentOf = (text) => /^ */.exec(text)[0].length;

/** A new line starts where the one above starts, two deeper behind a key without value. */
export const indentLikeAbove = indentService.of((context, at) => {
  const line = context.state.doc.lineAt(at);
  const above = context.lineAt(at, -1).text;
  const text = at > line.from && at <= line.to ? line.text.slice(0, at - line.from) : above;
  const deeper = /:\s*(?:[|>][+-]?\d?)?\s*(?:#.*)?$/.test(text) ? 2 : 0;
  return indentOf(text) + deeper;
});

/** A line folds with the lines below that stand deeper. */
export const foldByIndent = foldService.of((state, from, to) => {
  const first = state.doc.lineAt(from);
  if (!first.text.trim() || first.text.trimStart().startsWith("#")) return null;
  const depth = indentOf(first.text);
  let end = to;
  for (let number = first.number + 1; number <= state.doc.lines; number++) {
    const line = state.doc.line(number);
    if (!line.text.trim()) continue;
    if (indentOf(line.text) <= depth) break;
    end = line.to;
  }
  return end > to ? { from: to, to: end } : null;
});
