//! Tokens to trees.

use std::rc::Rc;

use super::lexer::{Kind, Lexer, Token};
use super::unquote::unquote;
use super::{Callee, Node, NodeId, Number, Source, SourceTree};
use crate::template::Value;
use crate::template::print::quote;

/// How deep parentheses and blocks nest. Go allows more; no chart comes near.
pub(super) const DEPTH: usize = 250;

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The whole error in Go's words: `template: NAME:LINE: MESSAGE`.
    pub text: String,
    /// The template's name.
    pub template: Rc<str>,
    /// The line, from 1.
    pub line: usize,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for ParseError {}

/// Parses `text`, in which identifiers call what `resolve` finds.
pub(crate) fn parse(
    name: &Rc<str>,
    text: &Rc<str>,
    resolve: &dyn Fn(&str) -> Option<Callee>,
) -> Result<Source, ParseError> {
    let mut parser = Parser {
        name: name.clone(),
        text,
        lexer: Lexer::new(text),
        tokens: std::array::from_fn(|_| Token { kind: Kind::End, start: 0, line: 1, text: "".into() }),
        peeked: 0,
        action_line: 0,
        resolve,
        nodes: Vec::new(),
        trees: Vec::new(),
        scope: Scope::new(),
        depth: 0,
    };
    let root = parser.file()?;
    parser.add_tree(name.clone(), root)?;
    let Parser { nodes, trees, .. } = parser;
    let newlines = text.match_indices('\n').map(|(at, _)| at + 1);
    let line_starts = std::iter::once(0).chain(newlines).collect();
    Ok(Source { name: name.clone(), text: text.clone(), line_starts, nodes, trees })
}

/// What one tree knows while it is parsed.
struct Scope {
    variables: Vec<String>,
    ranges: usize,
}

impl Scope {
    fn new() -> Scope {
        Scope { variables: vec!["$".into()], ranges: 0 }
    }
}

struct Parser<'a> {
    name: Rc<str>,
    text: &'a str,
    lexer: Lexer<'a>,
    /// Look-ahead as Go keeps it: its first token gives errors their line.
    tokens: [Token<'a>; 3],
    peeked: usize,
    action_line: usize,
    resolve: &'a dyn Fn(&str) -> Option<Callee>,
    nodes: Vec<(u32, Node)>,
    trees: Vec<SourceTree>,
    scope: Scope,
    depth: usize,
}

type Parsed<T> = Result<T, ParseError>;

impl<'a> Parser<'a> {
    fn fail<T>(&self, message: impl std::fmt::Display) -> Parsed<T> {
        let line = self.tokens[0].line;
        let text = format!("template: {}:{line}: {message}", self.name);
        Err(ParseError { text, template: self.name.clone(), line })
    }

    fn unexpected<T>(&self, token: &Token<'_>, context: &str) -> Parsed<T> {
        if token.kind != Kind::Error {
            return self.fail(format!("unexpected {token} in {context}"));
        }
        let mut extra = String::new();
        if self.action_line != 0 && self.action_line != token.line {
            let what = if token.text.ends_with(" action") { "" } else { " in action" };
            extra = format!("{what} started at {}:{}", self.name, self.action_line);
        }
        self.fail(format!("{token}{extra}"))
    }

    fn next(&mut self) -> Token<'a> {
        if self.peeked > 0 {
            self.peeked -= 1;
        } else {
            self.tokens[0] = self.lexer.next_token();
        }
        self.tokens[self.peeked].clone()
    }

    fn backup(&mut self) {
        self.peeked += 1;
    }

    fn backup_two(&mut self, first: Token<'a>) {
        self.tokens[1] = first;
        self.peeked = 2;
    }

    fn peek(&mut self) -> &Token<'a> {
        if self.peeked == 0 {
            self.peeked = 1;
            self.tokens[0] = self.lexer.next_token();
        }
        &self.tokens[self.peeked - 1]
    }

    fn next_no_space(&mut self) -> Token<'a> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_no_space(&mut self) -> Token<'a> {
        let token = self.next_no_space();
        self.backup();
        token
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token<'a>> {
        let token = self.next_no_space();
        if token.kind == kind { Ok(token) } else { self.unexpected(&token, context) }
    }

    fn node(&mut self, position: usize, node: Node) -> NodeId {
        self.nodes.push((u32::try_from(position).unwrap_or(u32::MAX), node));
        NodeId(self.nodes.len() as u32 - 1)
    }

    fn get(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize].1
    }

    fn show(&self, id: NodeId) -> &'static str {
        if matches!(self.get(id), Node::Else) { "{{else}}" } else { "{{end}}" }
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH { self.fail("max expression depth exceeded") } else { Ok(()) }
    }

    fn add_tree(&mut self, name: Rc<str>, root: NodeId) -> Parsed<()> {
        let is_empty = match self.get(root) {
            Node::List(nodes) => nodes.iter().all(|node| match self.get(*node) {
                Node::Text(start, end) => self.text[*start..*end].trim().is_empty(),
                _ => false,
            }),
            _ => false,
        };
        let tree = SourceTree { name, root, is_empty };
        match self.trees.iter_mut().find(|other| other.name == tree.name) {
            None => self.trees.push(tree),
            Some(other) if other.is_empty => *other = tree,
            Some(_) if is_empty => {}
            Some(_) => {
                return self.fail(format!(
                    "template: multiple definition of template {}",
                    quote(tree.name.as_bytes())
                ));
            }
        }
        Ok(())
    }

    fn file(&mut self) -> Parsed<NodeId> {
        let start = self.peek().start;
        let mut list = Vec::new();
        while self.peek().kind != Kind::End {
            if self.peek().kind == Kind::LeftDelimiter {
                let delimiter = self.next();
                if self.next_no_space().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.backup_two(delimiter);
            }
            let node = self.text_or_action()?;
            if matches!(self.get(node), Node::End | Node::Else) {
                return self.fail(format!("unexpected {}", self.show(node)));
            }
            list.push(node);
        }
        Ok(self.node(start, Node::List(list)))
    }

    fn definition(&mut self) -> Parsed<()> {
        let context = "define clause";
        let token = self.next_no_space();
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return self.unexpected(&token, context);
        }
        let name = self.template_name(&token, context)?;
        self.expect(Kind::RightDelimiter, context)?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        self.body(name, context)?;
        self.scope = outer;
        Ok(())
    }

    /// The rest of a `define` or `block`, up to its end.
    fn body(&mut self, name: Rc<str>, context: &str) -> Parsed<()> {
        // Go parses it with a fresh state.
        self.action_line = 0;
        let (root, end) = self.item_list()?;
        if !matches!(self.get(end), Node::End) {
            return self.fail(format!("unexpected {} in {context}", self.show(end)));
        }
        self.add_tree(name, root)
    }

    fn item_list(&mut self) -> Parsed<(NodeId, NodeId)> {
        self.deeper()?;
        let start = self.peek_no_space().start;
        let mut list = Vec::new();
        while self.peek_no_space().kind != Kind::End {
            let node = self.text_or_action()?;
            if matches!(self.get(node), Node::End | Node::Else) {
                self.depth -= 1;
                return Ok((self.node(start, Node::List(list)), node));
            }
            list.push(node);
        }
        self.fail("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Parsed<NodeId> {
        let token = self.next_no_space();
        match token.kind {
            Kind::Text => Ok(self.node(token.start, Node::Text(token.start, token.start + token.text.len()))),
            Kind::LeftDelimiter => {
                self.action_line = token.line;
                let node = self.action()?;
                self.action_line = 0;
                Ok(node)
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Parsed<NodeId> {
        let token = self.next_no_space();
        match token.kind {
            Kind::Block => self.block(),
            Kind::Break => self.jump(&token, Node::Break, "{{break}}"),
            Kind::Continue => self.jump(&token, Node::Continue, "{{continue}}"),
            Kind::Else => {
                let next = self.peek_no_space();
                let start = match next.kind {
                    Kind::If | Kind::With => next.start,
                    _ => self.expect(Kind::RightDelimiter, "else")?.start,
                };
                Ok(self.node(start, Node::Else))
            }
            Kind::EndKeyword => {
                let start = self.expect(Kind::RightDelimiter, "end")?.start;
                Ok(self.node(start, Node::End))
            }
            Kind::If | Kind::Range | Kind::With => self.control(token.kind),
            Kind::Template => self.template(),
            _ => {
                self.backup();
                let start = self.peek().start;
                let pipe = self.pipeline("command", Kind::RightDelimiter)?;
                Ok(self.node(start, Node::Action(pipe)))
            }
        }
    }

    fn jump(&mut self, token: &Token<'_>, node: Node, name: &str) -> Parsed<NodeId> {
        let next = self.next_no_space();
        if next.kind != Kind::RightDelimiter {
            return self.unexpected(&next, name);
        }
        if self.scope.ranges == 0 {
            return self.fail(format!("{name} outside {{{{range}}}}"));
        }
        Ok(self.node(token.start, node))
    }

    fn block(&mut self) -> Parsed<NodeId> {
        let context = "block clause";
        let token = self.next_no_space();
        let name = self.template_name(&token, context)?;
        let pipe = self.pipeline(context, Kind::RightDelimiter)?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        self.body(name.clone(), context)?;
        self.scope = outer;
        Ok(self.node(token.start, Node::Template { name, pipe: Some(pipe) }))
    }

    fn template(&mut self) -> Parsed<NodeId> {
        let context = "template clause";
        let token = self.next_no_space();
        let name = self.template_name(&token, context)?;
        let mut pipe = None;
        if self.next_no_space().kind != Kind::RightDelimiter {
            self.backup();
            pipe = Some(self.pipeline(context, Kind::RightDelimiter)?);
        }
        Ok(self.node(token.start, Node::Template { name, pipe }))
    }

    fn template_name(&mut self, token: &Token<'_>, context: &str) -> Parsed<Rc<str>> {
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return self.unexpected(token, context);
        }
        match unquote(&token.text) {
            Some(bytes) => Ok(String::from_utf8_lossy(&bytes).into()),
            None => self.fail("invalid syntax"),
        }
    }

    fn control(&mut self, kind: Kind) -> Parsed<NodeId> {
        let mark = self.scope.variables.len();
        let context = match kind {
            Kind::If => "if",
            Kind::With => "with",
            _ => "range",
        };
        let pipe = self.pipeline(context, Kind::RightDelimiter)?;
        let ranges = self.scope.ranges;
        self.scope.ranges += usize::from(kind == Kind::Range);
        let (list, next) = self.item_list()?;
        self.scope.ranges = ranges;
        let mut otherwise = None;
        if matches!(self.get(next), Node::Else) {
            if matches!(kind, Kind::If | Kind::With) && self.peek().kind == kind {
                self.next();
                let start = self.nodes[next.0 as usize].0 as usize;
                self.deeper()?;
                let nested = self.control(kind)?;
                self.depth -= 1;
                otherwise = Some(self.node(start, Node::List(vec![nested])));
            } else {
                let (list, end) = self.item_list()?;
                if !matches!(self.get(end), Node::End) {
                    return self.fail(format!("expected end; found {}", self.show(end)));
                }
                otherwise = Some(list);
            }
        }
        self.scope.variables.truncate(mark);
        let start = self.nodes[pipe.0 as usize].0 as usize;
        let node = match kind {
            Kind::If => Node::If { pipe, list, otherwise },
            Kind::With => Node::With { pipe, list, otherwise },
            _ => Node::Range { pipe, list, otherwise },
        };
        Ok(self.node(start, node))
    }

    fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<NodeId> {
        self.deeper()?;
        let start = self.peek_no_space().start;
        let (mut declarations, mut assigns, mut commands) = (Vec::new(), false, Vec::new());
        while self.peek_no_space().kind == Kind::Variable {
            let variable = self.next();
            let after = self.peek().clone();
            let next = self.peek_no_space();
            let is_comma = next.kind == Kind::Char && next.text == ",";
            if !is_comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
                if after.kind == Kind::Space {
                    // Three tokens back: the variable, the space, and what was peeked.
                    self.tokens[1] = after;
                    self.tokens[2] = variable;
                    self.peeked = 3;
                } else {
                    self.backup_two(variable);
                }
                break;
            }
            self.next_no_space();
            let declared = self.node(variable.start, Node::Variable(vec![variable.text.as_ref().into()]));
            declarations.push(declared);
            self.scope.variables.push(variable.text.into_owned());
            if !is_comma {
                assigns = next.kind == Kind::Assign;
                break;
            }
            if context != "range" || declarations.len() >= 2 {
                return self.fail(format!("too many declarations in {context}"));
            }
            if !matches!(self.peek_no_space().kind, Kind::Variable | Kind::RightDelimiter | Kind::RightParen)
            {
                return self.fail("range can only initialize variables");
            }
        }
        loop {
            let token = self.next_no_space();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.backup();
                    commands.push(self.command()?);
                }
                _ => return self.unexpected(&token, context),
            }
        }
        self.check_pipeline(&commands, context)?;
        self.depth -= 1;
        Ok(self.node(start, Node::Pipe { declarations, assigns, commands }))
    }

    fn check_pipeline(&self, commands: &[NodeId], context: &str) -> Parsed<()> {
        if commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        for (index, command) in commands.iter().enumerate().skip(1) {
            let Node::Command(arguments) = self.get(*command) else { continue };
            let first = arguments.first().map(|first| self.get(*first));
            if let Some(Node::Bool(_) | Node::Dot | Node::Nil | Node::Number(..) | Node::String(..)) = first {
                return self.fail(format!("non executable command in pipeline stage {}", index + 1));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Parsed<NodeId> {
        let start = self.peek_no_space().start;
        let mut arguments = Vec::new();
        loop {
            self.peek_no_space();
            arguments.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelimiter | Kind::RightParen => self.backup(),
                Kind::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break;
        }
        if arguments.is_empty() {
            return self.fail("empty command");
        }
        Ok(self.node(start, Node::Command(arguments)))
    }

    fn operand(&mut self) -> Parsed<Option<NodeId>> {
        let Some(node) = self.term()? else { return Ok(None) };
        if self.peek().kind != Kind::Field {
            return Ok(Some(node));
        }
        let start = self.peek().start;
        let mut names: Vec<Rc<str>> = Vec::new();
        while self.peek().kind == Kind::Field {
            names.push(self.next().text[1..].into());
        }
        let chain = match self.get(node) {
            Node::Field(first) => Node::Field(first.iter().cloned().chain(names).collect()),
            Node::Variable(first) => Node::Variable(first.iter().cloned().chain(names).collect()),
            Node::Bool(value) => {
                return self.fail(format!("unexpected . after term {:?}", value.to_string()));
            }
            Node::Number(_, text) | Node::String(text, _) => {
                return self.fail(format!("unexpected . after term {}", quote(text.as_bytes())));
            }
            Node::Nil => return self.fail("unexpected . after term \"nil\""),
            Node::Dot => return self.fail("unexpected . after term \".\""),
            _ => Node::Chain(node, names),
        };
        Ok(Some(self.node(start, chain)))
    }

    fn term(&mut self) -> Parsed<Option<NodeId>> {
        let token = self.next_no_space();
        let text = token.text.as_ref();
        let node = match token.kind {
            Kind::Identifier => match (self.resolve)(text) {
                Some(callee) => Node::Identifier(text.into(), callee),
                None => return self.fail(format!("function {} not defined", quote(text.as_bytes()))),
            },
            Kind::Dot => Node::Dot,
            Kind::Nil => Node::Nil,
            Kind::Variable => {
                if !self.scope.variables.iter().any(|variable| variable == text) {
                    return self.fail(format!("undefined variable {}", quote(text.as_bytes())));
                }
                Node::Variable(vec![text.into()])
            }
            Kind::Field => Node::Field(vec![text[1..].into()]),
            Kind::Bool => Node::Bool(text == "true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let number = match token.kind {
                    Kind::CharConstant => Number::of_char(text),
                    Kind::Complex => Number::of_complex(text),
                    _ => Number::of_text(text),
                };
                match number {
                    Ok(number) => Node::Number(Box::new(number), text.into()),
                    Err(message) => return self.fail(message),
                }
            }
            Kind::LeftParen => return self.pipeline("parenthesized pipeline", Kind::RightParen).map(Some),
            Kind::String | Kind::RawString => match unquote(text) {
                Some(bytes) => Node::String(text.into(), Value::string_of_bytes(bytes)),
                None => return self.fail("invalid syntax"),
            },
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(self.node(token.start, node)))
    }
}
