//! RFC 4575, RFC 5366 (R2.7): rosters and lists of people read back as they were written, and nothing
//! is too strange to be refused politely.

// The generator of cases is native.
#![cfg(not(target_arch = "wasm32"))]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sip::conference::{Conference, Extent, Left, Roster, Status, Taken, User};
use sip::message::{Body, MixedPart};
use sip::resource_lists::{self, Entry};

fn text() -> impl Strategy<Value = String> {
    "[a-z][a-zA-Z0-9 &<>\"'@:;=._äß-]{0,30}[a-z>&\"]"
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        Just(Status::DialingOut),
        Just(Status::Alerting),
        Just(Status::Pending),
        Just(Status::Connected),
        Just(Status::OnHold),
        Just(Status::Disconnected),
    ]
}

fn user() -> impl Strategy<Value = User> {
    let left = prop_oneof![
        Just(Left::Departed),
        Just(Left::Booted),
        Just(Left::Failed),
        Just(Left::Busy)
    ];
    (
        text(),
        option::of(text()),
        status(),
        option::of(left),
        option::of(text()),
    )
        .prop_map(|(entity, name, status, left, reason)| User {
            entity,
            name,
            status,
            left,
            reason,
        })
}

fn conference() -> impl Strategy<Value = Conference> {
    let extent = prop_oneof![Just(Extent::Full), Just(Extent::Partial)];
    (text(), any::<u32>(), extent, vec(user(), 0..5)).prop_map(
        |(entity, version, extent, users)| Conference {
            entity,
            version,
            extent,
            users,
        },
    )
}

proptest! {
    #[test]
    fn a_roster_reads_back(conference in conference()) {
        let read = Conference::parse(&conference.to_bytes());
        prop_assert_eq!(read.unwrap(), conference);
    }

    #[test]
    fn a_list_reads_back(entries in vec((text(), option::of(text())), 0..6)) {
        let entry = |(uri, name)| Entry { uri, name };
        let entries: Vec<Entry> = entries.into_iter().map(entry).collect();
        let read = resource_lists::parse(&resource_lists::write(&entries));
        prop_assert_eq!(read.unwrap(), entries);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in vec(any::<u8>(), 0..400)) {
        let _ = Conference::parse(&bytes);
        let _ = resource_lists::parse(&bytes);
    }
}

/// RFC 4575 §6.1, with what this project does not know of.
const EXAMPLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sips:conf233@example.com" state="full" version="1">
 <conference-description><subject>Agenda: This month's goals</subject></conference-description>
 <conference-state><user-count>33</user-count></conference-state>
 <users>
  <user entity="sip:bob@example.com" state="full">
   <display-text>Bob Hoskins</display-text>
   <endpoint entity="sip:bob@pc33.example.com">
    <display-text>Bob's Laptop</display-text>
    <status>disconnected</status>
    <disconnection-method>departed</disconnection-method>
    <disconnection-info><when>2005-03-04T20:00:00Z</when><reason>bad voice quality</reason><by>sip:mike@example.com</by></disconnection-info>
    <media id="1"><type>audio</type><src-id>34567</src-id></media>
   </endpoint>
  </user>
  <user entity="sip:alice@example.com" state="full">
   <endpoint entity="sip:4kfk4j392jsu@example.com;grid=433kj4j3u"><status>connected</status></endpoint>
  </user>
 </users>
</conference-info>"#;

#[test]
fn the_example_of_the_rfc_is_read() {
    let read = Conference::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!((read.version, read.extent), (1, Extent::Full));
    let bob = &read.users[0];
    assert_eq!(bob.name.as_deref(), Some("Bob Hoskins"));
    assert_eq!(
        (bob.status, bob.left),
        (Status::Disconnected, Some(Left::Departed))
    );
    assert_eq!(bob.reason.as_deref(), Some("bad voice quality"));
    assert_eq!(read.users[1].status, Status::Connected);
    assert_eq!(read.users[1].name, None);
}

fn document(version: u32, extent: Extent, users: &[(&str, Status)]) -> Conference {
    let user = |(entity, status): &(&str, Status)| User {
        entity: (*entity).to_owned(),
        name: None,
        status: *status,
        left: None,
        reason: None,
    };
    Conference {
        entity: "sip:share@example.net".to_owned(),
        version,
        extent,
        users: users.iter().map(user).collect(),
    }
}

#[test]
fn a_subscriber_keeps_up_or_knows_that_it_does_not() {
    let mut roster = Roster::default();
    let (anna, ben) = (
        ("sip:anna", Status::Connected),
        ("sip:ben", Status::Alerting),
    );
    let partial = document(1, Extent::Partial, &[anna]);
    assert_eq!(
        roster.take(partial.clone()),
        Taken::Gap,
        "nothing to add it to"
    );
    assert_eq!(
        roster.take(document(0, Extent::Full, &[ben])),
        Taken::Applied
    );
    assert_eq!(roster.take(partial.clone()), Taken::Applied);
    assert_eq!(roster.take(partial), Taken::Old, "sent again");
    let later = document(3, Extent::Partial, &[("sip:ben", Status::Connected)]);
    assert_eq!(roster.take(later.clone()), Taken::Gap);
    let users = |roster: &Roster| -> Vec<(String, Status)> {
        let users = roster.users().iter();
        users
            .map(|user| (user.entity.clone(), user.status))
            .collect()
    };
    let ben = ("sip:ben".to_owned(), Status::Alerting);
    assert_eq!(
        users(&roster),
        [ben, ("sip:anna".to_owned(), Status::Connected)]
    );
    assert_eq!(
        roster.take(document(4, Extent::Full, &[anna])),
        Taken::Applied
    );
    assert_eq!(users(&roster), [("sip:anna".to_owned(), Status::Connected)]);
    assert_eq!(
        roster.take(document(5, Extent::Deleted, &[])),
        Taken::Applied
    );
    assert!(roster.users().is_empty());
}

#[test]
fn no_roster_is_longer_than_it_may_be() {
    let names: Vec<String> = (0..500).map(|number| format!("sip:{number}")).collect();
    let users: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), Status::Pending))
        .collect();
    let mut roster = Roster::default();
    roster.take(document(1, Extent::Full, &users));
    for version in 2..50 {
        let name = format!("sip:more{version}");
        roster.take(document(
            version,
            Extent::Partial,
            &[(&name, Status::Pending)],
        ));
    }
    assert_eq!(roster.users().len(), sip::conference::MOST_USERS);
    let entry = |uri: &String| Entry {
        uri: uri.clone(),
        name: None,
    };
    let entries: Vec<Entry> = names.iter().map(entry).collect();
    assert!(resource_lists::parse(&resource_lists::write(&entries)).is_err());
}

/// RFC 5366 §5, with the attributes of RFC 5364.
const LIST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="urn:ietf:params:xml:ns:copyControl">
  <list>
    <entry uri="sip:bill@example.com" cp:copyControl="to"/>
    <entry uri="sip:joe@example.org" cp:copyControl="cc"><display-name>Joe</display-name></entry>
    <list name="more"><entry uri="sip:ted@example.net"/></list>
  </list>
</resource-lists>"#;

#[test]
fn a_list_stands_beside_a_description_in_one_body() {
    let entries = resource_lists::parse(LIST.as_bytes()).unwrap();
    let uris: Vec<&str> = entries.iter().map(|entry| entry.uri.as_str()).collect();
    assert_eq!(uris, ["sip:bill@example.com", "sip:joe@example.org"]);
    assert_eq!(entries[1].name.as_deref(), Some("Joe"));
    let part = |content_type, disposition, text: &str| MixedPart {
        content_type,
        disposition,
        bytes: text.as_bytes().to_vec(),
    };
    let parts = [
        part("application/sdp", "session", "v=0\r\n"),
        part(
            resource_lists::CONTENT_TYPE,
            resource_lists::DISPOSITION,
            LIST,
        ),
    ];
    let body = Body::mixed("a1b2c3", &parts).unwrap();
    let read = sip::parse::parts(&body.content_type, &body.bytes)
        .unwrap()
        .unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].body, b"v=0\r\n");
    assert!(read[1].content_type.is(resource_lists::CONTENT_TYPE));
    assert_eq!(read[1].body, LIST.as_bytes());
}
