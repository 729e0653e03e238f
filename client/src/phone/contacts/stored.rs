//! Own contacts as the browser keeps them: one line of JSON each. What cannot be read is left out,
//! and left where it is.

use sip::number::Home;

use crate::phone::json::Json;
use crate::phone::kept::{Kept, maybe};
use crate::phone::state::{Address, Contact, ContactId, Number, WAYS, Way, read_way, shortened};

pub(super) fn write(contact: &Contact) -> String {
    let way = |way: &Way| match way {
        Way::Number { typed, number } => {
            let full = number.as_ref().map(Kept::write);
            let number = Json::object([("typed", typed.as_str().into()), ("full", full.into())]);
            Json::object([("number", number)])
        }
        Way::Address(address) => Json::object([("address", address.write())]),
    };
    Json::object([
        ("id", contact.id.0.as_str().into()),
        ("name", contact.name.as_str().into()),
        ("ways", Json::List(contact.ways.iter().map(way).collect())),
        ("favourite", contact.favourite.into()),
    ])
    .to_string()
}

/// A number that was never understood may be now: the gateway may have learnt its country since.
pub(super) fn read(text: &str, home: &Home) -> Option<Contact> {
    let line = Json::parse(text)?;
    let id = line.get("id")?.text()?.to_owned();
    let name = shortened(line.get("name")?.text()?);
    let ways = line.get("ways")?.list().iter().take(WAYS);
    let ways: Vec<Way> = ways
        .map(|way| read_kept(way, home))
        .collect::<Option<_>>()?;
    let whole = !id.is_empty() && !name.is_empty() && !ways.is_empty();
    whole.then_some(Contact {
        id: ContactId(id),
        name,
        ways,
        favourite: line.get("favourite").is_some_and(Json::is_true),
    })
}

fn read_kept(way: &Json, home: &Home) -> Option<Way> {
    if let Some(address) = way.get("address") {
        return Address::read(address).map(Way::Address);
    }
    let kept = way.get("number")?;
    let typed = kept.get("typed")?.text()?.to_owned();
    Some(match maybe::<Number>(kept, "full")? {
        None => {
            let again = read_way(&typed, home, |_| false).ok();
            again.unwrap_or(Way::Number {
                typed,
                number: None,
            })
        }
        number => Way::Number { typed, number },
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
