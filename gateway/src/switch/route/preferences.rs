//! RFC 3841 §7.2: which of a person's devices a caller wants, by what each declared of itself in its
//! Contact (RFC 3840 §5). A device that is wanted more is asked before one that is wanted less.

use sip::message::{
    AcceptContact, Feature, FeatureIs, FeatureValue, Features, Headers, NameAddr, RejectContact,
    Wish,
};

/// Wishes read of one request: nobody has more, and each is held against each device.
const MAX_WISHES: usize = 8;

/// How much a device is wanted, in thousandths: what it has of what was wished (§7.2.4).
pub const WANTED: u16 = 1000;

/// What a caller says of the devices it wants.
#[derive(Debug, Default)]
pub(super) struct Preferences {
    wanted: Vec<Wished>,
    /// Of devices that are not to be asked.
    unwanted: Vec<Features>,
}

#[derive(Debug)]
struct Wished {
    features: Features,
    is_required: bool,
    is_explicit: bool,
}

impl Preferences {
    /// Reads a request's Accept-Contact and Reject-Contact. What can't be read is not wished.
    pub(super) fn of(headers: &Headers) -> Preferences {
        let wanted = headers.typed::<AcceptContact>().and_then(Result::ok);
        let unwanted = headers.typed::<RejectContact>().and_then(Result::ok);
        let wished = |wish: &Wish| {
            Some(Wished {
                features: wish
                    .features()
                    .ok()
                    .filter(|features| !is_empty(features))?,
                is_required: wish.is_required(),
                is_explicit: wish.is_explicit(),
            })
        };
        let all = |wishes: Option<Vec<Wish>>| wishes.unwrap_or_default();
        Preferences {
            wanted: all(wanted.map(|header| header.0))
                .iter()
                .take(MAX_WISHES)
                .filter_map(wished)
                .collect(),
            unwanted: all(unwanted.map(|header| header.0))
                .iter()
                .take(MAX_WISHES)
                .filter_map(|wish| wished(wish).map(|wished| wished.features))
                .collect(),
        }
    }

    /// How much a device is wanted, of [`WANTED`]; `None`: not at all.
    pub(super) fn of_device(&self, contact: &NameAddr) -> Option<u16> {
        // §7.2.1, §7.2.4: who says nothing of itself is not judged.
        let device = contact.features().ok().filter(says_what_it_can);
        let Some(device) = device else {
            return Some(WANTED);
        };
        let has = |part: &Feature| meets(&device, part) == Meets::Yes;
        if self.unwanted.iter().any(|wish| wish.iter().all(has)) {
            return None;
        }
        let scores = self.wanted.iter().map(|wish| wish.score(&device));
        let scores: Vec<u16> = scores.collect::<Option<_>>()?;
        let count = u16::try_from(scores.len()).unwrap_or(u16::MAX);
        Some(
            scores
                .iter()
                .sum::<u16>()
                .checked_div(count)
                .unwrap_or(WANTED),
        )
    }
}

/// How a device stands to one part of a wish.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meets {
    Yes,
    No,
    /// It says nothing of it.
    Unsaid,
}

impl Wished {
    /// §7.2.4: how many of the parts the device has, as a share; 0 where it has not all, and that is
    /// wished explicitly. `None` where it has the contrary, and all is required.
    fn score(&self, device: &Features) -> Option<u16> {
        let met: Vec<Meets> = self
            .features
            .iter()
            .map(|part| meets(device, part))
            .collect();
        let count = |which: Meets| met.iter().filter(|part| **part == which).count();
        let (yes, no, unsaid) = (count(Meets::Yes), count(Meets::No), count(Meets::Unsaid));
        let is_match = no == 0 && (unsaid == 0 || !self.is_explicit);
        match (is_match, self.is_required) {
            (false, true) => None,
            (false, false) => Some(0),
            (true, _) => {
                let share = usize::from(WANTED) * yes / met.len().max(1);
                u16::try_from(share).ok()
            }
        }
    }
}

/// RFC 2533 §4 as far as tags come in contacts: one of the values wished is one that the device has.
fn meets(device: &Features, part: &Feature) -> Meets {
    let has = device.get(&part.tag);
    if has.is_empty() {
        return Meets::Unsaid;
    }
    let fits = |wished: &FeatureValue| has.iter().any(|has| fit(has, wished));
    match part.values.iter().any(fits) {
        true => Meets::Yes,
        false => Meets::No,
    }
}

fn fit(has: &FeatureValue, wished: &FeatureValue) -> bool {
    let same = match (&has.what, &wished.what) {
        (FeatureIs::Boolean(has), FeatureIs::Boolean(wished)) => has == wished,
        (FeatureIs::Token(has), FeatureIs::Token(wished)) => {
            has.as_str().eq_ignore_ascii_case(wished.as_str())
        }
        (FeatureIs::String(has), FeatureIs::String(wished)) => has == wished,
        (
            FeatureIs::Number { least, most },
            FeatureIs::Number {
                least: wished_least,
                most: wished_most,
            },
        ) => {
            let below = |most: &Option<_>, least: &Option<_>| match (most, least) {
                (Some(most), Some(least)) => most < least,
                (Some(_) | None, _) => false,
            };
            !below(most, wished_least) && !below(wished_most, least)
        }
        (
            FeatureIs::Boolean(_)
            | FeatureIs::Token(_)
            | FeatureIs::String(_)
            | FeatureIs::Number { .. },
            _,
        ) => false,
    };
    same != (has.negated != wished.negated)
}

fn is_empty(features: &Features) -> bool {
    features.iter().next().is_none()
}

/// Tags that say who a device is and how it is reached, and nothing of what it can (RFC 5626 §4.1,
/// RFC 5768 §4, RFC 5627 §5.1).
const NO_ABILITIES: [&str; 3] = ["sip.instance", "sip.ice", "sip.pub-gruu"];

fn says_what_it_can(device: &Features) -> bool {
    device.iter().any(|said| {
        let tag = said.tag.as_str().trim_start_matches('+');
        !NO_ABILITIES.iter().any(|no| no.eq_ignore_ascii_case(tag))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::message::{CSeq, Method};

    fn headers(lines: &[(&'static str, &str)]) -> Headers {
        let address: NameAddr = "<sip:a@example.org>".parse().unwrap();
        let cseq = CSeq {
            number: 1,
            method: Method::Invite,
        };
        let call_id = "1".parse().unwrap();
        let mut headers = Headers::new(address.clone(), address, call_id, cseq);
        for (name, value) in lines {
            headers.push(name, *value);
        }
        headers
    }

    const PAGE: &str = "<sip:a@1>;+g.3gpp.cs-voice;+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\";video;methods=\"INVITE,BYE\"";
    const OLD: &str = "<sip:a@2>";
    const ONLY_NAMED: &str = "<sip:a@4>;+sip.ice;reg-id=1;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000000000001>\"";
    const VOICE_ALONE: &str = "<sip:a@3>;audio;+g.3gpp.cs-voice=\"FALSE\"";

    /// R1.9
    #[test]
    fn a_device_is_wanted_as_much_as_it_has_of_what_is_wished() {
        const ACCEPT: &str = "Accept-Contact";
        const REJECT: &str = "Reject-Contact";
        let cases = [
            (&[][..], [Some(1000), Some(1000), Some(1000)]),
            (
                &[(ACCEPT, "*;+g.3gpp.cs-voice;explicit")][..],
                [Some(1000), Some(1000), Some(0)],
            ),
            (
                &[(ACCEPT, "*;+g.3gpp.cs-voice;require")][..],
                [Some(1000), Some(1000), None],
            ),
            (
                &[(ACCEPT, "*;+g.3gpp.cs-voice;explicit;require")][..],
                [Some(1000), Some(1000), None],
            ),
            (
                &[(ACCEPT, "*;+g.3gpp.cs-voice;audio")][..],
                [Some(500), Some(1000), Some(0)],
            ),
            (
                &[(ACCEPT, "*;methods=\"BYE\";require")][..],
                [Some(1000), Some(1000), Some(0)],
            ),
            (
                &[(ACCEPT, "*;methods=\"MESSAGE\";require")][..],
                [None, Some(1000), Some(0)],
            ),
            (
                &[(
                    ACCEPT,
                    "*;+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\";explicit",
                )][..],
                [Some(1000), Some(1000), Some(0)],
            ),
            (
                &[(ACCEPT, "*;+g.3gpp.cs-voice;explicit"), (ACCEPT, "*;audio")][..],
                [Some(500), Some(1000), Some(500)],
            ),
            (&[(REJECT, "*;video")][..], [None, Some(1000), Some(1000)]),
            (
                &[(REJECT, "*;video;audio")][..],
                [Some(1000), Some(1000), Some(1000)],
            ),
            (
                &[(ACCEPT, "*;video=\"<\";require")][..],
                [Some(1000), Some(1000), Some(1000)],
            ),
            (&[(ACCEPT, "*")][..], [Some(1000), Some(1000), Some(1000)]),
        ];
        for (lines, expected) in cases {
            let preferences = Preferences::of(&headers(lines));
            let found = [PAGE, OLD, VOICE_ALONE]
                .map(|contact| preferences.of_device(&contact.parse().unwrap()));
            assert_eq!(found, expected, "{lines:?}");
            let only_named = preferences.of_device(&ONLY_NAMED.parse().unwrap());
            assert_eq!(only_named, expected[1], "{lines:?}");
        }
    }
}
