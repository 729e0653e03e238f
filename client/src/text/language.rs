//! The languages of the page, and which one a person reads.

use super::generated::{ENGLISH, FILES};
use super::{Numbers, Words};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    Italian,
    /// As in Portugal.
    Portuguese,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::English, Self::Italian, Self::Portuguese];

    /// As documents name it (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Italian => "it",
            Self::Portuguese => "pt-PT",
        }
    }

    /// Where a browser reads what it installs, in this language.
    pub fn manifest(self) -> &'static str {
        match self {
            Self::English => "/manifest.webmanifest",
            Self::Italian => "/manifest-it.webmanifest",
            Self::Portuguese => "/manifest-pt.webmanifest",
        }
    }

    /// As its own speakers call it: in every language the same, for whoever reads no other.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Italian => "Italiano",
            Self::Portuguese => "Português",
        }
    }

    /// The language of a tag such as `it`, `pt-BR` or `EN-us`, by its first part.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let first = |tag: &str| {
            tag.split(['-', '_'])
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
        };
        let wanted = first(tag);
        Self::ALL
            .into_iter()
            .find(|language| first(language.tag()) == wanted)
    }

    /// The first of a person's languages that there is; English where there is none.
    pub fn of_tags(tags: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let known = |tag: &dyn AsRef<str>| Self::from_tag(tag.as_ref());
        tags.into_iter()
            .find_map(|tag| known(&tag))
            .unwrap_or_default()
    }

    /// Where its words are fetched; none for the one that the program brings with it.
    pub fn file(self) -> Option<&'static str> {
        let mut files = FILES.iter();
        let found = files.find(|(tag, _)| Self::from_tag(tag) == Some(self));
        found.map(|(_, file)| *file)
    }
}

/// A language with all that is needed to speak it.
#[derive(Clone, Copy)]
pub struct Spoken {
    pub language: Language,
    pub words: &'static Words,
    pub numbers: Numbers,
}

impl Spoken {
    /// What is spoken before anything else is known.
    pub const ENGLISH: Self = Self {
        language: Language::English,
        words: &ENGLISH,
        numbers: Numbers::PLAIN,
    };
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_person_reads_the_first_of_their_languages_that_there_is() {
        let cases: [(&[&str], Language); 6] = [
            (&["it-IT", "en"], Language::Italian),
            (&["de", "pt-BR", "it"], Language::Portuguese),
            (&["PT"], Language::Portuguese),
            (&["en-GB", "it"], Language::English),
            (&["fr", "ita"], Language::English),
            (&[], Language::English),
        ];
        for (tags, expected) in cases {
            assert_eq!(Language::of_tags(tags), expected, "{tags:?}");
        }
    }

    #[test]
    fn every_language_but_english_has_a_file() {
        for language in Language::ALL {
            assert_eq!(language.file().is_none(), language == Language::English);
        }
    }
}
