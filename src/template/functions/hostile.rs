//! Templates that want too much: each must end within its limits, with the error that says so.

use crate::template::function::{Environment, Limits};
use crate::template::{Engine, Templates, Value};

/// Whether rendering `text` under `limits` ended by a limit.
fn is_stopped(text: &str, limits: Limits) -> Result<bool, String> {
    let engine = Engine::new(super::library());
    let mut templates = Templates::new(&engine);
    templates.add("t", text).map_err(|error| error.text)?;
    let environment = Environment { limits, ..Environment::default() };
    match templates.render("t", Value::map::<&str>([]), &environment) {
        Ok(_) => Ok(false),
        Err(error) if error.is_limit => Ok(true),
        Err(error) => Err(error.text),
    }
}

/// A map of 2^25 leaves, and one that holds itself.
const WIDE: &str = r#"{{ $d := dict }}{{ range until 25 }}{{ $d = dict "a" $d "b" $d }}{{ end }}"#;
const OWN: &str = r#"{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $_ := set $d "b" $d }}"#;
/// A long text, list and map.
const LONG: &str = r#"{{ $s := repeat 100000 "a" }}{{ $l := until 10000 }}{{ $m := dict }}{{ range $l }}{{ $_ := set $m (print .) . }}{{ end }}"#;

#[test]
fn one_call_is_stopped() {
    for text in [
        r#"repeat 2000000000 "a""#,
        "until 2000000000",
        "seq 1 2000000000",
        "untilStep 0 9223372036854775807 1",
        r#"printf (repeat 5000 "%9999d") 1"#,
        "randAlphaNum 1000000000",
        "randBytes 1000000000",
        r#"regexMatch "(a{1000}){1000}" "a""#,
        r#"regexFindAll "((a{0,100}){0,100}){0,100}" (repeat 10000 "a") -1"#,
        r#"regexMatch "[a-z]{1000}[a-z]{1000}" (repeat 20000 "a")"#,
        r#"regexMatch (repeat 50000 "(a|b)?") (repeat 50000 "a")"#,
        r#"regexFindAll "a|a.*z" (repeat 50000 "a") -1"#,
        r#"regexReplaceAll "" (repeat 100000 "a") (repeat 1000 "b")"#,
        r#"splitList "" (repeat 3000000 "a")"#,
        r#"derivePassword 1 "long" (repeat 10000000 "a") "b" "c""#,
        r#"fromToml (repeat 100000 "[[a]]\n")"#,
        r#"fromYaml (repeat 1000000 "[")"#,
        r#"semverCompare (repeat 20000 ">=1 ") "1.2.3""#,
        r#"tpl (repeat 1000000 "{{ 1 }}") ."#,
        r#"printf "%1000000d%1000000d%1000000d%1000000d%1000000d" 1 1 1 1 1"#,
    ] {
        assert_eq!(is_stopped(&format!("{{{{ $x := {text} }}}}"), Limits::default()), Ok(true), "{text}");
    }
}

#[test]
fn wide_values_are_stopped_wherever_they_are_walked() {
    for walk in [
        "toJson $d",
        "toPrettyJson $d",
        "toYaml $d",
        "toYamlPretty $d",
        "toToml $d",
        "deepCopy $d",
        "print $d",
        "toString $d",
        "cat $d",
        "quote $d",
        "squote $d",
        r#"join "," (list $d)"#,
        "sortAlpha (list $d $d)",
        r#"printf "%#v" $d"#,
        "html $d",
        "deepEqual $d (deepCopy $d)",
        "has $d (list (deepCopy $d))",
        "merge (dict) $d (deepCopy $d)",
    ] {
        let text = format!("{WIDE}{{{{ $x := {walk} }}}}");
        assert_eq!(is_stopped(&text, Limits::default()), Ok(true), "{walk}");
    }
    for walk in ["toYaml $d", "toYamlPretty $d", "toToml $d", "deepCopy $d", "print $d"] {
        let text = format!("{OWN}{{{{ $x := {walk} }}}}");
        assert_eq!(is_stopped(&text, Limits::default()), Ok(true), "{walk}");
    }
}

#[test]
fn loops_are_stopped_after_a_bounded_number_of_calls() {
    // A call on the long values costs at least 2,000 steps or 10,000 bytes: a few hundred calls spend all.
    for call in [
        "upper $s",
        "sha256sum $s",
        "sha512sum $s",
        "sha1sum $s",
        "adler32sum $s",
        "b64enc $s",
        "b64dec $s",
        "b32enc $s",
        r#"contains "b" $s"#,
        r#"replace "a" "bb" $s"#,
        r#"trimAll "b" $s"#,
        "wrap 80 $s",
        r#"wrapWith 1 "xx" $s"#,
        "snakecase $s",
        "camelcase $s",
        "shuffle $s",
        "quote $s",
        "squote $s",
        "html $s",
        "js $s",
        "urlquery $s",
        "print $s",
        r#"printf "%q" $s"#,
        r#"printf "%x" $s"#,
        "toJson $s",
        "toYaml $s",
        r#"eq $s (print $s "b")"#,
        "indent 2 $s",
        "trunc 99999 $s",
        "substr 0 99999 $s",
        "urlParse $s",
        "toDate $s $s",
        "date $s 1",
        r#"splitList "," $s"#,
        "int $s",
        "encryptAES $s $s",
        "set (dict) $s 1",
        "base $s",
        "clean $s",
        "untitle $s",
        "abbrev 99999 $s",
        r#"regexReplaceAll "b" $s "c""#,
        "fromJson $s",
        "fromYaml $s",
        "fromToml $s",
        "semverCompare $s $s",
        "rest $l",
        "last $l",
        "first $l",
        "has -1 $l",
        "uniq $l",
        "without $l 1",
        "reverse $l",
        "toStrings $l",
        r#"join "," $l"#,
        "sortAlpha $l",
        "compact $l",
        "chunk 1 $l",
        "slice $l 1",
        "print $l",
        "toJson $l",
        "quote $l",
        "append $l 1",
        "concat $l $l",
        "keys $m",
        "values $m",
        r#"omit $m "a""#,
        "merge (dict) $m",
        "toYaml $m",
        "deepCopy $m",
        "toToml $m",
        r#"tpl (printf "%d%s" . (repeat 2000 "{{ 1 }}")) $"#,
        "fromYaml (toYaml $m)",
        r#"bcrypt "a""#,
        r#"htpasswd "a" "b""#,
        r#"genPrivateKey "rsa""#,
        r#"genCA "x" 1"#,
        r#"genSelfSignedCert "x" nil nil 1"#,
        r#"derivePassword 1 "long" "a" "b" "c""#,
        r#"regexMatch "(.{0,100}x){5}" (trunc 3000 $s)"#,
    ] {
        let text = format!("{LONG}{{{{ range until 600 }}}}{{{{ $x := {call} }}}}{{{{ end }}}}");
        let outcome = is_stopped(&text, Limits::default());
        let is_refused = |error: &String| error.contains("error calling");
        assert!(outcome == Ok(true) || outcome.as_ref().is_err_and(is_refused), "{call}: {outcome:?}");
    }
    for text in [
        "{{ range 1000000000 }}{{ end }}",
        "{{ range until 1000 }}{{ range until 1000 }}{{ range until 1000 }}{{ end }}{{ end }}{{ end }}",
        "{{ range until 100000 }}{{ $x := divf 1e300 3e-300 }}{{ end }}",
        "{{ range until 1000 }}{{ range until 100 }}{{ $x := mulf 1.23456789e300 1.1 1.1 1.1 1.1 1.1 }}{{ end }}{{ end }}",
        r#"{{ define "r" }}{{ include "r" . }}{{ include "r" . }}{{ end }}{{ range 100 }}{{ template "r" . }}{{ end }}"#,
        r#"{{ $x := "{{ tpl .t . }}" }}{{ tpl $x (dict "t" $x) }}"#,
        r#"{{ $s := "a" }}{{ range until 60 }}{{ $s = cat $s $s }}{{ end }}"#,
        r#"{{ $s := "a" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}"#,
        r#"{{ $s := "aa" }}{{ range until 60 }}{{ $s = join $s (list $s $s) }}{{ end }}"#,
        r#"{{ $s := "aa" }}{{ range until 60 }}{{ $s = replace "a" $s $s }}{{ end }}"#,
        r#"{{ $s := "aa" }}{{ range until 60 }}{{ $s = b64enc (print $s $s) }}{{ end }}"#,
        r#"{{ $s := "\n" }}{{ range until 60 }}{{ $s = indent 100 (cat $s $s) }}{{ end }}"#,
        "{{ $l := list 1 }}{{ range until 40 }}{{ $l = concat $l $l }}{{ end }}",
        "{{ $l := list }}{{ range until 100000 }}{{ $l = append $l . }}{{ end }}",
    ] {
        match is_stopped(text, Limits::default()) {
            Ok(true) => {}
            Err(error) if error.contains("nested reference name") => {}
            other => panic!("{text}: {other:?}"),
        }
    }
}

/// What a template nests as deep as its fuel allows is freed without taking the stack.
#[test]
fn deep_values_are_freed() {
    for text in [
        r#"{{ $d := dict }}{{ range until 100000 }}{{ $d = dict "a" $d }}{{ end }}"#,
        "{{ $d := list }}{{ range until 100000 }}{{ $d = list $d }}{{ end }}",
        r#"{{ $d := list }}{{ range until 50000 }}{{ $d = dict "a" (list $d) }}{{ end }}"#,
    ] {
        assert!(is_stopped(text, Limits::default()).is_ok(), "{text}");
    }
}

/// What a template may ask for does not depend on what was rendered before, only how long it takes.
#[test]
fn remembered_secrets_take_as_much() {
    let engine = Engine::new(super::library());
    let mut templates = Templates::new(&engine);
    let text = r#"{{ range until 20 }}{{ htpasswd "user" "secret" }}{{ end }}"#;
    templates.add("t", text).expect("the template can be parsed");
    let limits = Limits { slow: 250, ..Limits::default() };
    let environment = Environment { limits, ..Environment::default() };
    for _ in 0..3 {
        let outcome = templates.render("t", Value::map::<&str>([]), &environment);
        assert!(outcome.is_err_and(|error| error.is_limit));
    }
}

#[test]
fn charts_may_make_the_secrets_they_make() {
    for text in [
        r#"{{ range until 5 }}{{ htpasswd "user" "secret" }}{{ genPrivateKey "rsa" }}{{ end }}"#,
        r#"{{ range until 5 }}{{ derivePassword 1 "long" "secret" "user" "site" }}{{ end }}"#,
        r#"{{ $ca := genCA "ca" 365 }}{{ range until 40 }}{{ $c := genSignedCert "x" nil (list "x") 365 $ca }}{{ end }}"#,
        r#"{{ $s := repeat 1000 "key: value of some length\n" }}{{ $s | indent 4 | quote | sha256sum }}{{ tpl $s . | nindent 2 | b64enc }}"#,
    ] {
        assert_eq!(is_stopped(text, Limits::default()), Ok(false), "{text}");
    }
}
