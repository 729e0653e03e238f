//! RFC 4575 §5, §8: the elements and attributes, written.

use quick_xml::se;
use serde::Serialize;

use super::{Conference, Extent, MOST_CHARACTERS, MOST_USERS, User};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "urn:ietf:params:xml:ns:conference-info";

#[derive(Serialize)]
#[serde(rename = "conference-info")]
struct Document {
    #[serde(rename = "@xmlns")]
    xmlns: String,
    #[serde(rename = "@entity")]
    entity: String,
    #[serde(rename = "@state")]
    state: String,
    /// Left out in a document that stands by itself (§5.3).
    #[serde(rename = "@version")]
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<Users>,
}

#[derive(Serialize)]
struct Users {
    #[serde(rename = "@state")]
    state: String,
    user: Vec<Element>,
}

#[derive(Serialize)]
struct Element {
    #[serde(rename = "@entity")]
    entity: String,
    #[serde(rename = "@state")]
    state: String,
    #[serde(rename = "display-text", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    endpoint: Vec<Endpoint>,
}

#[derive(Serialize)]
struct Endpoint {
    #[serde(rename = "@entity")]
    entity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(
        rename = "disconnection-method",
        skip_serializing_if = "Option::is_none"
    )]
    left: Option<String>,
    #[serde(rename = "disconnection-info", skip_serializing_if = "Option::is_none")]
    info: Option<Info>,
}

#[derive(Serialize)]
struct Info {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

fn full() -> String {
    Extent::Full.name().to_owned()
}

pub(super) fn write(conference: &Conference) -> Vec<u8> {
    let state = conference.extent.name().to_owned();
    let document = Document {
        xmlns: NAMESPACE.to_owned(),
        entity: clean(&conference.entity),
        state: state.clone(),
        version: conference.version,
        users: (conference.extent != Extent::Deleted).then(|| Users {
            state,
            user: conference
                .users
                .iter()
                .take(MOST_USERS)
                .map(element)
                .collect(),
        }),
    };
    let written = se::to_string(&document).unwrap_or_default();
    format!("{HEAD}{written}").into_bytes()
}

fn element(user: &User) -> Element {
    let reason = user.reason.as_deref().map(clean);
    let endpoint = Endpoint {
        entity: clean(&user.entity),
        status: Some(user.status.name().to_owned()),
        left: user.left.map(|left| left.name().to_owned()),
        info: reason.map(|reason| Info {
            reason: Some(reason),
        }),
    };
    Element {
        entity: clean(&user.entity),
        state: full(),
        name: user.name.as_deref().map(clean),
        endpoint: vec![endpoint],
    }
}

/// Without control characters, which XML has no way to write, and not too long.
pub(super) fn clean(text: &str) -> String {
    let kept = text
        .chars()
        .filter(|of| !of.is_control() && !matches!(of, '\u{fffe}' | '\u{ffff}'));
    kept.take(MOST_CHARACTERS)
        .collect::<String>()
        .trim()
        .to_owned()
}
