//! RFC 3680 §5: registration information as XML.

use quick_xml::{de, se};
use serde::{Deserialize, Serialize};

/// What the XML begins with, and how its elements are known.
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "urn:ietf:params:xml:ns:reginfo";

/// The content type of it all.
pub const CONTENT_TYPE: &str = "application/reginfo+xml";

/// A whole document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename = "reginfo")]
pub struct RegInfo {
    #[serde(rename = "@xmlns", default)]
    xmlns: String,
    /// Rises with each document of a subscription.
    #[serde(rename = "@version")]
    pub version: u32,
    /// `full` or `partial`.
    #[serde(rename = "@state")]
    state: String,
    #[serde(default)]
    pub registration: Vec<Registration>,
}

/// One address of record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    #[serde(rename = "@aor")]
    pub aor: String,
    #[serde(rename = "@id")]
    pub id: String,
    /// `init`, `active` or `terminated`.
    #[serde(rename = "@state")]
    pub state: String,
    #[serde(default)]
    pub contact: Vec<Contact>,
}

/// One binding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    #[serde(rename = "@id")]
    pub id: String,
    /// `active` or `terminated`.
    #[serde(rename = "@state")]
    pub state: String,
    /// What made it so.
    #[serde(rename = "@event")]
    pub event: String,
    /// How long it still stands, in seconds.
    #[serde(rename = "@expires", default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u32>,
    pub uri: String,
}

impl RegInfo {
    /// All that there is to know.
    pub fn full(version: u32, registration: Vec<Registration>) -> RegInfo {
        RegInfo {
            xmlns: NAMESPACE.to_owned(),
            version,
            state: "full".to_owned(),
            registration,
        }
    }

    /// `None` for what is not XML, or not of this kind. A message's size bounds what there can be
    /// in it; entities other than XML's own are not followed.
    pub fn read(body: &[u8]) -> Option<RegInfo> {
        de::from_str(std::str::from_utf8(body).ok()?).ok()
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        // Text and numbers in elements of fixed names: there is nothing that XML cannot say.
        let body = se::to_string(self).unwrap_or_default();
        format!("{HEAD}{body}").into_bytes()
    }
}

impl Contact {
    pub fn is_terminated(&self) -> bool {
        self.state == "terminated"
    }

    /// Whether the device is not to register again by itself (RFC 3680 §5.1).
    pub fn is_rejected(&self) -> bool {
        self.event == "rejected"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_with_all_that_xml_must_escape() {
        let info = RegInfo::full(
            3,
            vec![Registration {
                aor: "sip:nina@example.net".into(),
                id: "a".into(),
                state: "active".into(),
                contact: vec![Contact {
                    id: "1".into(),
                    state: "active".into(),
                    event: "registered".into(),
                    expires: Some(60),
                    uri: "sip:nina@192.0.2.1;a=\"<&>\"".into(),
                }],
            }],
        );
        let bytes = info.to_bytes();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.starts_with(HEAD), "{text}");
        assert!(text.contains("&lt;&amp;"), "{text}");
        assert_eq!(RegInfo::read(&bytes), Some(info));
    }

    // RFC 3680 §7.
    #[test]
    fn the_document_of_rfc_3680_is_read() {
        let text = r#"<?xml version="1.0"?>
            <reginfo xmlns="urn:ietf:params:xml:ns:reginfo"
                     xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                     version="1" state="partial">
              <registration aor="sip:user@example.com" id="a7" state="active">
                <contact id="76" state="active" event="registered" duration-registered="7322" q="0.8">
                  <uri>sip:user@pc887.example.com</uri>
                </contact>
                <contact id="77" state="terminated" event="expired" duration-registered="3600" q="0.5">
                  <uri>sip:user@university.edu</uri>
                  <unknown-param name="x">y</unknown-param>
                </contact>
              </registration>
            </reginfo>"#;
        let info = RegInfo::read(text.as_bytes()).unwrap();
        assert_eq!((info.version, info.registration.len()), (1, 1));
        let contacts = &info.registration[0].contact;
        assert_eq!(contacts[0].uri, "sip:user@pc887.example.com");
        assert!(!contacts[0].is_terminated() && contacts[1].is_terminated());
    }

    #[test]
    fn what_is_none_is_not_read() {
        let bomb = "<!DOCTYPE r [<!ENTITY a \"aaaa\">]><reginfo version=\"&a;\" state=\"full\"/>";
        for text in ["", "<reginfo>", "<other version=\"1\"/>", "{}", bomb] {
            let read = RegInfo::read(text.as_bytes());
            assert!(
                read.is_none_or(|info| info.registration.is_empty()),
                "{text}"
            );
        }
        assert_eq!(RegInfo::read(&[0xff, 0xfe]), None);
    }
}
