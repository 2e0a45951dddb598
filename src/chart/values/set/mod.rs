//! The language of `--set`, `--set-string`, `--set-file`, `--set-json` and `--set-literal`.
//!
//! A text is a row of assignments. [`read`] takes one after the other off the text, as a path and what stands behind
//! it; [`place`] puts it into the values. Source of the behaviour: `pkg/strvals` of Helm; errors are its words
//! without the flag's prefix.

mod place;
mod read;
mod scalar;

pub(crate) use scalar::atoi;

use crate::template::value::Map;

/// How the text behind `=` becomes a value.
#[derive(Clone, Copy)]
pub(crate) enum Kind<'a> {
    /// `--set`: integers, booleans and null are typed.
    Typed,
    /// `--set-string`.
    Text,
    /// `--set-json`.
    Json,
    /// `--set-literal`: nothing is special behind the `=`.
    Literal,
    /// `--set-file`: the text is a path, the value what the reader finds there.
    File(&'a dyn Fn(&str) -> Result<String, String>),
}

/// Reads one flag's text into `values`.
///
/// # Errors
/// Helm's words; assignments before the mistake stay.
pub(crate) fn parse_into(text: &str, values: &Map, kind: Kind<'_>) -> Result<(), String> {
    let mut reader = read::Reader::new(text, kind);
    while place::assign(values, reader.assignment())? == place::Reached::Value {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::values::table::new_table;
    use crate::template::Value;

    fn check(text: &str, kind: Kind<'_>, expected: Result<&str, &str>) {
        let values = new_table();
        let outcome = parse_into(text, &values, kind);
        let json = Value::Map(values).to_json(64).to_string();
        match expected {
            Ok(wanted) => assert_eq!((outcome, json.as_str()), (Ok(()), wanted), "{text}"),
            Err(message) => assert_eq!(outcome, Err(message.to_owned()), "{text}"),
        }
    }

    #[test]
    fn typed_flags_read_as_in_helm() {
        check("a=1,b=x,c=true,d=null,e=", Kind::Typed, Ok(r#"{"a":1,"b":"x","c":true,"d":null,"e":""}"#));
        check("a=1.5,b=007,c=0", Kind::Typed, Ok(r#"{"a":"1.5","b":"007","c":0}"#));
        check("a.b.c=1", Kind::Typed, Ok(r#"{"a":{"b":{"c":1}}}"#));
        check("a={1,x},b=2", Kind::Typed, Ok(r#"{"a":[1,"x"],"b":2}"#));
        check("a[1]=x", Kind::Typed, Ok(r#"{"a":[null,"x"]}"#));
        check("a[0].b=1,a[1].b=2", Kind::Typed, Ok(r#"{"a":[{"b":1},{"b":2}]}"#));
        check("a[0][1]=1", Kind::Typed, Ok(r#"{"a":[[null,1]]}"#));
        check(r"a\.b=c\,d", Kind::Typed, Ok(r#"{"a.b":"c,d"}"#));
        check("a=1", Kind::Text, Ok(r#"{"a":"1"}"#));
        check("a={},b={x}y=1", Kind::Typed, Ok(r#"{"a":[""],"b":["x"],"y":1}"#));
        check(
            "a=-5,b=+5,c=0x1,d=9223372036854775808",
            Kind::Typed,
            Ok(r#"{"a":-5,"b":5,"c":"0x1","d":"9223372036854775808"}"#),
        );
        check("a.=", Kind::Typed, Ok("{}"));
        check("=1,a=2", Kind::Typed, Ok(r#"{"a":2}"#));
        check("a[0].b=", Kind::Typed, Ok(r#"{"a":[]}"#));
        check("a[1]", Kind::Typed, Ok(r#"{"a":[]}"#));
        check("a[0]x=1", Kind::Typed, Err("unexpected data at end of array index: ['x']"));
        check("a[0", Kind::Typed, Err("error parsing index: EOF"));
        for deep in ["a[0].".repeat(10_000), format!("a{}", "[0]".repeat(10_000))] {
            assert!(parse_into(&format!("{deep}b=1"), &new_table(), Kind::Typed).is_err());
        }
        check("a", Kind::Typed, Err("key \"a\" has no value"));
        check("a,b=1", Kind::Typed, Err("key \"a\" has no value (cannot end with ,)"));
        check("a.=1", Kind::Typed, Err("key map \"a\" has no value"));
        check("a={1", Kind::Typed, Err("list must terminate with '}'"));
        check("a[x]=1", Kind::Typed, Err("error parsing index: strconv.Atoi: parsing \"x\": invalid syntax"));
        check("a[-1]=1", Kind::Typed, Err("negative -1 index not allowed"));
        check(
            "a[70000]=1",
            Kind::Typed,
            Err("index of 70000 is greater than maximum supported index of 65536"),
        );
        check(
            "a=1,a.b=2",
            Kind::Typed,
            Err(
                "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}",
            ),
        );
    }

    #[test]
    fn json_and_literal_flags_read_as_in_helm() {
        check(r#"a={"b":[1,2]},c="x""#, Kind::Json, Ok(r#"{"a":{"b":[1,2]},"c":"x"}"#));
        check("a=,b=1", Kind::Json, Ok(r#"{"a":null,"b":1}"#));
        check(r"a.b=x,y={z}\n", Kind::Literal, Ok(r#"{"a":{"b":"x,y={z}\\n"}}"#));
        check("a.=x", Kind::Literal, Err("key map \"a\" has no value"));
        check("a[0].b=x", Kind::Literal, Ok(r#"{"a":[{"b":"x"}]}"#));
        check(r#"a[0]={"b":1},c=[1]"#, Kind::Json, Ok(r#"{"a":[{"b":1}],"c":[1]}"#));
        check("a[1]=x,y", Kind::Literal, Ok(r#"{"a":[null,"x,y"]}"#));
    }
}
