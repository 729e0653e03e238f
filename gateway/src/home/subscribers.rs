//! Who may register here, by name and by number, as the store has it.

use std::collections::HashMap;
use std::str::FromStr;

use sip::message::{Host, Uri};

use crate::store::Subscriber;

/// A subscriber's name: user part of the address and Digest user name. Lower case, so that one
/// person cannot take another's name by its spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName(String);

impl UserName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<UserName, Self::Err> {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(UserName(text.to_owned()))
        } else {
            Err("a name has 1 to 64 of a-z, 0-9, dot, dash and underscore")
        }
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> String {
        name.0
    }
}

/// All subscribers in memory; the store bounds their number.
#[derive(Debug, Default)]
pub struct Subscribers {
    by_name: HashMap<String, Subscriber>,
    name_by_number: HashMap<String, String>,
}

impl Subscribers {
    pub fn new(all: Vec<Subscriber>) -> Subscribers {
        let name_by_number = all
            .iter()
            .map(|one| (one.number.clone(), one.name.clone()))
            .collect();
        let by_name = all.into_iter().map(|one| (one.name.clone(), one)).collect();
        Subscribers {
            by_name,
            name_by_number,
        }
    }

    /// Takes over what the store has of one subscriber now.
    pub fn put(&mut self, subscriber: Subscriber) {
        if let Some(old) = self.by_name.get(&subscriber.name) {
            self.name_by_number.remove(&old.number);
        }
        self.name_by_number
            .insert(subscriber.number.clone(), subscriber.name.clone());
        self.by_name.insert(subscriber.name.clone(), subscriber);
    }

    pub fn by_name(&self, name: &str) -> Option<&Subscriber> {
        self.by_name.get(name)
    }

    /// By a number in international form without visual separators.
    pub fn by_number(&self, number: &str) -> Option<&Subscriber> {
        self.by_name(self.name_by_number.get(number)?)
    }

    /// In the order of their names.
    pub fn all(&self) -> Vec<&Subscriber> {
        let mut all: Vec<&Subscriber> = self.by_name.values().collect();
        all.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// Whom an address means: a number in a `tel:` or SIP address, or a name.
    /// Whether its host is ours is [`Territory::serves`]'s to say.
    pub fn find(&self, uri: &Uri) -> Option<&Subscriber> {
        if let Some(number) = uri.number()
            && let Some(found) = self.by_number(&number)
        {
            return Some(found);
        }
        self.by_name(&uri.user()?)
    }
}

/// The hosts in addresses that mean this gateway's own users.
#[derive(Debug, Clone)]
pub struct Territory {
    hosts: Vec<Host>,
}

impl Territory {
    /// The domain, and the addresses that peers without a name server write instead.
    pub fn new(domain: Host, addresses: impl IntoIterator<Item = Host>) -> Territory {
        let mut hosts = vec![domain];
        hosts.extend(addresses);
        Territory { hosts }
    }

    /// A `tel:` number is looked for here first, wherever it may lead.
    pub fn serves(&self, uri: &Uri) -> bool {
        match uri {
            Uri::Tel(_) => true,
            Uri::Sip(uri) => self.hosts.iter().any(|host| host.same_as(&uri.host)),
            Uri::Other(_) => false,
        }
    }

    /// Whether the address means the gateway itself: our host and no user.
    pub fn is_gateway(&self, uri: &Uri) -> bool {
        uri.as_sip().is_some_and(|sip| sip.user.is_none()) && self.serves(uri)
    }

    /// The domain that addresses written here carry.
    pub fn domain(&self) -> &Host {
        &self.hosts[0]
    }
}

#[cfg(test)]
mod tests {
    use sip::digest::Ha1;

    use super::*;

    fn subscriber(name: &str, number: &str) -> Subscriber {
        Subscriber {
            name: name.into(),
            number: number.into(),
            display: name.into(),
            realm: "example.net".into(),
            ha1: Ha1::of(name, "example.net", "correct horse"),
        }
    }

    #[test]
    fn numbers_and_names_find_the_same_person_in_every_way_of_writing() {
        let subscribers = Subscribers::new(vec![
            subscriber("nina", "+15550001"),
            subscriber("otto", "+15550002"),
        ]);
        let cases = [
            ("sip:nina@example.net", Some("nina")),
            ("tel:+1-555-0001", Some("nina")),
            ("sip:+15550001@example.net;user=phone", Some("nina")),
            ("sip:+15550001@example.net", Some("nina")),
            ("sip:%6eina@example.net", Some("nina")),
            ("sip:Nina@example.net", None),
            ("tel:+15550003", None),
            ("sip:example.net", None),
            ("urn:service:sos", None),
        ];
        for (uri, expected) in cases {
            let found = subscribers
                .find(&uri.parse().unwrap())
                .map(|found| found.name.as_str());
            assert_eq!(found, expected, "{uri}");
        }
    }

    #[test]
    fn a_changed_number_is_found_by_the_new_one_only() {
        let mut subscribers = Subscribers::new(vec![subscriber("nina", "+15550001")]);
        subscribers.put(subscriber("nina", "+15550009"));
        assert!(subscribers.by_number("+15550001").is_none());
        assert!(subscribers.by_number("+15550009").is_some());
    }

    #[test]
    fn names_are_checked_when_they_are_given() {
        for good in ["nina", "n.i-n_a0"] {
            assert!(good.parse::<UserName>().is_ok(), "{good}");
        }
        for bad in ["", "Nina", "ni na", "nina@x", "ñina"] {
            assert!(bad.parse::<UserName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_territory_is_the_domain_and_the_own_addresses() {
        let territory = Territory::new(
            "example.net".parse().unwrap(),
            ["192.0.2.1".parse().unwrap()],
        );
        let cases = [
            ("sip:nina@EXAMPLE.net", true),
            ("sip:nina@192.0.2.1:5060", true),
            ("tel:+15550001", true),
            ("sip:nina@example.org", false),
            ("urn:service:sos", false),
        ];
        for (uri, expected) in cases {
            assert_eq!(territory.serves(&uri.parse().unwrap()), expected, "{uri}");
        }
        assert!(territory.is_gateway(&"sip:example.net".parse().unwrap()));
        assert!(!territory.is_gateway(&"sip:nina@example.net".parse().unwrap()));
    }
}
