//! The words as Rust: a struct an area, and what fills it.

use std::fmt::Write;

use crate::page::lines;
use crate::{Area, Areas, Book, LANGUAGES, ROOT, Text, inner};

pub(super) fn write(book: &Book) -> String {
    let (english, _) = book.areas();
    let root = english.get(ROOT).cloned().unwrap_or_default();
    let mut out = String::from("// Written by the build script from words/.\n\n");
    structure(&mut out, "Words", &root, inner(english));
    for name in inner(english) {
        structure(
            &mut out,
            &type_name(name),
            &english[name],
            std::iter::empty(),
        );
    }
    for (language, areas) in LANGUAGES.iter().zip(&book.languages) {
        if language.folder != "en" {
            out.push_str("#[cfg(test)]\n");
        }
        let mut writer = Writer {
            out: &mut out,
            english,
        };
        let _ = writeln!(
            writer.out,
            "pub(super) static {}: Words = ",
            language.constant
        );
        writer.all(areas);
        out.push_str(";\n\n");
    }
    reading(&mut out, english);
    files(&mut out, book);
    out
}

/// A call for each word and no more: there are hundreds.
fn reading(out: &mut String, english: &Areas) {
    out.push_str(
        "/// Puts the words of a language's file, in its order, in the place of others.\n",
    );
    out.push_str("pub(super) fn read(file: &mut File, words: &mut Words) {\n");
    let areas = std::iter::once((ROOT, String::new()));
    let inner = inner(english).map(|name| (name, name.replace('-', "_") + "."));
    for (name, place) in areas.chain(inner) {
        for message in english.get(name).into_iter().flatten() {
            let _ = writeln!(
                out,
                "    file.{}(&mut words.{place}{});",
                method(&message.text),
                message.id
            );
        }
    }
    out.push_str("}\n\n");
}

fn files(out: &mut String, book: &Book) {
    out.push_str("/// Where the page finds each language but English.\n");
    let pages = book.pages();
    let _ = writeln!(
        out,
        "pub(super) const FILES: [(&str, &str); {}] = [",
        pages.len()
    );
    for ((name, _), language) in pages.iter().zip(LANGUAGES.iter().skip(1)) {
        let _ = writeln!(
            out,
            "    ({:?}, {:?}),",
            language.folder,
            format!("/{name}")
        );
    }
    out.push_str("];\n");
}

/// `AudienceWords` for `audience`.
fn type_name(area: &str) -> String {
    let parts = area.split(['-', '_']).map(|part| {
        let (first, rest) = part.split_at(part.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    parts.collect::<String>() + "Words"
}

fn structure<'a>(out: &mut String, name: &str, area: &Area, inner: impl Iterator<Item = &'a str>) {
    let _ = writeln!(out, "#[derive(Clone, Copy)]\npub struct {name} {{");
    for message in area {
        for line in &message.comment {
            let _ = writeln!(out, "    /// {line}");
        }
        let kind = match message.text {
            Text::Plain(_) => "&'static str",
            Text::Counted(_) => "Counted",
            Text::Explained { .. } => "Explained",
        };
        let _ = writeln!(out, "    pub {}: {kind},", message.id);
    }
    for area in inner {
        let field = area.replace('-', "_");
        let _ = writeln!(out, "    pub {field}: {},", type_name(area));
    }
    out.push_str("}\n\n");
}

struct Writer<'a> {
    out: &'a mut String,
    english: &'a Areas,
}

impl Writer<'_> {
    fn all(&mut self, areas: &Areas) {
        self.out.push_str("Words {\n");
        self.fields(ROOT, areas);
        for name in inner(self.english) {
            let field = name.replace('-', "_");
            let _ = writeln!(self.out, "{field}: {} {{", type_name(name));
            self.fields(name, areas);
            self.out.push_str("},\n");
        }
        self.out.push('}');
    }

    fn fields(&mut self, name: &str, areas: &Areas) {
        let wanted = self
            .english
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let said = areas.get(name).map(Vec::as_slice).unwrap_or_default();
        for english in wanted {
            if let Some(message) = said.iter().find(|said| said.id == english.id) {
                let wanted = &english.text;
                let value = constant(&lines(message, wanted), wanted);
                let _ = writeln!(self.out, "    {}: {value},", english.id);
            }
        }
    }
}

fn constant(lines: &[&str], wanted: &Text) -> String {
    let quoted: Vec<String> = lines.iter().map(|line| format!("{line:?}")).collect();
    match (wanted, quoted.as_slice()) {
        (Text::Explained { .. }, [title, next]) => {
            format!("Explained {{ title: {title}, next: {next} }}")
        }
        (Text::Counted(_), quoted) => format!("Counted([{}])", quoted.join(", ")),
        (Text::Plain(_) | Text::Explained { .. }, quoted) => quoted.join(""),
    }
}

fn method(wanted: &Text) -> &'static str {
    match wanted {
        Text::Plain(_) => "word",
        Text::Counted(_) => "counted",
        Text::Explained { .. } => "explained",
    }
}
