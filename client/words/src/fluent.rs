//! One Fluent file (Fluent syntax 1.0), as far as the words use it: text, variables, terms of the
//! same file, plurals of `$count`, and the attributes `title` and `next`.

use fluent_syntax::ast::{
    Attribute, Entry, Expression, InlineExpression, Message as Node, Pattern, PatternElement,
    Resource, Variant, VariantKey,
};
use fluent_syntax::parser;

use crate::{Area, Complaint, Language, Message, SLOTS, Text};

/// Only this variable has plurals.
const COUNT: &str = "count";

/// Names that Rust keeps for itself.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self",
    "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized",
    "use", "virtual", "where", "while", "yield",
];

struct File<'a> {
    name: &'a str,
    source: &'a str,
    language: &'a Language,
    terms: Vec<(&'a str, &'a Pattern<&'a str>)>,
}

/// The file's messages; what cannot be read is complained about.
pub(super) fn read(
    name: &str,
    source: &str,
    language: &Language,
    complaints: &mut Vec<Complaint>,
) -> Area {
    let resource = match parser::parse(source) {
        Ok(resource) => resource,
        Err((_, errors)) => {
            complaints.extend(errors.iter().map(|error| Complaint {
                file: name.to_owned(),
                line: line_at(source, error.pos.start),
                what: error.to_string(),
            }));
            return Area::new();
        }
    };
    let file = File {
        name,
        source,
        language,
        terms: terms(&resource),
    };
    let mut area = Area::new();
    for entry in &resource.body {
        let Entry::Message(node) = entry else {
            continue;
        };
        match file.message(node) {
            Ok(message) if area.iter().any(|other| other.id == message.id) => {
                complaints.push(file.complaint(node.id.name, "this name is used above"));
            }
            Ok(message) => area.push(message),
            Err(complaint) => complaints.push(complaint),
        }
    }
    area
}

fn terms<'a>(resource: &'a Resource<&'a str>) -> Vec<(&'a str, &'a Pattern<&'a str>)> {
    let term = |entry: &'a Entry<&'a str>| match entry {
        Entry::Term(term) => Some((term.id.name, &term.value)),
        Entry::Message(_)
        | Entry::Comment(_)
        | Entry::GroupComment(_)
        | Entry::ResourceComment(_)
        | Entry::Junk { .. } => None,
    };
    resource.body.iter().filter_map(term).collect()
}

fn line_at(source: &str, at: usize) -> usize {
    let before = &source.as_bytes()[..at.min(source.len())];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// What is gathered while a message is written out.
#[derive(Default)]
struct Gathered {
    variables: Vec<String>,
    counted: bool,
}

impl Gathered {
    fn variable(&mut self, name: &str) {
        if !self.variables.iter().any(|known| known == name) {
            self.variables.push(name.to_owned());
        }
    }
}

impl<'a> File<'a> {
    /// At the place of `slice`, which is a part of the source.
    fn complaint(&self, slice: &str, what: &str) -> Complaint {
        let at = (slice.as_ptr() as usize).saturating_sub(self.source.as_ptr() as usize);
        Complaint {
            file: self.name.to_owned(),
            line: line_at(self.source, at),
            what: what.to_owned(),
        }
    }

    fn message(&self, node: &'a Node<&'a str>) -> Result<Message, Complaint> {
        let id = node.id.name;
        let field = id.replace('-', "_");
        if id.contains(|letter: char| letter.is_ascii_uppercase() || letter == '_')
            || KEYWORDS.contains(&field.as_str())
        {
            return Err(self.complaint(
                id,
                "a name is of small letters, digits and hyphens, and no word of Rust",
            ));
        }
        let mut gathered = Gathered::default();
        let text = match (&node.value, node.attributes.as_slice()) {
            (Some(value), []) => self.text(id, value, &mut gathered)?,
            (None, attributes) => self.explained(id, attributes, &mut gathered)?,
            (Some(_), _) => {
                return Err(self.complaint(id, "a message has a text or attributes, not both"));
            }
        };
        let comment = node.comment.iter().flat_map(|comment| &comment.content);
        Ok(Message {
            id: field,
            line: self.complaint(id, "").line,
            comment: comment.map(|line| (*line).to_owned()).collect(),
            text,
            variables: gathered.variables,
        })
    }

    fn text(
        &self,
        id: &str,
        value: &Pattern<&str>,
        gathered: &mut Gathered,
    ) -> Result<Text, Complaint> {
        let mut texts: [String; 7] = Default::default();
        for (text, slot) in texts.iter_mut().zip(SLOTS) {
            *text = self.pattern(id, value, slot, gathered)?;
        }
        if !gathered.counted {
            let [.., other] = texts;
            return Ok(Text::Plain(other));
        }
        // Zero has a text of its own only if somebody wrote one.
        if !has_zero(value) {
            texts[0].clear();
        }
        Ok(Text::Counted(texts))
    }

    fn explained(
        &self,
        id: &str,
        attributes: &[Attribute<&str>],
        gathered: &mut Gathered,
    ) -> Result<Text, Complaint> {
        let mut named = |name: &str| {
            let found = attributes
                .iter()
                .find(|attribute| attribute.id.name == name);
            found.map(|found| self.pattern(id, &found.value, "other", gathered))
        };
        match (named("title"), named("next"), attributes.len()) {
            (Some(title), Some(next), 2) if !gathered.counted => Ok(Text::Explained {
                title: title?,
                next: next?,
            }),
            _ => Err(self.complaint(id, "attributes are .title and .next, each once, uncounted")),
        }
    }

    /// The pattern as it reads for `slot`.
    fn pattern(
        &self,
        id: &str,
        pattern: &Pattern<&str>,
        slot: &str,
        gathered: &mut Gathered,
    ) -> Result<String, Complaint> {
        let mut text = String::new();
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => text.push_str(value),
                PatternElement::Placeable { expression } => {
                    text.push_str(&self.expression(id, expression, slot, gathered)?);
                }
            }
        }
        let text = one_line(&text);
        match text.is_empty() {
            true => Err(self.complaint(id, "this message says nothing")),
            false => Ok(text),
        }
    }

    fn expression(
        &self,
        id: &str,
        expression: &Expression<&str>,
        slot: &str,
        gathered: &mut Gathered,
    ) -> Result<String, Complaint> {
        match expression {
            Expression::Inline(InlineExpression::VariableReference { id }) => {
                gathered.variable(id.name);
                Ok(format!("{{{}}}", id.name))
            }
            Expression::Inline(InlineExpression::StringLiteral { value })
                if !value.contains(['{', '}', '\\']) =>
            {
                Ok((*value).to_owned())
            }
            Expression::Inline(InlineExpression::TermReference {
                id: term,
                attribute: None,
                arguments: None,
            }) => match self.terms.iter().find(|(name, _)| *name == term.name) {
                Some((_, pattern)) => self.pattern(id, pattern, slot, gathered),
                None => Err(self.complaint(term.name, "no term of this file has that name")),
            },
            Expression::Inline(_) => {
                Err(self.complaint(id, "only variables, terms and plain quotes stand in braces"))
            }
            Expression::Select { selector, variants } => {
                self.counted(id, selector, variants, slot, gathered)
            }
        }
    }

    fn counted(
        &self,
        id: &str,
        selector: &InlineExpression<&str>,
        variants: &[Variant<&str>],
        slot: &str,
        gathered: &mut Gathered,
    ) -> Result<String, Complaint> {
        match selector {
            InlineExpression::VariableReference { id } if id.name == COUNT => {}
            _ => return Err(self.complaint(id, "only $count has plurals")),
        }
        gathered.counted = true;
        gathered.variable(COUNT);
        for variant in variants {
            let key = key(variant);
            if key != "0" && !self.language.categories.contains(&key) {
                let what = format!(
                    "{} counts by {}, or [0]; not by {key}",
                    self.language.folder,
                    self.language.categories.join(", ")
                );
                return Err(self.complaint(key, &what));
            }
            if variant.default != (key == "other") {
                return Err(self.complaint(key, "*[other] is the default, and it alone"));
            }
        }
        let chosen = variants.iter().find(|variant| key(variant) == slot);
        let default = variants.iter().find(|variant| variant.default);
        match chosen.or(default) {
            Some(variant) => self.pattern(id, &variant.value, slot, gathered),
            None => Err(self.complaint(id, "*[other] is missing")),
        }
    }
}

fn key<'a>(variant: &Variant<&'a str>) -> &'a str {
    match variant.key {
        VariantKey::Identifier { name } => name,
        VariantKey::NumberLiteral { value } => value,
    }
}

fn has_zero(pattern: &Pattern<&str>) -> bool {
    pattern.elements.iter().any(|element| match element {
        PatternElement::Placeable {
            expression: Expression::Select { variants, .. },
        } => variants.iter().any(|variant| key(variant) == "0"),
        PatternElement::Placeable { .. } | PatternElement::TextElement { .. } => false,
    })
}

/// A text that was broken over lines in the file is one line on the page.
fn one_line(text: &str) -> String {
    if !text.contains('\n') {
        return text.to_owned();
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}
