//! Finding people, looking at one, writing one down.

use std::sync::Arc;

use sip::number::{Home, NumberError};

use super::{Scene, people};
use crate::phone::state::{
    Can, Contact, ContactId, Draft, Imported, Kept, Number, Peer, Person, PersonKey, Skipped,
    SkippedWhy, State, TypedProblem, Way,
};
use crate::view::{Place, Sheet};

pub fn scenes() -> Vec<Scene> {
    let of_me = |mut scene: Scene| {
        scene.place = Place::Me;
        scene
    };
    vec![
        people("people-sections", own),
        people("people-sought", own),
        people("people-none-found", own),
        people("people-typed", own),
        people("people-typed-address", own),
        people("people-typed-wrong", own),
        people("people-not-kept", |state| {
            state.people.kept = Kept::NotAtAll
        }),
        people("people-deleted", |state| {
            state.people.deleted = Some("Dr. Maria Papadopoulou-Konstantinidou".to_owned());
        }),
        people("person", own),
        people("person-of-directory", own),
        people("person-new", own),
        people("person-edit", own),
        of_me(people("me-imported", imported)),
    ]
}

/// What stands in the place of people in a scene, and what is typed there.
pub fn pages(scene: &str) -> (Sheet, &'static str) {
    let own = || PersonKey::Own(ContactId("1".to_owned()));
    match scene {
        "people-sought" => (Sheet::List, "an"),
        "people-none-found" => (Sheet::List, "nobody"),
        "people-typed" => (Sheet::List, "020 7946 0999"),
        "people-typed-address" => (Sheet::List, "carla@example.com"),
        "people-typed-wrong" => (Sheet::List, "7946 0999"),
        "person" => (Sheet::Card(own()), ""),
        "person-of-directory" => {
            let number = Number::parse("+99000680").map(PersonKey::Number);
            (Sheet::Card(number.unwrap_or(PersonKey::Nobody)), "")
        }
        "person-new" => (Sheet::Editor(Draft::default()), ""),
        "person-edit" => {
            let ways = ["020 7946 0148", "+39 06 1234567"]
                .map(str::to_owned)
                .to_vec();
            let draft = Draft {
                id: Some(ContactId("1".to_owned())),
                name: "Anna Lindqvist".to_owned(),
                ways,
            };
            (Sheet::Editor(draft), "")
        }
        _ => (Sheet::List, ""),
    }
}

/// With two people of one's own, in Britain.
fn own(state: &mut State) {
    state.people.home = Home::new("44", Some("0"), "00").unwrap_or_default();
    let mut list = (*state.people.list).clone();
    if let Some(anna) = list.first_mut() {
        anna.own = Some(contact(
            "1",
            "Anna Lindqvist",
            &["+99000001", "+442079460148"],
            true,
        ));
    }
    let zoe = contact("2", "Zoë Ångström", &["+442079460149"], false);
    list.push(Person {
        peer: Peer {
            name: Some(zoe.name.clone()),
            number: Number::parse("+442079460149"),
            address: None,
        },
        online: false,
        own: Some(zoe),
    });
    state.people.list = Arc::new(list);
    state.abilities = [
        ("+99000001", Can::LiveVideo),
        ("+99000680", Can::PicturesOnly),
        ("+99000004", Can::Nothing),
    ]
    .map(|(number, can)| (number.to_owned(), can))
    .into_iter()
    .collect();
    for (past, number) in state
        .history
        .iter_mut()
        .zip(["+99000001", "+99000680", "+99000004"])
    {
        past.peer.number = Number::parse(number);
        past.at = Some(1_700_000_000);
    }
}

fn contact(id: &str, name: &str, numbers: &[&str], favourite: bool) -> Arc<Contact> {
    let way = |number: &&str| Way::Number {
        typed: (*number).to_owned(),
        number: Number::parse(number),
    };
    Arc::new(Contact {
        id: ContactId(id.to_owned()),
        name: name.to_owned(),
        ways: numbers.iter().map(way).collect(),
        favourite,
    })
}

fn imported(state: &mut State) {
    own(state);
    let skipped = |card, name: Option<&str>, why| Skipped {
        card,
        name: name.map(str::to_owned),
        why,
    };
    let short = TypedProblem::Number(NumberError::TooShort);
    state.people.imported = Some(Imported {
        added: 128,
        merged: 3,
        same: 12,
        skipped: vec![
            skipped(7, Some("Breakdown service"), SkippedWhy::Number(short)),
            skipped(23, None, SkippedWhy::NoNumber),
            skipped(147, Some("Zofia"), SkippedWhy::Broken),
        ],
        skipped_in_all: 3,
        refused: None,
    });
}
