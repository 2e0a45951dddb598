//! Texts and what becomes of them: values, places, refusals, hostile input.

use super::*;
use serde_json::json;

fn check(text: &str, expect: serde_json::Value) {
    let parsed = parse(text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    let documents: Vec<_> = parsed.documents.iter().map(|document| document.root.to_json()).collect();
    assert_eq!(serde_json::Value::from(documents), expect, "{text}");
}

#[test]
fn documents() {
    check("", json!([]));
    check("# nothing\n", json!([]));
    check("---\n", json!([null]));
    check("a: 1\n---\nb: [x, yes]\n", json!([{"a": 1}, {"b": ["x", true]}]));
    check("--- {a: 1}\n--- |\n  x\n---\n", json!([{"a": 1}, "x\n", null]));
    check("%YAML 1.1\n%TAG !k! tag:yaml.org,2002:\n---\na: !k!str 1\n", json!([{"a": "1"}]));
    check("\u{feff}a: 1\n", json!([{"a": 1}]));
    check("a: |\n  ---\n  x\nb: '\n\n  y'\n", json!([{"a": "---\nx\n", "b": "\ny"}]));
}

#[test]
fn collections() {
    check(
        "a:\n- 1\n- b: 2\n  c:\n  - 3\nd:\n  - - 4\n    - 5\n",
        json!([{"a": [1, {"b": 2, "c": [3]}], "d": [[4, 5]]}]),
    );
    check(
        "{a: [1, b: 2, {c}], d: , \"e\":3, f:g}\n",
        json!([{"a": [1, {"b": 2}, {"c": null}], "d": null, "e": 3, "f:g": null}]),
    );
    check("? a\n: 1\n? b\nc:\n", json!([{"a": 1, "b": null, "c": null}]));
    check("- \n- ~\n-\n  - x\n", json!([[null, null, ["x"]]]));
    check("1: a\ntrue: b\n1.50: c\n", json!([{"1": "a", "true": "b", "1.5": "c"}]));
}

#[test]
fn scalars() {
    check("a: x y\n  z\n\n  w # c\nb: 'it''s\n  so'\n", json!([{"a": "x y z\nw", "b": "it's so"}]));
    check("a: \"x\\ty \\\n   z\\u00e9 \\x41\n\n  b\"\n", json!([{"a": "x\ty z\u{e9} A\nb"}]));
    check(
        "a: |2-\n   x\n  y\n\nb: >+\n x\n y\n\n   z\n\nc: |\n\n  q\n",
        json!([{"a": " x\ny", "b": "x y\n\n  z\n\n", "c": "\nq\n"}]),
    );
    check(
        "a: b:c\nd: http://x#y\ne: -x\nf: ?x\ng: a, b\n",
        json!([{"a": "b:c", "d": "http://x#y", "e": "-x", "f": "?x", "g": "a, b"}]),
    );
    check(
        "a: !!str 5\nb: !!int \"5\"\nc: ! 5\nd: !!str\ne: !x {a: 1}\n",
        json!([{"a": "5", "b": 5, "c": "5", "d": "", "e": {"a": 1}}]),
    );
    check("a: 1\r\nb: |\r\n  x\r\n  y\r\n", json!([{"a": 1, "b": "x\ny\n"}]));
}

#[test]
fn anchors_and_merge_keys() {
    check("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n", json!([{"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}]));
    check("a: &x {k: 1}\nb: {k: 3, <<: *x}\n", json!([{"a": {"k": 1}, "b": {"k": 1}}]));
    check(
        "a: &x {k: 1}\nb: &y {k: 2, m: 1}\nc:\n  <<: [*x, *y]\n",
        json!([{"a": {"k": 1}, "b": {"k": 2, "m": 1}, "c": {"k": 1, "m": 1}}]),
    );
    check("a: &x\nb: *x\nc: \"<<\"\n", json!([{"a": null, "b": null, "c": "<<"}]));
}

#[test]
fn spans_are_bytes_lines_and_columns() {
    let text = "é: 1\nb:\n  - x\n  - {y: z}\n---\nc: |\n  t\n";
    let parsed = parse(text);
    let part = |node: &Node| &text[node.span.start.offset..node.span.end.offset];
    let first = &parsed.documents[0].root;
    assert_eq!(part(first.get("é").expect("key")), "1");
    let list = first.get("b").expect("key");
    assert_eq!((list.span.start.line, list.span.start.column), (3, 3));
    assert_eq!(part(list), "- x\n  - {y: z}");
    let second = &parsed.documents[1];
    assert_eq!((second.span.start.line, second.first_line), (5, 6));
    assert_eq!(part(second.root.get("c").expect("key")), "|\n  t");
}

fn refused(text: &str, expect: &str) {
    let parsed = parse(text);
    assert_eq!(parsed.go_error(), Some(expect), "{text}\n{:?}", parsed.documents);
    assert!(!parsed.diagnostics[0].hints.is_empty());
}

#[test]
fn refusals_in_the_words_of_go() {
    for (text, expect) in [
        ("a: [", "yaml: line 1: did not find expected node content"),
        ("a: @x", "yaml: found character that cannot start any token"),
        ("x: 1\na: `x`", "yaml: line 2: found character that cannot start any token"),
        ("a:\n\tb: 1\n", "yaml: line 2: found character that cannot start any token"),
        ("a: x\n\tb: 1\n", "yaml: line 2: found a tab character that violates indentation"),
        ("a: |\n\tb\n", "yaml: line 2: found a tab character where an indentation space is expected"),
        ("a: x\n  b: 1\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("a: 1\nb\n", "yaml: line 3: could not find expected ':'"),
        ("a: 1\n{}\n", "yaml: line 1: did not find expected key"),
        ("- a: 1\n  []\nb: 2\n", "yaml: line 1: did not find expected key"),
        ("a: 1\n{b}\n", "yaml: line 3: could not find expected ':'"),
        ("a: 1\n{}: 2\n", "yaml: line 1: did not find expected key"),
        ("a: 1\nb\nc: 1\n", "yaml: line 3: could not find expected ':'"),
        ("a:\n  b: 1\n c: 2\n", "yaml: line 2: did not find expected key"),
        ("a: 1\n- b\n", "yaml: line 1: did not find expected key"),
        ("- a\nb: 1\n", "yaml: line 1: did not find expected '-' indicator"),
        ("x:\na: - b\n", "yaml: line 2: block sequence entries are not allowed in this context"),
        ("a: \"x\nb: 1\n", "yaml: line 3: found unexpected end of stream"),
        ("a: [1, 2\nb: 1\n", "yaml: line 1: did not find expected ',' or ']'"),
        ("a: {b: 1\nc: 2\n", "yaml: line 1: did not find expected ',' or '}'"),
        ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
        ("a: &x [*x]\n", "yaml: anchor 'x' value contains itself"),
        ("a: *\n", "yaml: did not find expected alphabetic or numeric character"),
        (
            "a: {{ .Values.x }}\n",
            "yaml: invalid map key: map[interface {}]interface {}{\".Values.x\":interface {}(nil)}",
        ),
        ("[a]: 1\n", "yaml: invalid map key: []interface {}{\"a\"}"),
        ("~: 1\n", "unsupported map key of type: %!s(<nil>), key: <nil>, value: 1"),
        ("a: .inf\n", "json: unsupported value: +Inf"),
        ("a: !!int x\n", "yaml: cannot decode !!str `x` as a !!int"),
        ("a: !!binary x\n", "yaml: !!binary value contains invalid base64 data"),
        ("<<: 1\n", "yaml: map merge requires map or sequence of maps as the value"),
        ("a: \"\\q\"\n", "yaml: found unknown escape character"),
        ("a: x\u{7}\n", "yaml: control characters are not allowed"),
        ("%YAML 1.2\n---\na: 1\n", "yaml: found incompatible YAML document"),
        ("a: !x!y 1\n", "yaml: found undefined tag handle"),
    ] {
        refused(text, expect);
    }
}

#[test]
fn an_empty_collection_ends_its_document() {
    for text in ["{}a: 1\n", "{}: 1\n", "[] b\n{"] {
        assert_eq!(parse_first(text).go_error(), None, "{text}");
    }
}

#[test]
fn lines_count_from_the_beginning_of_what_is_not_cut() {
    let text = "# why\n---\na:\n  b: 1\n c: 2\n";
    assert_eq!(parse_first(text).go_error(), Some("yaml: line 4: did not find expected key"));
    assert_eq!(parse(text).go_error(), Some("yaml: line 2: did not find expected key"));
}

#[test]
fn an_error_ends_its_own_document_only() {
    let parsed = parse("a: [\n---\nb: 1\n---\nc: d: e\n---\nf: 1\n");
    assert_eq!(parsed.documents.len(), 2);
    let lines: Vec<u32> = parsed.refusals.iter().map(|refusal| refusal.span.start.line).collect();
    assert_eq!(lines, [1, 5]);
    assert_eq!(parsed.refusals[1].message, "yaml: mapping values are not allowed in this context");
    assert_eq!(parsed.go_error(), Some("yaml: line 1: did not find expected node content"));
    assert_eq!(parse("a: 1\n---\nb: [\n").go_error(), None);
}

#[test]
fn what_nobody_reads_is_said() {
    let parsed = parse("{a: 1}\nb: 2\n");
    assert_eq!(parsed.go_error(), None);
    assert_eq!(parsed.diagnostics[0].severity, Severity::Advice);
    assert_eq!(parsed.diagnostics[0].span.expect("it has a place").start.line, 2);
}

#[test]
fn duplicate_keys() {
    let parsed = parse("a: 1\nb:\n  c: 1\n  c:\n    d: 2\na: 3\n1: x\n\"1\": y\n");
    assert_eq!(parsed.documents[0].root.get("a").expect("key").data, Data::Int(3));
    let expect = "yaml: unmarshal errors:\n  line 5: key \"c\" already set in map\n  line 6: key \"a\" already set in map";
    assert_eq!(parsed.strict_refusal(0).as_deref(), Some(expect));
    assert_eq!(FieldPath(&parsed.duplicates[0].path).to_string(), "b.c");
    assert_eq!((parsed.duplicates[0].span.start.line, parsed.duplicates[0].first.start.line), (4, 3));
    assert_eq!(parsed.refusals, []);
}

#[test]
fn hostile_texts_end_soon() {
    let bomb = (0..30).fold("a: &a0 [x]\n".to_owned(), |text, level| {
        format!("{text}b{level}: &a{} [{}]\n", level + 1, vec![format!("*a{level}"); 10].join(","))
    });
    assert_eq!(parse(&bomb).go_error(), Some("yaml: document contains excessive aliasing"));
    let long = "x".repeat(1_000_000);
    let copies = format!("a: &a {long}\nb: [{}]\n", vec!["*a"; 100_000].join(","));
    assert_eq!(parse(&copies).go_error(), Some("yaml: document contains excessive aliasing"));
    let within = |inner: &str, depth: usize| format!("{}{inner}{}", "{? ".repeat(depth), "}".repeat(depth));
    for text in [
        format!("{long}:\n  {}", "? a\n  ".repeat(300_000)),
        format!("[{}]", ".inf,".repeat(300_000)),
        format!("{{q: {{r: [{{{}}}]}}}}", "a: 1, ".repeat(300_000)),
        within(&"a, ".repeat(300_000), 120),
        "[".repeat(1_000_000),
        "{a: ".repeat(100_000),
        "- ".repeat(500_000),
        "? ".repeat(500_000),
        "a:\n".to_owned() + &(1..3000).map(|depth| " ".repeat(depth) + "a:\n").collect::<String>(),
        "x".repeat(9_000_000),
        "&a ".repeat(100_000),
        "!a ".repeat(100_000),
        format!("a: \"{}", "\\".repeat(1_000_001)),
        "a: [1".to_owned() + &", {b: [1]".repeat(20_000),
        "a,".repeat(1_000_000) + "]",
        "[".to_owned() + &"a,".repeat(2_000_000),
        format!("a: &a {{<<: {}}}", "[*a, ".repeat(1000)),
        "\u{0}".repeat(1000),
    ] {
        assert!(!parse(&text).diagnostics.is_empty() || text.starts_with("a,"), "{}", &text[..20]);
    }
    // Debug builds are many times slower than the page.
}
