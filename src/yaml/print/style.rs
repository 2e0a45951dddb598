//! In which style a scalar is written: the rules of libyaml's emitter as go-yaml uses them.

use super::Encoder;
use crate::yaml::scalar::reads_as_string;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// What the characters of a text allow.
struct Allowed {
    plain: bool,
    single_quoted: bool,
    block: bool,
    multiline: bool,
}

/// The style of `text`; `is_simple_key` where it stands before a `:` on the same line.
pub(super) fn choose(text: &str, is_simple_key: bool, encoder: Encoder) -> Style {
    let reads_back = reads_as_string(text);
    if text.is_empty() {
        return Style::DoubleQuoted;
    }
    let allowed = analyze(text, encoder);
    let wanted = if text.contains('\n') {
        Style::Literal
    } else if reads_back {
        Style::Plain
    } else {
        Style::DoubleQuoted
    };
    match wanted {
        _ if is_simple_key && allowed.multiline => Style::DoubleQuoted,
        Style::Plain if allowed.plain => Style::Plain,
        Style::Plain if allowed.single_quoted => Style::SingleQuoted,
        Style::Literal if allowed.block && !is_simple_key => Style::Literal,
        _ => Style::DoubleQuoted,
    }
}

/// Whether a key may stand before its `:` on one line; others are written behind `?`.
pub(super) fn is_simple_key(text: &str) -> bool {
    text.len() <= 128 && !text.contains(is_break)
}

fn analyze(text: &str, encoder: Encoder) -> Allowed {
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let (mut special, mut tabs) = (false, false);
    let (mut break_space, mut space_break, mut line_breaks) = (false, false, false);
    let (mut previous_space, mut previous_break) = (false, false);
    let mut preceded_by_blank = true;
    let mut characters = text.chars().peekable();
    let mut is_first = true;
    while let Some(character) = characters.next() {
        let followed_by_blank = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
        indicators |= match character {
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                is_first
            }
            '?' | '-' => is_first && followed_by_blank,
            ':' => followed_by_blank,
            '#' => preceded_by_blank,
            _ => false,
        };
        if character == '\t' && encoder == Encoder::Pretty {
            tabs = true;
        } else if !is_printable(character) {
            special = true;
        }
        if character == ' ' {
            break_space |= previous_break;
            (previous_space, previous_break) = (true, false);
        } else if is_break(character) {
            line_breaks = true;
            space_break |= previous_space;
            (previous_space, previous_break) = (false, true);
        } else {
            (previous_space, previous_break) = (false, false);
        }
        preceded_by_blank = matches!(character, ' ' | '\t') || is_break(character);
        is_first = false;
    }
    let is_edge = |c: char| c == ' ' || is_break(c);
    let edges = text.starts_with(is_edge) || text.ends_with(is_edge);
    let escaped = space_break || special;
    Allowed {
        plain: !(edges || break_space || escaped || tabs || line_breaks || indicators),
        single_quoted: !(break_space || escaped || tabs),
        block: !(text.ends_with(' ') || escaped),
        multiline: line_breaks,
    }
}

/// The line breaks of YAML 1.1.
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What libyaml prints as it is; notably not a tab, nor anything beyond U+FFFF.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && character != '\u{feff}'
}
