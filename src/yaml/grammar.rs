//! Tokens to events: the grammar of YAML 1.1 as libyaml's parser walks it, with its errors.
//!
//! A state machine rather than recursion, so that depth costs no stack.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::scan::{Mark, Problem, Scanner, TokenKind};

/// A part of a document and where it stands.
#[derive(Debug)]
pub(super) struct Event<'t> {
    pub(super) kind: EventKind<'t>,
    pub(super) start: Mark,
    pub(super) end: Mark,
}

/// What stands before a node: `&anchor` and the tag, resolved.
#[derive(Debug, Default)]
pub(super) struct Properties<'t> {
    pub(super) anchor: Option<&'t str>,
    pub(super) tag: Option<String>,
}

#[derive(Debug)]
pub(super) enum EventKind<'t> {
    DocumentStart {
        is_explicit: bool,
    },
    DocumentEnd,
    StreamEnd,
    Alias(&'t str),
    Scalar {
        properties: Properties<'t>,
        text: Cow<'t, str>,
        /// Without quotes and tag: the text alone tells the type.
        is_implicit: bool,
    },
    SequenceStart {
        properties: Properties<'t>,
        is_flow: bool,
    },
    MappingStart {
        properties: Properties<'t>,
        is_flow: bool,
    },
    /// The end of a sequence or mapping.
    CollectionEnd,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    DocumentStart { is_first: bool },
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequence { is_first: bool },
    IndentlessSequence,
    BlockMappingKey { is_first: bool },
    BlockMappingValue,
    FlowSequence { is_first: bool },
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowMappingKey { is_first: bool },
    FlowMappingValue,
    FlowMappingEmptyValue,
    StreamEnd,
}

/// Reads events from a text.
pub(super) struct Grammar<'t> {
    scanner: Scanner<'t>,
    state: State,
    states: Vec<State>,
    marks: Vec<Mark>,
    tag_handles: BTreeMap<&'t str, String>,
}

impl<'t> Grammar<'t> {
    pub(super) fn new(text: &'t str) -> Grammar<'t> {
        Grammar {
            scanner: Scanner::new(text),
            state: State::DocumentStart { is_first: true },
            states: Vec::new(),
            marks: Vec::new(),
            tag_handles: BTreeMap::new(),
        }
    }

    /// The next event.
    pub(super) fn next(&mut self) -> Result<Event<'t>, Problem> {
        match self.state {
            State::DocumentStart { is_first } => self.document_start(is_first),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequence { is_first } => self.block_sequence(is_first),
            State::IndentlessSequence => self.indentless_sequence(),
            State::BlockMappingKey { is_first } => self.block_mapping_key(is_first),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequence { is_first } => self.flow_sequence(is_first),
            State::FlowPairKey => self.flow_pair_key(),
            State::FlowPairValue => self.flow_pair_value(),
            State::FlowPairEnd => self.flow_pair_end(),
            State::FlowMappingKey { is_first } => self.flow_mapping_key(is_first),
            State::FlowMappingValue => self.flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.flow_mapping_value(true),
            State::StreamEnd => {
                let mark = self.mark()?;
                Ok(Event { kind: EventKind::StreamEnd, start: mark, end: mark })
            }
        }
    }

    fn kind(&mut self) -> Result<&TokenKind<'t>, Problem> {
        Ok(&self.scanner.peek()?.kind)
    }

    fn is(&mut self, test: impl Fn(&TokenKind<'t>) -> bool) -> Result<bool, Problem> {
        Ok(test(self.kind()?))
    }

    /// Where the next token starts.
    fn mark(&mut self) -> Result<Mark, Problem> {
        Ok(self.scanner.peek()?.start)
    }

    fn skip(&mut self) -> Result<Mark, Problem> {
        Ok(self.scanner.take()?.end)
    }

    fn error<T>(
        &mut self,
        context: Option<(&'static str, Mark)>,
        message: &'static str,
    ) -> Result<T, Problem> {
        let mark = self.mark()?;
        Err(Problem { message: message.into(), mark, context, in_scanner: false, is_unplaced: false })
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::StreamEnd);
    }

    /// A node that is not there: null.
    fn empty(&self, mark: Mark) -> Result<Event<'t>, Problem> {
        let kind =
            EventKind::Scalar { properties: Properties::default(), text: "".into(), is_implicit: true };
        Ok(Event { kind, start: mark, end: mark })
    }

    fn document_start(&mut self, is_first: bool) -> Result<Event<'t>, Problem> {
        while !is_first && self.is(|kind| matches!(kind, TokenKind::DocumentEnd))? {
            self.skip()?;
        }
        let start = self.mark()?;
        match self.kind()? {
            TokenKind::StreamEnd => {
                self.state = State::StreamEnd;
                return self.next();
            }
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart => {}
            _ if is_first => {
                self.reset_tag_handles();
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                return Ok(Event {
                    kind: EventKind::DocumentStart { is_explicit: false },
                    start,
                    end: start,
                });
            }
            _ => {}
        }
        self.directives()?;
        if !self.is(|kind| matches!(kind, TokenKind::DocumentStart))? {
            return self.error(None, "did not find expected <document start>");
        }
        let end = self.skip()?;
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        Ok(Event { kind: EventKind::DocumentStart { is_explicit: true }, start, end })
    }

    fn reset_tag_handles(&mut self) {
        self.tag_handles.clear();
        self.tag_handles.insert("!", "!".into());
        self.tag_handles.insert("!!", "tag:yaml.org,2002:".into());
    }

    fn directives(&mut self) -> Result<(), Problem> {
        let mut has_version = false;
        let mut handles: BTreeMap<&'t str, String> = BTreeMap::new();
        loop {
            match self.kind()?.clone() {
                TokenKind::VersionDirective { .. } if has_version => {
                    return self.error(None, "found duplicate %YAML directive");
                }
                TokenKind::VersionDirective { major: 1, minor: 1 } => has_version = true,
                TokenKind::VersionDirective { .. } => {
                    return self.error(None, "found incompatible YAML document");
                }
                TokenKind::TagDirective { handle, .. } if handles.contains_key(handle) => {
                    return self.error(None, "found duplicate %TAG directive");
                }
                TokenKind::TagDirective { handle, prefix } => {
                    handles.insert(handle, prefix);
                }
                _ => break,
            }
            self.skip()?;
        }
        self.reset_tag_handles();
        self.tag_handles.append(&mut handles);
        Ok(())
    }

    fn document_content(&mut self) -> Result<Event<'t>, Problem> {
        match self.kind()? {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                self.pop_state();
                let mark = self.mark()?;
                self.empty(mark)
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Result<Event<'t>, Problem> {
        let start = self.mark()?;
        let end = if self.is(|kind| matches!(kind, TokenKind::DocumentEnd))? { self.skip()? } else { start };
        self.state = State::DocumentStart { is_first: false };
        Ok(Event { kind: EventKind::DocumentEnd, start, end })
    }

    fn node(&mut self, in_block: bool, may_be_indentless: bool) -> Result<Event<'t>, Problem> {
        let start = self.mark()?;
        if let TokenKind::Alias(name) = *self.kind()? {
            let end = self.skip()?;
            self.pop_state();
            return Ok(Event { kind: EventKind::Alias(name), start, end });
        }
        let (properties, end) = self.properties(start)?;
        if may_be_indentless && self.is(|kind| matches!(kind, TokenKind::BlockEntry))? {
            self.state = State::IndentlessSequence;
            let end = self.scanner.peek()?.end;
            return Ok(Event { kind: EventKind::SequenceStart { properties, is_flow: false }, start, end });
        }
        let end_of_token = self.scanner.peek()?.end;
        match self.kind()? {
            TokenKind::Scalar { .. } => {
                let token = self.scanner.take()?;
                self.pop_state();
                let TokenKind::Scalar { text, is_plain } = token.kind else { return self.empty(start) };
                let is_implicit = match properties.tag.as_deref() {
                    None => is_plain,
                    Some(tag) => tag == "!",
                };
                Ok(Event { kind: EventKind::Scalar { properties, text, is_implicit }, start, end: token.end })
            }
            TokenKind::FlowSequenceStart => {
                self.state = State::FlowSequence { is_first: true };
                let kind = EventKind::SequenceStart { properties, is_flow: true };
                Ok(Event { kind, start, end: end_of_token })
            }
            TokenKind::FlowMappingStart => {
                self.state = State::FlowMappingKey { is_first: true };
                let kind = EventKind::MappingStart { properties, is_flow: true };
                Ok(Event { kind, start, end: end_of_token })
            }
            TokenKind::BlockSequenceStart if in_block => {
                self.state = State::BlockSequence { is_first: true };
                let kind = EventKind::SequenceStart { properties, is_flow: false };
                Ok(Event { kind, start, end: end_of_token })
            }
            TokenKind::BlockMappingStart if in_block => {
                self.state = State::BlockMappingKey { is_first: true };
                let kind = EventKind::MappingStart { properties, is_flow: false };
                Ok(Event { kind, start, end: end_of_token })
            }
            _ if properties.anchor.is_some() || properties.tag.is_some() => {
                self.pop_state();
                let is_implicit = properties.tag.is_none();
                Ok(Event { kind: EventKind::Scalar { properties, text: "".into(), is_implicit }, start, end })
            }
            _ => {
                let context =
                    if in_block { "while parsing a block node" } else { "while parsing a flow node" };
                self.error(Some((context, start)), "did not find expected node content")
            }
        }
    }

    /// The anchor and the tag before a node, in any order, and where they end.
    fn properties(&mut self, start: Mark) -> Result<(Properties<'t>, Mark), Problem> {
        let mut properties = Properties::default();
        let mut has_tag = false;
        let mut end = start;
        loop {
            match self.kind()? {
                TokenKind::Anchor(name) if properties.anchor.is_none() => properties.anchor = Some(*name),
                TokenKind::Tag { .. } if !has_tag => {
                    has_tag = true;
                    let mark = self.mark()?;
                    let TokenKind::Tag { handle, suffix } = self.kind()?.clone() else { break };
                    properties.tag = match self.tag_handles.get(handle) {
                        _ if handle.is_empty() => Some(suffix),
                        Some(prefix) => Some(format!("{prefix}{suffix}")),
                        None => {
                            return Err(Problem {
                                message: "found undefined tag handle".into(),
                                mark,
                                context: Some(("while parsing a node", start)),
                                in_scanner: false,
                                is_unplaced: false,
                            });
                        }
                    };
                }
                _ => break,
            }
            end = self.skip()?;
        }
        Ok((properties, end))
    }

    fn enter(&mut self, next: State, in_block: bool, may_be_indentless: bool) -> Result<Event<'t>, Problem> {
        self.states.push(next);
        self.node(in_block, may_be_indentless)
    }

    /// Steps over the token that opens a collection and remembers where it stands.
    fn open(&mut self, is_first: bool) -> Result<(), Problem> {
        if is_first {
            let mark = self.mark()?;
            self.marks.push(mark);
            self.skip()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<Event<'t>, Problem> {
        let start = self.mark()?;
        let end = self.skip()?;
        self.marks.pop();
        self.pop_state();
        Ok(Event { kind: EventKind::CollectionEnd, start, end })
    }

    fn context(&self, context: &'static str) -> Option<(&'static str, Mark)> {
        Some((context, self.marks.last().copied().unwrap_or_default()))
    }

    fn block_sequence(&mut self, is_first: bool) -> Result<Event<'t>, Problem> {
        self.open(is_first)?;
        if self.is(|kind| matches!(kind, TokenKind::BlockEntry))? {
            let mark = self.skip()?;
            let next = State::BlockSequence { is_first: false };
            if self.is(|kind| matches!(kind, TokenKind::BlockEntry | TokenKind::BlockEnd))? {
                self.state = next;
                return self.empty(mark);
            }
            return self.enter(next, true, false);
        }
        if self.is(|kind| matches!(kind, TokenKind::BlockEnd))? {
            return self.close();
        }
        let context = self.context("while parsing a block collection");
        self.error(context, "did not find expected '-' indicator")
    }

    fn indentless_sequence(&mut self) -> Result<Event<'t>, Problem> {
        if self.is(|kind| matches!(kind, TokenKind::BlockEntry))? {
            let mark = self.skip()?;
            if self.is(|kind| {
                matches!(
                    kind,
                    TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd
                )
            })? {
                self.state = State::IndentlessSequence;
                return self.empty(mark);
            }
            return self.enter(State::IndentlessSequence, true, false);
        }
        self.pop_state();
        let mark = self.mark()?;
        Ok(Event { kind: EventKind::CollectionEnd, start: mark, end: mark })
    }

    fn block_mapping_key(&mut self, is_first: bool) -> Result<Event<'t>, Problem> {
        self.open(is_first)?;
        if self.is(|kind| matches!(kind, TokenKind::Key))? {
            let mark = self.skip()?;
            if self.is(|kind| matches!(kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd))? {
                self.state = State::BlockMappingValue;
                return self.empty(mark);
            }
            return self.enter(State::BlockMappingValue, true, true);
        }
        if self.is(|kind| matches!(kind, TokenKind::BlockEnd))? {
            return self.close();
        }
        let context = self.context("while parsing a block mapping");
        self.error(context, "did not find expected key")
    }

    fn block_mapping_value(&mut self) -> Result<Event<'t>, Problem> {
        let next = State::BlockMappingKey { is_first: false };
        if !self.is(|kind| matches!(kind, TokenKind::Value))? {
            self.state = next;
            let mark = self.mark()?;
            return self.empty(mark);
        }
        let mark = self.skip()?;
        if self.is(|kind| matches!(kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd))? {
            self.state = next;
            return self.empty(mark);
        }
        self.enter(next, true, true)
    }

    /// Between the entries of a flow collection: steps over the comma. `false` at its end.
    fn next_entry(
        &mut self,
        is_first: bool,
        is_end: fn(&TokenKind<'t>) -> bool,
        context: &'static str,
        expected: &'static str,
    ) -> Result<bool, Problem> {
        self.open(is_first)?;
        if self.is(is_end)? {
            return Ok(false);
        }
        if !is_first {
            if !self.is(|kind| matches!(kind, TokenKind::FlowEntry))? {
                let context = self.context(context);
                return self.error(context, expected);
            }
            self.skip()?;
        }
        Ok(!self.is(is_end)?)
    }

    fn flow_sequence(&mut self, is_first: bool) -> Result<Event<'t>, Problem> {
        let context = "while parsing a flow sequence";
        let expected = "did not find expected ',' or ']'";
        let is_end = |kind: &TokenKind<'t>| matches!(kind, TokenKind::FlowSequenceEnd);
        if !self.next_entry(is_first, is_end, context, expected)? {
            return self.close();
        }
        if self.is(|kind| matches!(kind, TokenKind::Key))? {
            self.state = State::FlowPairKey;
            let start = self.mark()?;
            let end = self.skip()?;
            let kind = EventKind::MappingStart { properties: Properties::default(), is_flow: false };
            return Ok(Event { kind, start, end });
        }
        self.enter(State::FlowSequence { is_first: false }, false, false)
    }

    fn flow_pair_key(&mut self) -> Result<Event<'t>, Problem> {
        if self
            .is(|kind| matches!(kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd))?
        {
            // libyaml steps over the token here, whichever it is.
            let mark = self.skip()?;
            self.state = State::FlowPairValue;
            return self.empty(mark);
        }
        self.enter(State::FlowPairValue, false, false)
    }

    fn flow_pair_value(&mut self) -> Result<Event<'t>, Problem> {
        if self.is(|kind| matches!(kind, TokenKind::Value))? {
            self.skip()?;
            if !self.is(|kind| matches!(kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd))? {
                return self.enter(State::FlowPairEnd, false, false);
            }
        }
        self.state = State::FlowPairEnd;
        let mark = self.mark()?;
        self.empty(mark)
    }

    fn flow_pair_end(&mut self) -> Result<Event<'t>, Problem> {
        self.state = State::FlowSequence { is_first: false };
        let mark = self.mark()?;
        Ok(Event { kind: EventKind::CollectionEnd, start: mark, end: mark })
    }

    fn flow_mapping_key(&mut self, is_first: bool) -> Result<Event<'t>, Problem> {
        let context = "while parsing a flow mapping";
        let expected = "did not find expected ',' or '}'";
        let is_end = |kind: &TokenKind<'t>| matches!(kind, TokenKind::FlowMappingEnd);
        if !self.next_entry(is_first, is_end, context, expected)? {
            return self.close();
        }
        if !self.is(|kind| matches!(kind, TokenKind::Key))? {
            return self.enter(State::FlowMappingEmptyValue, false, false);
        }
        self.skip()?;
        if self
            .is(|kind| matches!(kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd))?
        {
            self.state = State::FlowMappingValue;
            let mark = self.mark()?;
            return self.empty(mark);
        }
        self.enter(State::FlowMappingValue, false, false)
    }

    fn flow_mapping_value(&mut self, is_empty: bool) -> Result<Event<'t>, Problem> {
        let next = State::FlowMappingKey { is_first: false };
        if !is_empty && self.is(|kind| matches!(kind, TokenKind::Value))? {
            self.skip()?;
            if !self.is(|kind| matches!(kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd))? {
                return self.enter(next, false, false);
            }
        }
        self.state = next;
        let mark = self.mark()?;
        self.empty(mark)
    }
}
