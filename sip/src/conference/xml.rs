//! RFC 4575 §5, §8: the elements and attributes.

use quick_xml::{de, se};
use serde::{Deserialize, Serialize};

use super::{Conference, Extent, Left, MOST_CHARACTERS, MOST_USERS, NotUnderstood, Status, User};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "urn:ietf:params:xml:ns:conference-info";

#[derive(Serialize, Deserialize)]
#[serde(rename = "conference-info")]
struct Document {
    #[serde(rename = "@xmlns", default)]
    xmlns: String,
    #[serde(rename = "@entity")]
    entity: String,
    #[serde(rename = "@state", default = "full")]
    state: String,
    /// Left out in a document that stands by itself (§5.3).
    #[serde(rename = "@version", default)]
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    users: Option<Users>,
}

#[derive(Serialize, Deserialize)]
struct Users {
    #[serde(rename = "@state", default = "full")]
    state: String,
    #[serde(default)]
    user: Vec<Element>,
}

#[derive(Serialize, Deserialize)]
struct Element {
    #[serde(rename = "@entity")]
    entity: String,
    #[serde(rename = "@state", default = "full")]
    state: String,
    #[serde(
        rename = "display-text",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    name: Option<String>,
    #[serde(default)]
    endpoint: Vec<Endpoint>,
}

#[derive(Serialize, Deserialize)]
struct Endpoint {
    #[serde(rename = "@entity", default)]
    entity: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(
        rename = "disconnection-method",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    left: Option<String>,
    #[serde(
        rename = "disconnection-info",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    info: Option<Info>,
}

#[derive(Serialize, Deserialize)]
struct Info {
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

pub(super) fn read(text: &str) -> Result<Conference, NotUnderstood> {
    let document: Document = de::from_str(text)?;
    let extent =
        |state: &str| Extent::read(state).ok_or_else(|| NotUnderstood::State(clean(state)));
    let users = document.users.map_or(Vec::new(), |users| users.user);
    let users = users.into_iter().take(MOST_USERS).map(user);
    Ok(Conference {
        entity: clean(&document.entity),
        version: document.version,
        extent: extent(&document.state)?,
        users: users.collect::<Result<_, _>>()?,
    })
}

/// Somebody without a device of theirs in it is not there.
fn user(element: Element) -> Result<User, NotUnderstood> {
    let endpoint = element.endpoint.into_iter().next();
    let (status, left, info) = endpoint.map_or((None, None, None), |endpoint| {
        (endpoint.status, endpoint.left, endpoint.info)
    });
    let is_gone = Extent::read(&element.state) == Some(Extent::Deleted);
    let status = match status {
        Some(_) | None if is_gone => Status::Disconnected,
        Some(name) => Status::read(&name).ok_or_else(|| NotUnderstood::State(clean(&name)))?,
        None => Status::Disconnected,
    };
    Ok(User {
        entity: clean(&element.entity),
        name: element
            .name
            .as_deref()
            .map(clean)
            .filter(|name| !name.is_empty()),
        status,
        left: left.as_deref().and_then(Left::read),
        reason: info
            .and_then(|info| info.reason)
            .map(|reason| clean(&reason))
            .filter(|reason| !reason.is_empty()),
    })
}

/// Without control characters, which XML has no way to write, and not too long.
fn clean(text: &str) -> String {
    let kept = text
        .chars()
        .filter(|of| !of.is_control() && !matches!(of, '\u{fffe}' | '\u{ffff}'));
    kept.take(MOST_CHARACTERS)
        .collect::<String>()
        .trim()
        .to_owned()
}
