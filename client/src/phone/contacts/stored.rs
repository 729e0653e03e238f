//! Own contacts as the browser keeps them: one line of JSON each. What cannot be read is left out,
//! and left where it is.

use serde::{Deserialize, Serialize};
use sip::number::Home;

use crate::phone::state::{Address, Contact, ContactId, Number, WAYS, Way, read_way, shortened};

#[derive(Serialize, Deserialize)]
struct Line {
    id: String,
    name: String,
    ways: Vec<Kept>,
    #[serde(default)]
    favourite: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kept {
    Number { typed: String, full: Option<Number> },
    Address(Address),
}

pub(super) fn write(contact: &Contact) -> String {
    let kept = |way: &Way| match way {
        Way::Number { typed, number } => Kept::Number {
            typed: typed.clone(),
            full: number.clone(),
        },
        Way::Address(address) => Kept::Address(address.clone()),
    };
    let line = Line {
        id: contact.id.0.clone(),
        name: contact.name.clone(),
        ways: contact.ways.iter().map(kept).collect(),
        favourite: contact.favourite,
    };
    serde_json::to_string(&line).unwrap_or_default()
}

/// A number that was never understood may be now: the gateway may have learnt its country since.
pub(super) fn read(text: &str, home: &Home) -> Option<Contact> {
    let line: Line = serde_json::from_str(text).ok()?;
    let way = |kept: Kept| match kept {
        Kept::Number { typed, full: None } => {
            let again = read_way(&typed, home, |_| false).ok();
            again.unwrap_or(Way::Number {
                typed,
                number: None,
            })
        }
        Kept::Number { typed, full } => Way::Number {
            typed,
            number: full,
        },
        Kept::Address(address) => Way::Address(address),
    };
    let ways: Vec<Way> = line.ways.into_iter().take(WAYS).map(way).collect();
    let name = shortened(&line.name);
    let whole = !line.id.is_empty() && !name.is_empty() && !ways.is_empty();
    whole.then_some(Contact {
        id: ContactId(line.id),
        name,
        ways,
        favourite: line.favourite,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_comes_back_as_it_was_kept() {
        let contact = Contact {
            id: ContactId("7".to_owned()),
            name: "Anna \"A\" Lindqvist".to_owned(),
            ways: vec![
                Way::Number {
                    typed: "020 7946 0148".to_owned(),
                    number: Number::parse("+442079460148"),
                },
                Way::Address(Address::parse("anna@example.com").unwrap()),
            ],
            favourite: true,
        };
        let home = Home::default();
        assert_eq!(read(&write(&contact), &home), Some(contact));
    }

    #[test]
    fn a_number_that_meant_nothing_is_understood_once_the_country_is_known() {
        let contact = Contact {
            id: ContactId("7".to_owned()),
            name: "Anna".to_owned(),
            ways: vec![Way::Number {
                typed: "020 7946 0148".to_owned(),
                number: None,
            }],
            favourite: false,
        };
        let british = Home::new("44", Some("0"), "00").unwrap();
        let read = read(&write(&contact), &british).unwrap();
        assert_eq!(
            read.ways[0].number(),
            Number::parse("+442079460148").as_ref()
        );
    }

    #[test]
    fn what_is_not_a_contact_is_left_out() {
        let lines = [
            "",
            "[]",
            "{}",
            r#"{"id":"1","name":"","ways":[]}"#,
            r#"{"id":"1","name":"Anna","ways":[]}"#,
            r#"{"id":"1","name":"Anna","ways":[{"number":{"typed":"x","full":"no number"}}]}"#,
        ];
        for line in lines {
            assert_eq!(read(line, &Home::default()), None, "{line}");
        }
    }
}
