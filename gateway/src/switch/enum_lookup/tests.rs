use proptest::prelude::*;

use super::*;

const NUMBER: &str = "+442079460148";
const NAME: &str = "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa.";

/// Lines of a zone: name, order, preference, flags, services, expression, replacement; `-` is empty.
struct Zones(&'static str);

impl Zones {
    fn answer(&self, name: &str) -> NaptrAnswer {
        let field = |text: &str| match text {
            "-" => String::new(),
            text => text.to_owned(),
        };
        let rows = self.0.lines().map(|line| line.split_whitespace());
        let rows = rows.map(Iterator::collect::<Vec<_>>);
        let rows: Vec<Vec<&str>> = rows.filter(|row| row.first() == Some(&name)).collect();
        if rows.iter().any(|row| row[1] == "SERVFAIL") {
            return NaptrAnswer::Failed;
        }
        if rows.is_empty() {
            return NaptrAnswer::Nothing;
        }
        let record = |row: &Vec<&str>| Naptr {
            order: row[1].parse().unwrap(),
            preference: row[2].parse().unwrap(),
            flags: field(row[3]),
            services: field(row[4]),
            regexp: field(row[5]),
            replacement: row[6].to_owned(),
        };
        NaptrAnswer::Records(rows.iter().map(record).collect())
    }

    /// What was asked, and what came of it.
    fn look_up(&self, suffixes: &[&str]) -> (Vec<String>, Enumerated) {
        let suffixes: Vec<String> = suffixes.iter().map(|one| (*one).to_owned()).collect();
        let mut lookup = EnumLookup::new(NUMBER.parse().unwrap(), &suffixes);
        let mut asked = Vec::new();
        while let Some(name) = lookup.question().map(str::to_owned) {
            lookup.answer(self.answer(&name));
            asked.push(name);
        }
        (asked, lookup.finish())
    }

    fn found(&self) -> Vec<String> {
        match self.look_up(&["e164.arpa"]).1 {
            Enumerated::Found(all) => all.iter().map(SipUri::to_string).collect(),
            Enumerated::Nothing => Vec::new(),
            Enumerated::Failed => vec!["failed".to_owned()],
        }
    }
}

/// R7.4: the digits from the last to the first, below each suffix until one has an address.
#[test]
fn the_name_of_a_number_is_its_digits_backwards() {
    let zones = Zones("");
    let (asked, outcome) = zones.look_up(&["e164.arpa", "Numbers.Example.Net."]);
    let private = "8.4.1.0.6.4.9.7.0.2.4.4.numbers.example.net.";
    assert_eq!(asked, [NAME, private]);
    assert_eq!(outcome, Enumerated::Nothing);
}

/// R7.4: order before preference; the services of SIP in both ways of writing; expressions on the number
/// with its `+`, with references, delimiters of the zone's choice and the flag of case.
#[test]
fn the_best_record_for_sip_gives_the_address() {
    let cases = [
        (
            "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 100 50 u E2U+sip !^(\\+442079460148)$!sip:\\1@ims.example.net;user=phone! .",
            vec!["sip:+442079460148@ims.example.net;user=phone"],
        ),
        (
            "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 20 1 u E2U+sip !^.*$!sip:third@example.net! .\n\
             8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 10 9 u E2U+sip !^.*$!sip:second@example.net! .\n\
             8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 10 1 u E2U+sip !^.*$!sip:first@example.net! .",
            vec![
                "sip:first@example.net",
                "sip:second@example.net",
                "sip:third@example.net",
            ],
        ),
        (
            "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 1 1 U sip+e2u /^\\+44(20)(.*)$/sips:\\2.\\1@example.net/ .",
            vec!["sips:79460148.20@example.net"],
        ),
        (
            "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 1 1 u E2U+email:mailto !^.*$!mailto:a@example.net! .\n\
             8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 1 2 u E2U+voice:tel+sip !^.*$!sip:a@example.net! .",
            vec!["sip:a@example.net"],
        ),
        (
            "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 1 1 u E2U+sip #^\\+44[[:digit:]]{10}$#sip:a\\#b@example.net#i .",
            vec!["sip:a#b@example.net"],
        ),
        (
            "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 1 1 u E2U+sip !^.*$!sip:a:secret@example.net?Subject=x! .",
            vec!["sip:a@example.net"],
        ),
    ];
    for (zone, expected) in cases {
        assert_eq!(Zones(zone).found(), expected, "{zone}");
    }
}

/// R7.4
#[test]
fn what_is_not_for_sip_or_cannot_be_read_is_passed_over() {
    let cases = [
        "u E2U+tel !^.*$!tel:+15550001! .",
        "u sip !^.*$!sip:a@example.net! .",
        "u E2U+P-sip !^.*$!sip:a@example.net! .",
        "u E2U+X-sip !^.*$!sip:a@example.net! .",
        "s E2U+sip !^.*$!sip:a@example.net! .",
        "u E2U+sip - example.net.",
        "u E2U+sip !^.*$!tel:+15550001! .",
        "u E2U+sip !^.*$!nonsense! .",
        "u E2U+sip !^.*$!sip:a@example.net .",
        "u E2U+sip !^.*$!sip:a@example.net!x .",
        "u E2U+sip !^.*$!sip:a@example.net!!! .",
        "u E2U+sip !!sip:a@example.net! .",
        "u E2U+sip !^\\+33!sip:a@example.net! .",
        "u E2U+sip !^([!sip:a@example.net! .",
        "u E2U+sip 1^.*$1sip:a@example.net1 .",
        "u E2U+sip !((((((((((((((((((((.))))))))))))))))))))!sip:a@example.net! .",
        "u E2U+sip !(.{1000}){1000}!sip:a@example.net! .",
    ];
    for record in cases {
        let zone: &'static str = format!("{NAME} 1 1 {record}").leak();
        assert_eq!(Zones(zone).found(), Vec::<String>::new(), "{record}");
    }
}

/// R7.4
#[test]
fn private_services_mean_something_in_private_zones_alone() {
    let zones = Zones(
        "8.4.1.0.6.4.9.7.0.2.4.4.carrier.example. 1 1 u E2U+P-sip !^.*$!sip:a@example.net! .",
    );
    let (_, outcome) = zones.look_up(&["carrier.example"]);
    assert!(matches!(outcome, Enumerated::Found(_)), "{outcome:?}");
}

/// R7.4: a record without a flag leads on.
#[test]
fn a_record_may_lead_to_another_name() {
    let zones = Zones(
        "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 1 1 - - - Carrier.Example.\n\
         8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 2 1 u E2U+sip !^.*$!sip:later@example.net! .\n\
         carrier.example. 1 1 u E2U+sip !^\\+(.*)$!sip:\\1@carrier.example! .",
    );
    let (asked, _) = zones.look_up(&["e164.arpa"]);
    assert_eq!(asked, [NAME, "carrier.example."]);
    assert_eq!(
        zones.found(),
        ["sip:442079460148@carrier.example", "sip:later@example.net"]
    );
}

/// R7.4: loops and chains without an end.
#[test]
fn a_zone_that_leads_in_circles_or_nowhere_is_left() {
    let circle = Zones(
        "8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. 1 1 - - - a.example.\n\
         a.example. 1 1 - - - b.example.\n\
         b.example. 1 1 - - - a.example.\n\
         b.example. 1 2 - - - 8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa.",
    );
    let (asked, outcome) = circle.look_up(&["e164.arpa"]);
    assert_eq!(asked, [NAME, "a.example.", "b.example."]);
    assert_eq!(outcome, Enumerated::Nothing);

    let mut lookup = EnumLookup::new(NUMBER.parse().unwrap(), &["e164.arpa".to_owned()]);
    let mut asked = 0;
    while lookup.question().is_some() {
        asked += 1;
        let names = (0..1000_u16).map(|index| Naptr {
            order: index,
            preference: 0,
            flags: String::new(),
            services: String::new(),
            regexp: String::new(),
            replacement: format!("{asked}-{index}.example."),
        });
        lookup.answer(NaptrAnswer::Records(names.collect()));
    }
    assert_eq!(asked, QUESTIONS_AT_MOST);
    assert_eq!(lookup.finish(), Enumerated::Nothing);
}

/// R7.4
#[test]
fn that_nobody_could_say_is_another_thing_than_that_there_is_nothing() {
    let zones = Zones("8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa. SERVFAIL");
    let (asked, outcome) = zones.look_up(&["e164.arpa", "other.example"]);
    assert_eq!(asked.len(), 2);
    assert_eq!(outcome, Enumerated::Failed);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// R7.4
    #[test]
    fn no_record_is_too_strange(
        flags in "[uUsa]?",
        services in "(E2U\\+sip)|\\PC{0,12}",
        regexp in "!\\PC{0,40}!\\PC{0,20}!i?|\\PC{0,60}|![\\\\^.*+(){}\\[\\]0-9|?]{0,40}!sip:\\\\1@a!",
        replacement in "\\PC{0,20}",
    ) {
        let mut lookup = EnumLookup::new(NUMBER.parse().unwrap(), &["e164.arpa".to_owned()]);
        let record = Naptr { order: 1, preference: 1, flags, services, regexp, replacement };
        for _ in 0..20 {
            if lookup.question().is_none() {
                break;
            }
            lookup.answer(NaptrAnswer::Records(vec![record.clone(); 20]));
        }
        if let Enumerated::Found(all) = lookup.finish() {
            prop_assert!(all.len() <= ADDRESSES_AT_MOST);
            prop_assert!(all.iter().all(|address| address.to_string().len() <= 2 * ADDRESS_LIMIT));
        }
    }
}

const ADDRESS_LIMIT: usize = 512;
