//! RFC 3840 §9, RFC 3841 §9.2: the feature tags of Video Share, beside a voice call and without one.

use crate::message::{Header, NameAddr, Params};

/// The tag of a share beside a voice call (3GPP TS 24.279 annex A).
const CS_VOICE: &str = "+g.3gpp.cs-voice";
/// Which applications a device has.
const IARI_REF: &str = "+g.3gpp.iari-ref";
/// Which services it has. Some clients put applications there too.
const ICSI_REF: &str = "+g.3gpp.icsi-ref";
/// A share without a voice call.
const VIDEO_SHARE: &str = "urn:urn-7:3gpp-application.ims.iari.gsma-vs";
/// Pictures.
const IMAGE_SHARE: &str = "urn:urn-7:3gpp-application.ims.iari.gsma-is";

/// References read of one contact: a device of many services has a dozen.
const MAX_REFERENCES: usize = 64;

/// What a Contact says of Video Share, or an Accept-Contact asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Tags {
    /// `+g.3gpp.cs-voice`: shares beside a voice call.
    pub in_call: bool,
    /// The application gsma-vs: shares without one.
    pub without_call: bool,
    /// The application gsma-is: pictures.
    pub images: bool,
}

impl Tags {
    pub const NONE: Tags = Tags {
        in_call: false,
        without_call: false,
        images: false,
    };

    /// Of a message about somebody with whom there is a voice call.
    pub const IN_CALL: Tags = Tags {
        in_call: true,
        ..Tags::NONE
    };

    /// Of a message about somebody with whom there is none.
    pub const WITHOUT_CALL: Tags = Tags {
        without_call: true,
        ..Tags::NONE
    };

    /// Of a registration: a device is to be found by either.
    pub const EITHER: Tags = Tags {
        in_call: true,
        without_call: true,
        images: false,
    };

    /// Reads the parameters of a Contact or an Accept-Contact. Names and references compare without
    /// case, the latter with their colons escaped or not; what cannot be read is not there.
    pub fn of(params: &Params) -> Tags {
        let mut tags = Tags::NONE;
        let references = |name: &'static str| {
            let written = params
                .iter()
                .filter(move |(found, _)| found.eq_ignore_ascii_case(name));
            written
                .filter_map(|(_, value)| value)
                .flat_map(|value| value.split(','))
        };
        let all = references(IARI_REF).chain(references(ICSI_REF));
        for reference in all.take(MAX_REFERENCES).map(unescaped) {
            tags.without_call |= reference.eq_ignore_ascii_case(VIDEO_SHARE);
            tags.images |= reference.eq_ignore_ascii_case(IMAGE_SHARE);
        }
        let voice = params
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(CS_VOICE));
        tags.in_call = voice.is_some_and(|(_, value)| is_true(value.unwrap_or_default()));
        tags
    }

    /// Whether there is any.
    pub fn is_some(self) -> bool {
        self != Tags::NONE
    }

    /// Whether a camera can be shown to, or by, whoever has them.
    pub fn has_video(self) -> bool {
        self.in_call || self.without_call
    }

    /// The same contact with these tags, in place of those of Video Share that it had.
    #[must_use]
    pub fn on(self, mut contact: NameAddr) -> NameAddr {
        self.write(&mut contact.params);
        contact
    }

    /// `*;+g.3gpp.cs-voice;explicit`: who declared the tags is asked first, and others last, as they
    /// are not required (RFC 3841 §7.2.4). `None` without tags.
    pub fn accept_contact(self) -> Option<Header> {
        let mut wish = Params::default();
        self.write(&mut wish);
        if wish.is_empty() {
            return None;
        }
        wish.set_flag("explicit");
        Some(Header::fixed("Accept-Contact", format!("*{wish}")))
    }

    fn write(self, params: &mut Params) {
        params.remove(CS_VOICE);
        params.remove(IARI_REF);
        if self.in_call {
            params.set_flag(CS_VOICE);
        }
        let references = [(self.without_call, VIDEO_SHARE), (self.images, IMAGE_SHARE)];
        let said: Vec<String> = references
            .into_iter()
            .filter(|(said, _)| *said)
            .map(|(_, urn)| urn.replace(':', "%3A"))
            .collect();
        if !said.is_empty() {
            params.set_quoted(IARI_REF, said.join(","));
        }
    }
}

/// RFC 3840 §9: the tag alone, `"TRUE"`, or, as some write, `"<TRUE>"`. Anything that does not say
/// the contrary says yes.
fn is_true(value: &str) -> bool {
    let value = value.trim();
    let (says_not, value) = match value.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, value),
    };
    let value = value.trim_matches(['<', '>']);
    value.eq_ignore_ascii_case("FALSE") == says_not
}

/// One reference of a list, with its escapes read.
fn unescaped(reference: &str) -> String {
    let reference = reference.trim().trim_matches(['<', '>', '"']);
    let mut read = String::with_capacity(reference.len());
    let mut rest = reference;
    while let Some((before, after)) = rest.split_once('%') {
        read.push_str(before);
        let byte = after
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            .filter(u8::is_ascii);
        rest = match (byte, after.get(2..)) {
            (Some(byte), Some(behind)) => {
                read.push(char::from(byte));
                behind
            }
            _ => {
                read.push('%');
                after
            }
        };
    }
    read.push_str(rest);
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn read(params: &str) -> Tags {
        let contact: NameAddr = format!("<sip:a@192.0.2.1>{params}").parse().unwrap();
        Tags::of(&contact.params)
    }

    /// R1.10, R2.1, R2.2.
    #[test]
    fn tags_are_read_in_every_spelling() {
        let images_too = Tags {
            images: true,
            ..Tags::WITHOUT_CALL
        };
        let cases = [
            ("", Tags::NONE),
            (";+g.3gpp.cs-voice", Tags::IN_CALL),
            (";+G.3GPP.CS-Voice", Tags::IN_CALL),
            (";+g.3gpp.cs-voice=\"TRUE\"", Tags::IN_CALL),
            (";+g.3gpp.cs-voice=\"<TRUE>\"", Tags::IN_CALL),
            (";+g.3gpp.cs-voice=\"FALSE\"", Tags::NONE),
            (";+g.3gpp.cs-voice=false", Tags::NONE),
            (";+g.3gpp.cs-voice=\"!TRUE\"", Tags::NONE),
            (";+g.3gpp.cs-voice=\"!FALSE\"", Tags::IN_CALL),
            (
                ";+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\"",
                Tags::WITHOUT_CALL,
            ),
            (
                ";+g.3gpp.iari-ref=\"urn%3aurn-7%3a3gpp-application.ims.iari.gsma-vs\"",
                Tags::WITHOUT_CALL,
            ),
            (
                ";+g.3gpp.iari-ref=\"urn:urn-7:3gpp-application.ims.iari.gsma-vs\"",
                Tags::WITHOUT_CALL,
            ),
            (
                ";+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\"",
                Tags::WITHOUT_CALL,
            ),
            (
                ";+g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.rcse.im, \
                 urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-is,\
                 urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\";video",
                images_too,
            ),
            (
                ";+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"",
                Tags::NONE,
            ),
            (";+g.3gpp.iari-ref=\"%,%3,%zz,%C3%A4\"", Tags::NONE),
        ];
        for (params, expected) in cases {
            assert_eq!(read(params), expected, "{params}");
        }
    }

    /// R1.9, R2.1.
    #[test]
    fn tags_are_written_as_they_are_read() {
        let contact: NameAddr = "<sip:a@192.0.2.1>;+sip.instance=\"<urn:uuid:1>\""
            .parse()
            .unwrap();
        assert_eq!(
            Tags::EITHER.on(contact.clone()).to_string(),
            "<sip:a@192.0.2.1>;+sip.instance=\"<urn:uuid:1>\";+g.3gpp.cs-voice;\
             +g.3gpp.iari-ref=\"urn%3Aurn-7%3A3gpp-application.ims.iari.gsma-vs\""
        );
        let again = Tags::IN_CALL.on(Tags::EITHER.on(contact.clone()));
        assert_eq!(Tags::of(&again.params), Tags::IN_CALL);
        assert_eq!(Tags::NONE.on(again), contact);
    }

    /// R1.9.
    #[test]
    fn who_is_looked_for_may_be_asked_though_nothing_is_known() {
        let header = Tags::IN_CALL.accept_contact().unwrap();
        assert!(header.name.is("Accept-Contact"));
        assert_eq!(header.value.as_str(), Some("*;+g.3gpp.cs-voice;explicit"));
        assert_eq!(Tags::NONE.accept_contact(), None);
    }
}
