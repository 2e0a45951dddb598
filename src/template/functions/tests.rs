//! What templates print, function by function: results and errors that Go's, Sprig's and Helm's own code gives.

use crate::template::function::Environment;
use crate::template::{Engine, Templates, Value};

/// Renders each expression; behind `! ` stands what an error says after the place.
fn check(cases: &[(&str, &str)]) {
    let engine = Engine::new(super::library());
    for (expression, expected) in cases {
        let mut templates = Templates::new(&engine);
        let added = templates.add("t", &format!("{{{{ {expression} }}}}")).map_err(|error| error.text);
        let outcome = added.and_then(|()| {
            let rendered = templates.render("t", Value::Nil, &Environment::default());
            rendered.map(|rendered| rendered.text).map_err(|error| error.go)
        });
        let shown = outcome.unwrap_or_else(|error| {
            format!("! {}", error.rsplit_once(">: ").map_or(error.as_str(), |(_, message)| message))
        });
        assert_eq!(shown, *expected, "{expression}");
    }
}

#[test]
fn text_answer_as_in_helm() {
    check(&[
        (r#"nospace "a é""#, "aÃ©"),
        (r#"nospace "aé""#, "aé"),
        (r#"title "ǆ ǆǆ""#, "ǅ ǅǆ"),
        (r#"swapcase "ǆ aB""#, "ǅ Ab"),
        (r#"trunc 2 "日" | toJson"#, "\"\\ufffd\\ufffd\""),
        (r#"substr 1 2 "é" | toJson"#, "\"\\ufffd\""),
        (r#"abbrev 5 "日本語 text" | toJson"#, "\"\\ufffd\\ufffd...\""),
        (r#"initials (b64dec "/yD+")"#, "ÿþ"),
        (r#"js "\x7f""#, "\u{7f}"),
        (r#"js (b64dec "/w==") | toJson"#, "\"\\ufffd\""),
        (r#"untitle "Ab Cd""#, "ab cd"),
        (r#"trim " \u00a0x\u2003""#, "x"),
        (r#"upper "ßŉǆ""#, "ßŉǄ"),
        (r#"lower "İΣ""#, "iσ"),
        (r#"snakecase "HTTPServer2Go""#, "http_server2_go"),
        (r#"kebabcase "FooBar9""#, "foo-bar9"),
        (r#"splitn "," 2 "a,b,c" | toJson"#, "{\"_0\":\"a\",\"_1\":\"b,c\"}"),
        (r#"split "" "ab" | toJson"#, "{\"_0\":\"a\",\"_1\":\"b\"}"),
        (r#"repeat 0 "x""#, ""),
        (r#"replace "" "-" "ab""#, "-a-b-"),
        (r#"trimAll "a-" "-ab-a""#, "b"),
        (r#"plural "one" "many" 1"#, "one"),
        (r#"wrapWith 5 "|" "abcdefgh ij""#, "abcde|fgh|ij"),
        (r#"abbrevboth 5 10 "1234 5678 9123""#, "...5678..."),
        (r#"contains "" """#, "true"),
        (r#"cat 1 nil "a" true"#, "1 a true"),
        (r#"quote 1.5 nil "a\"b" (list)"#, "\"1.5\" \"a\\\"b\" \"[]\""),
        (r#"squote "a'b" nil 1"#, "'a'b' '1'"),
        (r#"toString (list 1 "a")"#, "[1 a]"),
        (r#"urlquery "a b&é""#, "a+b%26%C3%A9"),
        (r#"html "<a href='x'>" 1 nil"#, "&lt;a href=&#39;x&#39;&gt;1&lt;no value&gt;"),
        (r#"printf "%[2]*[1]d|%-5v|%+q|%x" 7 4 "é" "é""#, "   7|4    |\"\\u00e9\"|c3a9"),
        (r#"printf "%5.1f|%08.3f|%+d|% x|%#o" 3.14159 -1.5 3 "hi" 8"#, "  3.1|-001.500|+3|68 69|010"),
        (r#"printf "%t %v %d" "x" nil nil"#, "%!t(string=x) <nil> %!d(<nil>)"),
        (r#"print 1 2 "a" "b" 3 nil"#, "1 2ab3 <nil>"),
    ]);
}

#[test]
fn numbers_answer_as_in_helm() {
    check(&[
        (r#"duration "9223372036854775808""#, "-1s"),
        (r#"maxf 0 "-0""#, "0"),
        (r#"minf 0 "-0""#, "-0"),
        ("seq 9223372036854775807", ""),
        ("seq 5 -2 1", "5 3 1"),
        ("seq 1 2", "1 2"),
        ("untilStep 5 0 -2 | toJson", "[5,3,1]"),
        (r#"atoi "-9223372036854775809""#, "-9223372036854775808"),
        (r#"int "0b11""#, "3"),
        (r#"int64 "1_000""#, "1000"),
        (r#"int " 1""#, "0"),
        (r#"float64 "1e3""#, "1000"),
        (r#"float64 "0x10""#, "0"),
        (r#"toDecimal "778""#, "0"),
        ("div 7 0", "! error calling div: runtime error: integer divide by zero"),
        ("mod -7 3", "-1"),
        ("round 2.5 0", "3"),
        ("round -2.5 0", "-3"),
        ("round 1.005 2", "1"),
        ("round 3.14159 3 0.2", "3.142"),
        ("addf 0.1 0.2", "0.3"),
        ("divf 1 3", "0.3333333333333333"),
        ("subf 1 0.9", "0.1"),
        ("mulf 1.1 1.1", "1.21"),
        (r#"add "a" 1 true"#, "2"),
        ("mul 9223372036854775807 2", "-2"),
        (r#"ceil "-1.5""#, "-1"),
        ("floor 1.999", "1"),
        (r#"biggest 1 "3" 2.9"#, "3"),
        ("until -3 | toJson", "[0,-1,-2]"),
        ("kindOf 1i", "complex128"),
        (r#"1_000 | printf "%T %v""#, "int %!v(MISSING)"),
        ("0x1p4", "16"),
        (r"'\u00e9'", "233"),
        ("len 3", "! error calling len: len of type int"),
    ]);
}

#[test]
fn lists_answer_as_in_helm() {
    check(&[
        ("chunk -3 (list 1)", "[[1]]"),
        ("chunk -3 (list 1 2 3)", "[]"),
        ("chunk -1 (list 1 2 3)", "! error calling chunk: runtime error: makeslice: len out of range"),
        ("chunk 0 (list 1)", "! error calling chunk: runtime error: makeslice: len out of range"),
        ("chunk 2 (list 1 2 3) | toJson", "[[1,2],[3]]"),
        ("slice (list 1 2 3) 1 5", "! error calling slice: reflect.Value.Slice: slice index out of bounds"),
        ("slice (list 1 2 3) 1 | toJson", "[2,3]"),
        ("first list | toJson", "null"),
        (
            "last nil",
            "! error calling last: runtime error: invalid memory address or nil pointer dereference",
        ),
        ("rest list | toJson", "null"),
        ("initial (list 1) | toJson", "[]"),
        (r#"uniq (list 1 1.0 "1" 1) | toJson"#, "[1,1,\"1\"]"),
        ("without (list 1 2 1) 1 | toJson", "[2]"),
        ("has nil (list nil)", "true"),
        (r#"compact (list 0 "" nil false list 1) | toJson"#, "[1]"),
        (
            "concat (list 1) nil",
            "! error calling concat: runtime error: invalid memory address or nil pointer dereference",
        ),
        (r#"concat (list 1) "a""#, "! error calling concat: Cannot concat type string as list"),
        (r#"append "a" 1"#, "! error calling append: Cannot push on type string"),
        (
            "prepend nil 1",
            "! error calling prepend: runtime error: invalid memory address or nil pointer dereference",
        ),
        (r#"reverse "abc""#, "! error calling reverse: Cannot find reverse on type string"),
        (r#"join "-" (list 1 nil "b")"#, "1-b"),
        (r#"join "-" 5"#, "5"),
        (r#"sortAlpha (list 3 "a" 10) | toJson"#, "[\"10\",\"3\",\"a\"]"),
        ("index (list 1 2) 2", "! error calling index: reflect: slice index out of range"),
        (r#"index (list 1 2) "x""#, "! error calling index: cannot index slice/array with type string"),
        (r#"index (dict "a" 1) 1"#, "! error calling index: value has type int; should be string"),
        ("index nil 1", "! error calling index: index of untyped nil"),
        (r#"index "abc" 1"#, "98"),
        (r#"index (semver "1.2.3") 0"#, "! error calling index: can't index item of type semver.Version"),
        ("index (list 1 2) -1", "! error calling index: index out of range: -1"),
        (r#"slice "abc" 1"#, "! error calling slice: list should be type of slice or array but string"),
        (r#"has 1 "a""#, "! error calling has: Cannot find has on type string"),
    ]);
}

#[test]
fn dictionaries_answer_as_in_helm() {
    check(&[
        (
            r#"merge (dict "a" 0 "b" (dict)) (dict "a" 1 "b" (dict "c" 2)) | toJson"#,
            "{\"a\":1,\"b\":{\"c\":2}}",
        ),
        (r#"merge (dict "a" (list)) (dict "a" (list 1)) | toJson"#, "{\"a\":[1]}"),
        (r#"merge (dict "a" (dict "x" 1)) (dict "a" "s") | toJson"#, "{\"a\":{\"x\":1}}"),
        (r#"mergeOverwrite (dict "a" (list 1)) (dict "a" nil) | toJson"#, "{\"a\":null}"),
        (r#"dict "a" | toJson"#, "{\"a\":\"\"}"),
        ("dict 1 2 | toJson", "{\"1\":2}"),
        (r#"dict "a" 1 "a" 2 | toJson"#, "{\"a\":2}"),
        (r#"get (dict "a" nil) "a" | printf "%v""#, "<nil>"),
        (r#"get (dict) "x" | printf "%q""#, "\"\""),
        (r#"set (dict) "a" (list) | toJson"#, "{\"a\":[]}"),
        (r#"unset (dict "a" 1) "b" | toJson"#, "{\"a\":1}"),
        (
            r#"dig "a" "b" "d" (dict "a" 1)"#,
            "! error calling dig: interface conversion: interface {} is int, not map[string]interface {}",
        ),
        (r#"dig "a" "b" "d" (dict "a" (dict)) "#, "d"),
        (r#"dig "a" (dict)"#, "! error calling dig: dig needs at least three arguments"),
        (r#"dig 1 "d" (dict)"#, "! error calling dig: interface conversion: interface {} is int, not string"),
        (r#"pluck "a" (dict "a" 1) (dict) (dict "a" nil) | toJson"#, "[1,null]"),
        (r#"pick (dict "a" 1 "b" 2) "b" "c" | toJson"#, "{\"b\":2}"),
        (r#"omit (dict "a" 1 "b" 2) "b" | toJson"#, "{\"a\":1}"),
        ("deepEqual (list 1) (list 1.0)", "false"),
        ("deepCopy nil", "! error calling deepCopy: reflect: call of reflect.Value.Type on zero Value"),
        (r#"hasKey (dict "a" nil) "a""#, "true"),
        (r#"set nil "a" 1"#, "! error calling set: assignment to entry in nil map"),
        (r#"keys (dict "b" 1 "a" 2) | sortAlpha | join ",""#, "a,b"),
        (r#"default "d" 0"#, "d"),
        (r#"default "d" false"#, "d"),
        (r#"coalesce 0 "" (list) "x""#, "x"),
        ("ternary 1 2 nil", "! cannot assign nil to bool"),
        ("empty (dict)", "true"),
        ("all 1 0", "false"),
        (r#"any 0 """#, "false"),
        (r#"required "r" 0"#, "0"),
    ]);
}

#[test]
fn dates_answer_as_in_helm() {
    check(&[
        (
            r#"mustDateModify "1d" (toDate "2006-01-02" "2024-02-29")"#,
            "! error calling mustDateModify: time: unknown unit \"d\" in duration \"1d\"",
        ),
        (
            r#"mustDateModify "5." (toDate "2006-01-02" "2024-02-29")"#,
            "! error calling mustDateModify: time: missing unit in duration \"5.\"",
        ),
        (r#"dateModify "-1.5h" (toDate "2006-01-02" "2024-03-01")"#, "2024-02-29 22:30:00 +0000 UTC"),
        (
            r#"mustToDate "2006-01-02" "2024-02-30""#,
            "! error calling mustToDate: parsing time \"2024-02-30\": day out of range",
        ),
        (
            r#"mustToDate "é2006" "x""#,
            "! error calling mustToDate: parsing time \"x\" as \"\\xc3\\xa92006\": cannot parse \"x\" as \"\\xc3\\xa9\"",
        ),
        (
            r#"mustToDate "2006-01-02" "2024-01-01x""#,
            "! error calling mustToDate: parsing time \"2024-01-01x\": extra text: \"x\"",
        ),
        (
            r#"mustToDate "15:04" "24:00""#,
            "! error calling mustToDate: parsing time \"24:00\": hour out of range",
        ),
        (r#"toDate "2006" "x""#, "0001-01-01 00:00:00 +0000 UTC"),
        (
            r#"date "Mon Jan _2 15:04:05.000 2006 PM Z07:00 002" (int64 1700000000)"#,
            "Tue Nov 14 22:13:20.000 2023 PM Z 318",
        ),
        (r#"dateInZone "15:04 MST" (int64 0) "Nope/Zone""#, "00:00 UTC"),
        (r#"durationRound "25h""#, "1d"),
        (r#"durationRound "-3m""#, "3m"),
        (r#"duration "x""#, "0s"),
        ("duration 95", "0s"),
        (r#"unixEpoch (toDate "2006-01-02" "1969-12-31")"#, "-86400"),
        ("htmlDate (int64 86400)", "1970-01-02"),
        (
            r#"toDate "2006-01-02T15:04:05Z07:00" "2021-12-31T23:59:59.5+05:30""#,
            "2021-12-31 23:59:59.5 +0530 +0530",
        ),
        (r#"toDate "2006-01-02" "2024-02-29" | toJson"#, "\"2024-02-29T00:00:00Z\""),
        (r#"durationRound "400h""#, "16d"),
    ]);
}

#[test]
fn encodings_answer_as_in_helm() {
    check(&[
        (
            "mustToYaml 1i",
            "! error calling mustToYaml: error marshaling into JSON: json: unsupported type: complex128",
        ),
        (r#"toYaml 1i | printf "%q""#, "\"\""),
        ("toJson (list 1e21 1e-7 1.0 123456789.0)", "[1e+21,1e-7,1,123456789]"),
        (r#"toJson "a<b>\u2028é\x7f""#, "\"a\\u003cb\\u003e\\u2028é\u{7f}\""),
        (r#"toRawJson (dict "a" "<")"#, "{\"a\":\"<\"}"),
        (
            r#"toPrettyJson (dict "a" (list) "b" (dict) "c" (list 1))"#,
            "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1\n  ]\n}",
        ),
        (r#"toYamlPretty (dict "a" "\n x\n")"#, "a: |2\n   x"),
        (r#"toYaml (dict "a" "\n x\n")"#, "a: |2\n\n   x"),
        (r#"toYaml "\ufeff é""#, "\"\\uFEFF\\x20\\xE9\""),
        (
            r##"toYaml (list "yes" "1e3" "0o7" "~" "1:30" "a: b" "- x" "#" " x" "x ")"##,
            "- \"yes\"\n- \"1e3\"\n- \"0o7\"\n- \"~\"\n- \"1:30\"\n- 'a: b'\n- '- x'\n- '#'\n- ' x'\n- 'x '",
        ),
        (
            r#"fromYaml "a: 0o17\nb: 017\nc: 1_0\nd: .5\ne: 0x1F\nf: 1:30\n" | toJson"#,
            "{\"a\":15,\"b\":15,\"c\":10,\"d\":0.5,\"e\":31,\"f\":\"1:30\"}",
        ),
        (
            r#"fromYaml "a: b: c" | toJson"#,
            "{\"Error\":\"error converting YAML to JSON: yaml: mapping values are not allowed in this context\"}",
        ),
        (r#"fromYamlArray "- &x {a: 1}\n- <<: *x\n  b: 2\n" | toJson"#, "[{\"a\":1},{\"a\":1,\"b\":2}]"),
        (
            r#"fromYaml "? [a]\n: b" | toJson"#,
            "{\"Error\":\"error converting YAML to JSON: yaml: invalid map key: []interface {}{\\\"a\\\"}\"}",
        ),
        (
            r#"fromJson "{\"a\":[1,1e400,{\"c\":1e999}],\"b\":2}" | toJson"#,
            "{\"Error\":\"json: cannot unmarshal number 1e400 into Go value of type float64\",\"a\":[1,null,{\"c\":null}],\"b\":2}",
        ),
        (
            r#"fromJson "1e400""#,
            "map[Error:json: cannot unmarshal number into Go value of type map[string]interface {}]",
        ),
        (
            r#"fromJsonArray "[1,1e400]""#,
            "[json: cannot unmarshal number 1e400 into Go value of type float64]",
        ),
        (
            r#"fromYaml "{1.5: a, 1e10: b, 3.14159265358979: c, -.inf: d, .nan: e, 1e100: f}""#,
            "map[-.inf:d .inf:f .nan:e 1.5:a 1e+10:b 3.1415927:c]",
        ),
        (
            r#"fromYaml "{.inf: .inf}""#,
            "map[Error:error converting YAML to JSON: json: unsupported value: +Inf]",
        ),
        (r#"toYamlPretty (dict "b" (b64dec "/w=="))"#, "b: !!binary /w=="),
        (r#"toYamlPretty (list (toDate "2006-01-02" "2020-01-01") 1.5)"#, "- 2020-01-01T00:00:00Z\n- 1.5"),
        (r#"toYaml (list (toDate "2006-01-02" "2020-01-01"))"#, "- \"2020-01-01T00:00:00Z\""),
        (
            r#"fromJson "{\"a\": tru}" | toJson"#,
            "{\"Error\":\"invalid character '}' in literal true (expecting 'e')\"}",
        ),
        (r#"fromJsonArray "[1,]" | toJson"#, "[\"invalid character ']' looking for beginning of value\"]"),
        (
            r#"mustFromJson "{\"a\" 1}""#,
            "! error calling mustFromJson: invalid character '1' after object key",
        ),
        ("mustToJson (list 1i)", "! error calling mustToJson: json: unsupported type: complex128"),
        (r#"b64dec "a===""#, "illegal base64 data at input byte 1"),
        (r#"b32dec "x""#, "illegal base32 data at input byte 0"),
        (r#"b64enc "é""#, "w6k="),
        (r#"sha1sum """#, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (r#"adler32sum "é""#, "36766061"),
        (
            r#"urlParse "http://%41/""#,
            "! error calling urlParse: unable to parse url: parse \"http://%41/\": invalid URL escape \"%41\"",
        ),
        (
            r#"urlParse "http://h:p/""#,
            "! error calling urlParse: unable to parse url: parse \"http://h:p/\": invalid port \":p\" after host",
        ),
        (r#"(urlParse "HTTP://u:p@h:80/a%20b?q=1#f").userinfo"#, "u:p"),
        (
            r#"urlJoin (dict "scheme" "http" "host" "h" "path" "p q" "query" "a=b" "fragment" "x y")"#,
            "http://h/p%20q?a=b#x%20y",
        ),
        (
            r#"urlJoin (dict "userinfo" "u:p w" "host" "h")"#,
            "! error calling urlJoin: unable to parse userinfo in dict: parse \"proto://u:p w@host\": net/url: invalid userinfo",
        ),
        (r#"semverCompare "^1.2 || >=3" "3.0.0""#, "true"),
        (r#"semverCompare ">=1.2-0" "1.3.0-rc.1""#, "true"),
        (r#"semverCompare "1.2 - 1.4.x" "1.4.9""#, "true"),
        (r#"(semver "v1.2.3-rc.1+b").Prerelease"#, "rc.1"),
        (r#"regexFindAll "a(x)?b" "ab axb" -1 | toJson"#, "[\"ab\",\"axb\"]"),
        (r#"regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W$1W$$""#, "-W$-xxW$-"),
        (r#"regexSplit "z+" "pizza" -1 | toJson"#, "[\"pi\",\"a\"]"),
        (
            r#"mustRegexMatch "a**" """#,
            "! error calling mustRegexMatch: error parsing regexp: invalid nested repetition operator: `**`",
        ),
        (r#"base "/""#, "/"),
        (r#"dir """#, "."),
        (r#"clean "a/../../b""#, "../b"),
        (r#"ext "a.b/c""#, ""),
    ]);
}
