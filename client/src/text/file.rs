//! The file of a language, as the build wrote it: one text a line, in the order of the fields.

use std::str::Lines;

use super::generated::{ENGLISH, read};
use super::{Counted, Explained, Words};

pub(super) struct File {
    lines: Lines<'static>,
    complete: bool,
}

impl File {
    // Called for every word, so that each is a call and no more.
    #[inline(never)]
    pub(super) fn word(&mut self, place: &mut &'static str) {
        let line = self.lines.next();
        self.complete &= line.is_some();
        *place = line.unwrap_or_default();
    }

    #[inline(never)]
    pub(super) fn counted(&mut self, place: &mut Counted) {
        for place in &mut place.0 {
            self.word(place);
        }
    }

    #[inline(never)]
    pub(super) fn explained(&mut self, place: &mut Explained) {
        self.word(&mut place.title);
        self.word(&mut place.next);
    }
}

impl Words {
    /// Reads a language's file; none if it is not of this program. Keeps the text for good, as a
    /// page does that speaks a language: there are as many as there are languages.
    pub fn of_file(text: String) -> Option<&'static Self> {
        let mut file = File {
            lines: Box::leak(text.into_boxed_str()).lines(),
            complete: true,
        };
        let mut words = Box::new(ENGLISH);
        read(&mut file, &mut words);
        let all = file.complete && file.lines.next().is_none();
        all.then(|| &*Box::leak(words))
    }
}

#[cfg(test)]
mod tests {
    use super::Words;
    use crate::text::generated::{ENGLISH, ITALIAN, PORTUGUESE};

    #[test]
    fn a_language_is_read_from_its_file() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("words");
        let book = sidecam_words::read(&folder).expect("the words are in order");
        let pages = book.pages();
        for ((_, text), known) in pages.iter().zip([&ITALIAN, &PORTUGUESE]) {
            let read = Words::of_file(text.clone()).expect("the file is whole");
            assert_eq!(read.sign_in, known.sign_in);
            assert_eq!(read.audience.watching, known.audience.watching);
            assert_eq!(read.causes.failed_in, known.causes.failed_in);
            assert_eq!(read.voice.microphone_busy, known.voice.microphone_busy);
            assert_ne!(read.sign_in, ENGLISH.sign_in);
        }
    }

    #[test]
    fn a_file_of_another_release_is_refused() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("words");
        let book = sidecam_words::read(&folder).expect("the words are in order");
        let (_, text) = &book.pages()[0];
        let shorter = text
            .lines()
            .skip(1)
            .map(|line| format!("{line}\n"))
            .collect();
        assert!(Words::of_file(shorter).is_none());
        assert!(Words::of_file(format!("{text}one more\n")).is_none());
        assert!(Words::of_file("<!doctype html>".to_owned()).is_none());
    }
}
