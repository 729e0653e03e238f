//! Reads `sidecam.toml` and the environment over it, and remembers where each setting stood,
//! so that every complaint can name a line or a variable.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::setting::{FromSetting, Setting};

/// What every environment variable of ours begins with: `SIDECAM__HTTP__LISTEN` is `listen` in `[http]`.
const ENVIRONMENT_PREFIX: &str = "SIDECAM__";

/// Where a setting stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Line { file: PathBuf, line: usize },
    Variable(String),
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line { file, line } => write!(f, "{}:{line}", file.display()),
            Place::Variable(name) => write!(f, "environment variable {name}"),
            Place::Default => f.write_str("default"),
        }
    }
}

/// One thing that is wrong with the configuration, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    /// `section.key`, or `[section]`; empty where the file as a whole is meant.
    pub key: String,
    pub what: String,
    pub next_step: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = if self.key.is_empty() {
            String::new()
        } else {
            format!("{}: ", self.key)
        };
        write!(
            f,
            "{}: {key}{}\n    next step: {}",
            self.place, self.what, self.next_step
        )
    }
}

/// Hands out typed settings and collects the problems.
pub struct Reader {
    /// `section` and `key` to what is written and where; a setting is removed when it is taken.
    left: BTreeMap<(String, String), (Setting, Place)>,
    sections_seen: BTreeMap<String, Place>,
    /// Every `section` and `key` that was asked for, with the place its value came from.
    taken: BTreeMap<(&'static str, &'static str), Place>,
    problems: Vec<Problem>,
}

impl Reader {
    /// Reads the file's text, if there is a file, and the environment over it.
    pub fn new(
        file: Option<(&Path, &str)>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Reader {
        let mut reader = Reader {
            left: BTreeMap::new(),
            sections_seen: BTreeMap::new(),
            taken: BTreeMap::new(),
            problems: Vec::new(),
        };
        if let Some((path, text)) = file {
            reader.read_file(path, text);
        }
        for (name, value) in environment {
            reader.read_variable(&name, value);
        }
        reader
    }

    /// The setting's value, or the default where it is absent or wrong; what is wrong becomes a problem.
    pub fn take<T: FromSetting>(
        &mut self,
        section: &'static str,
        key: &'static str,
        default: T,
    ) -> T {
        let Some((setting, place)) = self.left.remove(&(section.to_owned(), key.to_owned())) else {
            self.taken.insert((section, key), Place::Default);
            return default;
        };
        self.taken.insert((section, key), place.clone());
        if let Some(value) = T::from_setting(&setting) {
            return value;
        }
        self.problems.push(Problem {
            place,
            key: format!("{section}.{key}"),
            what: format!("{} is not {}", setting.shown(), T::EXPECTED),
            next_step: format!("write {}", T::EXPECTED),
        });
        default
    }

    /// Records that a setting, though of the right type, may not stand.
    pub fn refuse(
        &mut self,
        section: &'static str,
        key: &'static str,
        what: &str,
        next_step: &str,
    ) {
        let place = self
            .taken
            .get(&(section, key))
            .cloned()
            .unwrap_or(Place::Default);
        self.problems.push(Problem {
            place,
            key: format!("{section}.{key}"),
            what: what.to_owned(),
            next_step: next_step.to_owned(),
        });
    }

    /// Every section and key that was asked for, in their order.
    #[cfg(test)]
    pub fn known(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.taken.keys().copied()
    }

    /// Ends the reading: whatever nobody asked for is unknown.
    pub fn finish(mut self) -> Vec<Problem> {
        for (section, place) in std::mem::take(&mut self.sections_seen) {
            if self.taken.keys().any(|(known, _)| *known == section) {
                continue;
            }
            self.left.retain(|(of, _), _| *of != section);
            let known = self.taken.keys().map(|(section, _)| *section);
            self.problems.push(Problem {
                place,
                key: format!("[{section}]"),
                what: "unknown section".to_owned(),
                next_step: advice(&section, known),
            });
        }
        for ((section, key), (_, place)) in std::mem::take(&mut self.left) {
            let known = self
                .taken
                .keys()
                .filter(|(of, _)| *of == section)
                .map(|(_, key)| *key);
            self.problems.push(Problem {
                place,
                key: format!("{section}.{key}"),
                what: "unknown key".to_owned(),
                next_step: advice(&key, known),
            });
        }
        self.problems
    }

    fn read_file(&mut self, path: &Path, text: &str) {
        let line_of = |offset: usize| {
            let before = text.get(..offset).unwrap_or(text);
            Place::Line {
                file: path.to_owned(),
                line: before.matches('\n').count() + 1,
            }
        };
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                self.problems.push(Problem {
                    place: line_of(error.span().map_or(0, |span| span.start)),
                    key: String::new(),
                    what: format!("not TOML: {}", error.message()),
                    next_step: "correct the line".to_owned(),
                });
                return;
            }
        };
        for (section, value) in table {
            let place = line_of(section.span().start);
            let section = section.into_inner().into_owned();
            let DeValue::Table(keys) = value.into_inner() else {
                self.problems.push(Problem {
                    place,
                    key: section,
                    what: "a key outside of any section".to_owned(),
                    next_step: "put it below its section, such as [http]".to_owned(),
                });
                continue;
            };
            self.sections_seen.insert(section.clone(), place);
            for (key, value) in keys {
                let place = line_of(key.span().start);
                self.left.insert(
                    (section.clone(), key.into_inner().into_owned()),
                    (written(value), place),
                );
            }
        }
    }

    fn read_variable(&mut self, name: &str, value: String) {
        let Some(rest) = name.strip_prefix(ENVIRONMENT_PREFIX) else {
            return;
        };
        let place = Place::Variable(name.to_owned());
        let Some((section, key)) = rest.split_once("__") else {
            self.problems.push(Problem {
                place,
                key: String::new(),
                what: "names no key".to_owned(),
                next_step: format!("write it as {ENVIRONMENT_PREFIX}SECTION__KEY"),
            });
            return;
        };
        let section = section.to_ascii_lowercase();
        self.sections_seen
            .entry(section.clone())
            .or_insert_with(|| place.clone());
        self.left.insert(
            (section, key.to_ascii_lowercase()),
            (Setting::Environment(value), place),
        );
    }
}

fn written(value: Spanned<DeValue<'_>>) -> Setting {
    match value.into_inner() {
        DeValue::String(text) => Setting::Text(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Setting::Integer(number),
            Err(_) => Setting::Unfit("a number too large"),
        },
        DeValue::Boolean(flag) => Setting::Flag(flag),
        DeValue::Array(items) => Setting::List(items.into_iter().map(written).collect()),
        DeValue::Float(_) => Setting::Unfit("a fraction"),
        DeValue::Datetime(_) => Setting::Unfit("a date"),
        DeValue::Table(_) => Setting::Unfit("a table"),
    }
}

/// "did you mean", or the names there are.
fn advice<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    let nearest = known.iter().map(|name| (edits(wrong, name), *name)).min();
    match nearest {
        Some((distance, name)) if distance <= 2 => format!("did you mean {name:?}?"),
        Some(_) | None => format!("remove it, or use one of: {}", known.join(", ")),
    }
}

/// Levenshtein's distance. Names here are a dozen letters long; longer ones are cut.
fn edits(a: &str, b: &str) -> usize {
    const LONGEST: usize = 64;
    let b: Vec<char> = b.chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().take(LONGEST).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
