//! RFC 5366 §4, RFC 5363 §2, RFC 4826 §3: the people an INVITE is for, as a list in its body.

use quick_xml::{de, se};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The option tag: this INVITE has a list, and who does not know lists must refuse it.
pub const OPTION_TAG: &str = "recipient-list-invite";
pub const CONTENT_TYPE: &str = "application/resource-lists+xml";

/// What the list is for (RFC 5363 §4.1).
pub const DISPOSITION: &str = "recipient-list";

/// People of one list: more than a focus invites at once, and few enough to look at each.
pub const MOST_ENTRIES: usize = 128;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "urn:ietf:params:xml:ns:resource-lists";

/// One who is to be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    #[serde(rename = "@uri")]
    pub uri: String,
    #[serde(
        rename = "display-name",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "resource-lists")]
struct Document {
    #[serde(rename = "@xmlns", default)]
    xmlns: String,
    #[serde(default)]
    list: Vec<List>,
}

#[derive(Serialize, Deserialize)]
struct List {
    #[serde(default)]
    entry: Vec<Entry>,
}

/// Why a list is not taken.
#[derive(Debug, Error)]
pub enum NotAList {
    #[error("not text: {0}")]
    Text(#[from] std::str::Utf8Error),
    #[error("not XML of this kind: {0}")]
    Xml(#[from] quick_xml::DeError),
    #[error("more than {MOST_ENTRIES} people")]
    TooLong,
}

pub fn write(entries: &[Entry]) -> Vec<u8> {
    let document = Document {
        xmlns: NAMESPACE.to_owned(),
        list: vec![List {
            entry: entries.to_vec(),
        }],
    };
    let written = se::to_string(&document).unwrap_or_default();
    format!("{HEAD}{written}").into_bytes()
}

/// The entries of all lists of a document, in order. Lists in lists are for address books, and are
/// passed over like all else that is not known here (RFC 5363 §3).
///
/// # Errors
/// It is no such document, or has too many entries.
pub fn parse(bytes: &[u8]) -> Result<Vec<Entry>, NotAList> {
    let document: Document = de::from_str(std::str::from_utf8(bytes)?)?;
    let entries: Vec<Entry> = document.list.into_iter().flat_map(|of| of.entry).collect();
    match entries.len() > MOST_ENTRIES {
        true => Err(NotAList::TooLong),
        false => Ok(entries),
    }
}
