//! Values as a form: each key of the YAML text becomes a control that suits its value.
//!
//! In: the text. Out: [`Field`]s in the order of the text, with the comments above each key as help.
//! The form holds nothing of its own: a control's change is written back into the text.

use crate::yaml::{Data, Node, Step};

/// One key of the values, or one item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The way from the root.
    pub path: Vec<Step>,
    /// The last key, or `item 1`.
    pub label: String,
    /// The comments above the key, without their signs; empty if there are none.
    pub help: String,
    /// What to draw.
    pub control: Control,
    /// The line of the key, from 1.
    pub line: u32,
}

/// What a value is edited with.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// One line of text.
    Text(String),
    /// Several lines of text.
    LongText(String),
    /// A number, as it stands in the text.
    Number(String),
    /// On or off.
    Switch(bool),
    /// One of a known few.
    Select(String, &'static [&'static str]),
    /// Nothing: `null` or an empty value.
    Null,
    /// A map without keys.
    EmptyMap,
    /// A list without items.
    EmptyList,
    /// A map.
    Map(Vec<Field>),
    /// A list.
    List(Vec<Field>),
}

impl Field {
    /// The path as one text, unique in a form.
    pub fn id(&self) -> String {
        crate::yaml::FieldPath(&self.path).to_string()
    }
}

/// More fields than this are not drawn: a form that long helps nobody, the text does.
pub const MOST_FIELDS: usize = 600;

/// The form of a values text, `None` if the text is no map or has more than [`MOST_FIELDS`] fields.
pub fn form(text: &str, root: &Node) -> Option<Vec<Field>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut budget = MOST_FIELDS;
    match &root.data {
        Data::Mapping(_) => map_fields(root, &[], &lines, &mut budget),
        _ => None,
    }
}

fn map_fields(map: &Node, path: &[Step], lines: &[&str], budget: &mut usize) -> Option<Vec<Field>> {
    let Data::Mapping(entries) = &map.data else { return Some(Vec::new()) };
    let mut fields = Vec::with_capacity(entries.len());
    for entry in entries {
        let key = entry.key.as_key().into_owned();
        let line = entry.key.span.start.line;
        let help = comment_above(lines, line, entry.key.span.start.column);
        fields.push(field(
            &entry.value,
            child(path, Step::Key(key.clone())),
            key,
            help,
            line,
            lines,
            budget,
        )?);
    }
    Some(fields)
}

fn field(
    value: &Node,
    path: Vec<Step>,
    label: String,
    help: String,
    line: u32,
    lines: &[&str],
    budget: &mut usize,
) -> Option<Field> {
    *budget = budget.checked_sub(1)?;
    let control = match &value.data {
        Data::Null => Control::Null,
        Data::Bool(on) => Control::Switch(*on),
        Data::Int(number) => Control::Number(number.to_string()),
        Data::UInt(number) => Control::Number(number.to_string()),
        Data::Float(number) => Control::Number(number.to_string()),
        Data::String(text) => match known_values(&path) {
            Some(options) => Control::Select(text.clone(), options),
            None if text.contains('\n') => Control::LongText(text.clone()),
            None => Control::Text(text.clone()),
        },
        Data::Mapping(entries) if entries.is_empty() => Control::EmptyMap,
        Data::Mapping(_) => Control::Map(map_fields(value, &path, lines, budget)?),
        Data::Sequence(items) if items.is_empty() => Control::EmptyList,
        Data::Sequence(items) => {
            let mut fields = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                let label = format!("item {}", index + 1);
                let line = item.span.start.line;
                let item_path = child(&path, Step::Index(index));
                fields.push(field(item, item_path, label, String::new(), line, lines, budget)?);
            }
            Control::List(fields)
        }
    };
    Some(Field { path, label, help, control, line })
}

fn child(path: &[Step], step: Step) -> Vec<Step> {
    let mut path = path.to_vec();
    path.push(step);
    path
}

/// The comment lines directly above a line, if they start in the column of its key.
fn comment_above(lines: &[&str], line: u32, column: u32) -> String {
    let indent = column.saturating_sub(1) as usize;
    let mut found = Vec::new();
    let above = lines.get(..(line.saturating_sub(1)) as usize).unwrap_or_default();
    for text in above.iter().rev() {
        let trimmed = text.trim_start();
        if text.len() - trimmed.len() != indent || !trimmed.starts_with('#') {
            break;
        }
        let comment = trimmed.trim_start_matches('#').trim();
        // The mark by which documentation generators find their comments.
        found.push(comment.strip_prefix("-- ").unwrap_or(comment));
    }
    found.reverse();
    found.join(" ").trim().to_owned()
}

/// The values that Kubernetes knows for fields that charts name as Kubernetes does.
fn known_values(path: &[Step]) -> Option<&'static [&'static str]> {
    let mut keys = path.iter().rev().filter_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Index(_) => None,
    });
    let key = keys.next()?;
    let parent = keys.next().unwrap_or_default();
    Some(match key {
        "podManagementPolicy" => &["OrderedReady", "Parallel"],
        "updateStrategy" => &["RollingUpdate", "OnDelete"],
        "type" if parent == "updateStrategy" => &["RollingUpdate", "OnDelete"],
        "type" if parent.to_lowercase().ends_with("service") => {
            &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]
        }
        "serviceType" => &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
        "pullPolicy" | "imagePullPolicy" => &["IfNotPresent", "Always", "Never"],
        "whenDeleted" | "whenScaled" => &["Retain", "Delete"],
        "accessMode" => &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"],
        "pathType" => &["Prefix", "Exact", "ImplementationSpecific"],
        "restartPolicy" => &["Always", "OnFailure", "Never"],
        "protocol" => &["TCP", "UDP", "SCTP"],
        "sessionAffinity" => &["None", "ClientIP"],
        "externalTrafficPolicy" | "internalTrafficPolicy" => &["Cluster", "Local"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(fields: &[Field], depth: usize, into: &mut String) {
        for field in fields {
            let control = match &field.control {
                Control::Text(text) => format!("text {text:?}"),
                Control::LongText(text) => format!("long {text:?}"),
                Control::Number(text) => format!("number {text}"),
                Control::Switch(on) => format!("switch {on}"),
                Control::Select(text, options) => format!("select {text} of {}", options.len()),
                Control::Null => "null".to_owned(),
                Control::EmptyMap => "{}".to_owned(),
                Control::EmptyList => "[]".to_owned(),
                Control::Map(_) => "map".to_owned(),
                Control::List(_) => "list".to_owned(),
            };
            let help = if field.help.is_empty() { String::new() } else { format!(" ({})", field.help) };
            into.push_str(&format!("{}{}: {control}{help}\n", "  ".repeat(depth), field.label));
            if let Control::Map(inner) | Control::List(inner) = &field.control {
                outline(inner, depth + 1, into);
            }
        }
    }

    fn check(text: &str, expected: &str) {
        let parsed = crate::yaml::parse(text);
        let root = &parsed.documents[0].root;
        let mut found = String::new();
        outline(&form(text, root).expect("the text is a map"), 0, &mut found);
        assert_eq!(found, expected);
    }

    #[test]
    fn every_value_gets_the_control_that_suits_it() {
        check(
            "# How many.\n# -- Really.\nreplicas: 3\nimage:\n  tag: latest\n  # When to pull\n  pullPolicy: Always\n\
             on: true\nnothing:\nempty: {}\nnone: []\nhosts:\n- a\n- b: 1\n",
            "replicas: number 3 (How many. Really.)\nimage: map\n  tag: text \"latest\"\n  \
             pullPolicy: select Always of 3 (When to pull)\ntrue: switch true\nnothing: null\nempty: {}\nnone: []\n\
             hosts: list\n  item 1: text \"a\"\n  item 2: map\n    b: number 1\n",
        );
    }

    #[test]
    fn only_comments_right_above_and_in_line_are_help() {
        check("# far\n\na: 1\nb:\n# outside\n  c: 1\n", "a: number 1\nb: map\n  c: number 1\n");
    }
}
