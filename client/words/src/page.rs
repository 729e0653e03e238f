//! A language as the page fetches it: one text a line, in the order of the fields.

use crate::{Areas, Book, Language, Message, SLOTS, Text};

/// Its name, which carries a hash of what is in it, and its text.
pub(super) fn write(book: &Book, language: &Language, areas: &Areas) -> (String, String) {
    let (english, _) = book.areas();
    let mut text = String::new();
    for (message, wanted) in book.in_order(areas).zip(book.in_order(english)) {
        for line in lines(message, &wanted.text) {
            text.push_str(line);
            text.push('\n');
        }
    }
    let name = format!("words/{}-{:016x}.txt", language.folder, fnv(&text));
    (name, text)
}

/// The texts of a message, as many as English has.
pub(super) fn lines<'a>(message: &'a Message, wanted: &Text) -> Vec<&'a str> {
    match (&message.text, wanted) {
        (Text::Plain(text), Text::Counted(_)) => {
            let mut lines = vec![text.as_str(); SLOTS.len()];
            lines[0] = "";
            lines
        }
        (Text::Plain(text), Text::Plain(_) | Text::Explained { .. }) => vec![text],
        (Text::Counted(texts), _) => texts.iter().map(String::as_str).collect(),
        (Text::Explained { title, next }, _) => vec![title, next],
    }
}

/// FNV-1a, 64 bits: enough to tell one release's words from another's.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
