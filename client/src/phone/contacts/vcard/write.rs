//! RFC 6350 §3.2, §3.4, §6: a contact as a card that others read.

use super::FAVOURITE;
use crate::phone::state::{Contact, Way};

/// One card, version 4.0.
pub fn write(contact: &Contact) -> String {
    let mut out = String::new();
    let mut line = |text: &str| fold(text, &mut out);
    line("BEGIN:VCARD");
    line("VERSION:4.0");
    line(&format!("FN:{}", escaped(&contact.name)));
    for (at, way) in contact.ways.iter().enumerate() {
        // §5.3: their order is ours.
        let pref = at + 1;
        match way {
            Way::Number {
                number: Some(number),
                ..
            } if number.as_str().starts_with('+') => {
                line(&format!("TEL;VALUE=uri;PREF={pref}:tel:{number}"));
            }
            // Understood nowhere else in this form, but all there is.
            Way::Number { typed, .. } => {
                line(&format!("TEL;VALUE=text;PREF={pref}:{}", escaped(typed)));
            }
            Way::Address(address) => line(&format!("IMPP;PREF={pref}:{address}")),
        }
    }
    if contact.favourite {
        line(&format!("{FAVOURITE}:1"));
    }
    line("END:VCARD");
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ',' | ';' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out
}

/// §3.2: at most 75 octets a line, and never a letter in two.
fn fold(text: &str, out: &mut String) {
    let mut octets = 0;
    for letter in text.chars() {
        if octets + letter.len_utf8() > OCTETS {
            out.push_str("\r\n ");
            octets = 1;
        }
        out.push(letter);
        octets += letter.len_utf8();
    }
    out.push_str("\r\n");
}

const OCTETS: usize = 75;
