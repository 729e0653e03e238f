//! The messages between a page and the page around it, as plain fields: what a browser hands over
//! (HTML, structured data of `postMessage`) is flattened to them before it comes here.
//!
//! A field of an object in a message is named by both names with a dot between: `tokens.--accent`.

use sip::bearer::Bearer;

use super::VERSION;
use super::theme::{self, Theme};

/// Fields of one message that are looked at.
pub const FIELDS: usize = 64;

/// Characters of one text that are looked at; a token is the longest.
pub const TEXT_BYTES: usize = 2048;

/// What a field can hold that is of use.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    Text(String),
    Number(f64),
}

/// What came, in the order in which it came.
pub type Fields = [(String, Field)];

/// What the page around us wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// To be told again that we are ready.
    Hello,
    SignIn {
        token: Bearer,
    },
    SignOut,
    /// Turn to them.
    Choose {
        to: String,
    },
    /// Open the preview, to whoever is chosen or to them.
    Open {
        to: Option<String>,
    },
    /// Shut it again.
    Close,
    /// End what goes on.
    Stop,
    Theme(Theme),
    Language(String),
}

/// Why a message asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not for us.
    NotOurs,
    Version,
    Unknown,
    /// A field that is needed is not there, or is not what it should be.
    Field,
    Theme(theme::Fault),
}

impl Fault {
    /// As the page around us reads it.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOurs => "not-ours",
            Self::Version => "wrong-version",
            Self::Unknown => "unknown-type",
            Self::Field => "bad-field",
            Self::Theme(fault) => fault.code(),
        }
    }
}

/// The id that a message had, for the answer, and what it asks for.
///
/// # Errors
/// What is wrong with it, and its id as far as it had one.
pub fn read(fields: &Fields) -> Result<(Option<String>, Asked), (Option<String>, Fault)> {
    let fields = fields.get(..FIELDS).unwrap_or(fields);
    let number = |name: &str| match find(fields, name) {
        Some(Field::Number(number)) => Some(*number),
        Some(Field::Text(_)) | None => None,
    };
    let id = text(fields, "id").filter(|id| id.len() <= ID_BYTES);
    let id = id.map(str::to_owned);
    if find(fields, "sidecam").is_none() {
        return Err((id, Fault::NotOurs));
    }
    if number("sidecam") != Some(f64::from(VERSION)) {
        return Err((id, Fault::Version));
    }
    match asked(fields) {
        Ok(asked) => Ok((id, asked)),
        Err(fault) => Err((id, fault)),
    }
}

fn asked(fields: &Fields) -> Result<Asked, Fault> {
    let needed = |name| text(fields, name).ok_or(Fault::Field);
    match needed("type")? {
        "hello" => Ok(Asked::Hello),
        "sign-in" => Ok(Asked::SignIn {
            token: Bearer::new(needed("token")?).map_err(|_| Fault::Field)?,
        }),
        "sign-out" => Ok(Asked::SignOut),
        "choose" => Ok(Asked::Choose {
            to: needed("to")?.to_owned(),
        }),
        "open" => Ok(Asked::Open {
            to: text(fields, "to").map(str::to_owned),
        }),
        "close" => Ok(Asked::Close),
        "stop" => Ok(Asked::Stop),
        "theme" => Theme::read(fields).map(Asked::Theme).map_err(Fault::Theme),
        "language" => Ok(Asked::Language(language(needed("language")?)?)),
        _ => Err(Fault::Unknown),
    }
}

/// A tag of RFC 5646, as far as its shape goes.
fn language(text: &str) -> Result<String, Fault> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match (2..=35).contains(&text.len()) && text.bytes().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(Fault::Field),
    }
}

fn find<'a>(fields: &'a Fields, name: &str) -> Option<&'a Field> {
    let found = fields.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value)
}

/// A text among the fields.
pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    match find(fields, name)? {
        Field::Text(text) => Some(text).filter(|text| text.len() <= TEXT_BYTES),
        Field::Number(_) => None,
    }
    .map(String::as_str)
}

/// What the page around us is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub kind: &'static str,
    /// Without what every message has: `sidecam` and `type`.
    pub fields: Vec<(&'static str, Field)>,
}

impl Message {
    pub fn new(kind: &'static str) -> Self {
        let fields = Vec::new();
        Self { kind, fields }
    }

    pub fn with(mut self, name: &'static str, value: Field) -> Self {
        self.fields.push((name, value));
        self
    }

    pub fn with_text(self, name: &'static str, text: &str) -> Self {
        self.with(name, Field::Text(text.to_owned()))
    }

    /// All of it, as the other side reads it.
    pub fn written(&self) -> Vec<(&'static str, Field)> {
        let mut all = vec![
            ("sidecam", Field::Number(f64::from(VERSION))),
            ("type", Field::Text(self.kind.to_owned())),
        ];
        all.extend(self.fields.iter().cloned());
        all
    }
}

/// Longer than any number that a program gives its messages.
const ID_BYTES: usize = 64;
