//! What the validator found, and how it is told.

pub(super) use crate::chart::log::go_quoted;

/// One finding, with the findings that caused it.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// Keys and indexes that lead to the value.
    pub(super) place: Vec<String>,
    /// What is wrong.
    pub(super) kind: Kind,
    /// Why.
    pub(super) causes: Vec<Finding>,
}

/// What sort of finding it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Several findings at one place.
    Group,
    /// A finding behind a `$ref`; told only if it has several causes.
    Reference,
    /// Anything else, in words.
    Message(String),
}

impl Finding {
    /// The report over all findings, one line each, indented below their cause.
    pub(super) fn report(self) -> String {
        let mut lines = Vec::new();
        self.ungrouped().iter().for_each(|finding| finding.tell(0, &mut lines));
        lines.join("\n")
    }

    /// The findings, where several at one place are one.
    pub(super) fn ungrouped(self) -> Vec<Finding> {
        if self.kind == Kind::Group { self.causes } else { vec![self] }
    }

    fn tell(&self, indent: usize, lines: &mut Vec<String>) {
        let mut below = indent;
        if !(self.kind == Kind::Reference && self.causes.len() == 1) {
            let text = match &self.kind {
                Kind::Message(text) => text,
                Kind::Group | Kind::Reference => "validation failed",
            };
            let place: String = self
                .place
                .iter()
                .map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1")))
                .collect();
            lines.push(format!("{}- at {}: {text}", "  ".repeat(indent), quoted(&place)));
            below += 1;
        }
        self.causes.iter().for_each(|cause| cause.tell(below, lines));
    }
}

/// A text in single quotes.
pub(super) fn quoted(text: &str) -> String {
    let quoted = go_quoted(text);
    let inner = quoted[1..quoted.len() - 1].replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{inner}'")
}

/// Several texts in single quotes.
pub(super) fn all_quoted<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    texts.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// A number as English writes it: commas between thousands, at most three decimals.
pub(super) fn english(number: f64) -> String {
    let text = format!("{:.3}", number.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let decimals = decimals.trim_end_matches('0');
    if !decimals.is_empty() {
        grouped = format!("{grouped}.{decimals}");
    }
    if number < 0.0 { format!("-{grouped}") } else { grouped }
}
