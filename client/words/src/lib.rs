//! What does the page say, in each language?
//!
//! The words are Fluent files, one folder a language and one file an area. This crate reads them,
//! holds every language to what English says, and writes them down twice: as Rust for the client
//! (English with its text, the names of all as fields) and as one text file a language, which a
//! page fetches when somebody wants it.

mod check;
mod fluent;
mod page;
mod rust;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// A language, by its folder.
pub struct Language {
    pub folder: &'static str,
    /// The name of its words in Rust.
    pub constant: &'static str,
    /// The plural categories of its cardinal numbers (CLDR).
    categories: &'static [&'static str],
}

/// English first: the others say what it says.
pub const LANGUAGES: [Language; 3] = [
    Language {
        folder: "en",
        constant: "ENGLISH",
        categories: &["one", "other"],
    },
    Language {
        folder: "it",
        constant: "ITALIAN",
        categories: &["one", "many", "other"],
    },
    Language {
        folder: "pt",
        constant: "PORTUGUESE",
        categories: &["one", "many", "other"],
    },
];

/// The area whose messages are fields of `Words` itself.
const ROOT: &str = "page";

/// What a counted message can depend on: the number 0 itself, then the categories of CLDR.
const SLOTS: [&str; 7] = ["0", "zero", "one", "two", "few", "many", "other"];

/// What is wrong with the words, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Within the folder of words.
    pub file: String,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// One message in one language. Variables are written `{name}`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Message {
    id: String,
    line: usize,
    comment: Vec<String>,
    text: Text,
    /// In the order in which they first come.
    variables: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Text {
    Plain(String),
    /// One text for each of [`SLOTS`]; empty where there is none.
    Counted([String; 7]),
    /// What happened, and what to do next: the attributes `title` and `next`.
    Explained {
        title: String,
        next: String,
    },
}

/// The messages of a file, in its order.
type Area = Vec<Message>;

/// The areas of a language by name.
type Areas = BTreeMap<String, Area>;

/// All words, in languages that agree.
#[derive(Debug)]
pub struct Book {
    /// In the order of [`LANGUAGES`].
    languages: Vec<Areas>,
}

/// Reads `folder/en/*.ftl` and its translations.
///
/// # Errors
/// Everything that is wrong with them, with its place.
pub fn read(folder: &Path) -> Result<Book, Vec<Complaint>> {
    let mut sources = Vec::new();
    for language in &LANGUAGES {
        let files = sources_of(folder, language.folder).map_err(|error| {
            vec![Complaint {
                file: language.folder.to_owned(),
                line: 1,
                what: error.to_string(),
            }]
        })?;
        sources.push(files);
    }
    book(&sources)
}

/// A file's area and its text.
type Source = (String, String);

fn sources_of(folder: &Path, language: &str) -> std::io::Result<Vec<Source>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join(language))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "ftl"));
    files.sort();
    let read = |file: &PathBuf| {
        let area = file.file_stem().unwrap_or_default().to_string_lossy();
        Ok((area.into_owned(), std::fs::read_to_string(file)?))
    };
    files.iter().map(read).collect()
}

/// The sources of each of [`LANGUAGES`], read and compared.
fn book(sources: &[Vec<Source>]) -> Result<Book, Vec<Complaint>> {
    let mut complaints = Vec::new();
    let mut languages = Vec::new();
    for (language, files) in LANGUAGES.iter().zip(sources) {
        let mut areas = Areas::new();
        for (area, source) in files {
            let file = format!("{}/{area}.ftl", language.folder);
            areas.insert(
                area.clone(),
                fluent::read(&file, source, language, &mut complaints),
            );
        }
        languages.push(areas);
    }
    if complaints.is_empty() {
        check::agree(&languages, &mut complaints);
    }
    match complaints.is_empty() {
        true => Ok(Book { languages }),
        false => Err(complaints),
    }
}

impl Book {
    /// The module that the client includes.
    pub fn rust(&self) -> String {
        rust::write(self)
    }

    /// Name and text of the file of each language but English.
    pub fn pages(&self) -> Vec<(String, String)> {
        let (_, others) = self.areas();
        others
            .map(|(language, areas)| page::write(self, language, areas))
            .collect()
    }

    /// English, and the others.
    fn areas(&self) -> (&Areas, impl Iterator<Item = (&'static Language, &Areas)>) {
        let others = LANGUAGES.iter().zip(&self.languages).skip(1);
        (&self.languages[0], others)
    }

    /// Every message of English in the order of the generated fields, with the same message in
    /// `areas`: the root's first, then area by area.
    fn in_order<'a>(&'a self, areas: &'a Areas) -> impl Iterator<Item = &'a Message> {
        let (english, _) = self.areas();
        let names = std::iter::once(ROOT).chain(inner(english));
        names.flat_map(move |name| {
            let said = areas.get(name).map(Vec::as_slice).unwrap_or_default();
            let wanted = english.get(name).map(Vec::as_slice).unwrap_or_default();
            wanted
                .iter()
                .filter_map(move |english| said.iter().find(|said| said.id == english.id))
        })
    }
}

/// The areas that are structs of their own.
fn inner(areas: &Areas) -> impl Iterator<Item = &str> {
    areas
        .keys()
        .map(String::as_str)
        .filter(|name| *name != ROOT)
}
