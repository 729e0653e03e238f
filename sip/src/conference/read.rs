//! RFC 4575 §5: the document element by element. What this project does not know of is passed over.
//!
//! Without serde: a browser that watches reads these, and need not carry a reader of any XML for it.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Error, Reader};

use super::xml::clean;
use super::{Conference, Extent, Left, MOST_USERS, NotUnderstood, Status, User};

/// Where in the document one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Document,
    Users,
    User,
    Name,
    /// The first of a user's; what a second one says is passed over.
    Endpoint,
    Status,
    Left,
    Info,
    Reason,
    Other,
}

#[derive(Default)]
struct Reading {
    open: Vec<Part>,
    conference: Option<Conference>,
    user: Option<Half>,
    text: String,
}

/// A user as far as it was read.
struct Half {
    entity: String,
    is_gone: bool,
    endpoint: bool,
    name: Option<String>,
    status: Option<String>,
    left: Option<String>,
    reason: Option<String>,
}

/// Reads a whole document.
pub(super) fn read(text: &str) -> Result<Conference, NotUnderstood> {
    let mut reader = Reader::from_str(text);
    let mut reading = Reading::default();
    loop {
        match reader.read_event()? {
            Event::Start(start) => reading.opens(&start)?,
            Event::Empty(start) => {
                reading.opens(&start)?;
                reading.closes()?;
            }
            Event::End(_) => reading.closes()?,
            Event::Text(text) => reading.text.push_str(&text.decode().map_err(Error::from)?),
            Event::CData(text) => reading.text.push_str(&text.decode().map_err(Error::from)?),
            Event::GeneralRef(name) => reading.refers(&name)?,
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
            Event::Eof if reading.open.is_empty() => break,
            Event::Eof => return Err(NotUnderstood::Cut),
        }
    }
    reading.conference.ok_or(NotUnderstood::Cut)
}

impl Reading {
    fn opens(&mut self, start: &BytesStart<'_>) -> Result<(), NotUnderstood> {
        let part = match (self.open.last(), start.local_name().as_ref()) {
            (None, b"conference-info") if self.conference.is_none() => {
                self.conference = Some(begin(start)?);
                Part::Document
            }
            (Some(Part::Document), b"users") => Part::Users,
            (Some(Part::Users), b"user") => {
                self.user = Some(user(start)?);
                Part::User
            }
            (Some(Part::User), b"display-text") => Part::Name,
            (Some(Part::User), b"endpoint") => match &mut self.user {
                Some(user) if !user.endpoint => {
                    user.endpoint = true;
                    Part::Endpoint
                }
                Some(_) | None => Part::Other,
            },
            (Some(Part::Endpoint), b"status") => Part::Status,
            (Some(Part::Endpoint), b"disconnection-method") => Part::Left,
            (Some(Part::Endpoint), b"disconnection-info") => Part::Info,
            (Some(Part::Info), b"reason") => Part::Reason,
            (Some(_) | None, _) => Part::Other,
        };
        self.text.clear();
        self.open.push(part);
        Ok(())
    }

    fn closes(&mut self) -> Result<(), NotUnderstood> {
        let text = clean(&std::mem::take(&mut self.text));
        let said = Some(text).filter(|text| !text.is_empty());
        let part = self.open.pop().unwrap_or(Part::Other);
        if part == Part::User {
            let user = self.user.take().map(whole).transpose()?;
            let users = self.conference.as_mut().map(|of| &mut of.users);
            if let (Some(users), Some(user)) = (users, user)
                && users.len() < MOST_USERS
            {
                users.push(user);
            }
            return Ok(());
        }
        let Some(user) = &mut self.user else {
            return Ok(());
        };
        match part {
            Part::Name => user.name = said,
            Part::Status => user.status = said,
            Part::Left => user.left = said,
            Part::Reason => user.reason = said,
            Part::Document
            | Part::Users
            | Part::User
            | Part::Endpoint
            | Part::Info
            | Part::Other => {}
        }
        Ok(())
    }

    /// `&amp;` and its like, and characters by their number.
    fn refers(&mut self, name: &BytesRef<'_>) -> Result<(), NotUnderstood> {
        if let Some(character) = name.resolve_char_ref()? {
            self.text.push(character);
            return Ok(());
        }
        let name = name.decode().map_err(Error::from)?;
        match quick_xml::escape::resolve_predefined_entity(&name) {
            Some(text) => self.text.push_str(text),
            None => return Err(NotUnderstood::State(clean(&name))),
        }
        Ok(())
    }
}

fn begin(start: &BytesStart<'_>) -> Result<Conference, NotUnderstood> {
    let version = match attribute(start, "version")? {
        Some(version) => version
            .parse()
            .map_err(|_| NotUnderstood::State(clean(&version)))?,
        None => 0,
    };
    Ok(Conference {
        entity: clean(&attribute(start, "entity")?.ok_or(NotUnderstood::Nameless)?),
        version,
        extent: match attribute(start, "state")? {
            Some(state) => Extent::read(&state).ok_or(NotUnderstood::State(clean(&state)))?,
            None => Extent::Full,
        },
        users: Vec::new(),
    })
}

fn user(start: &BytesStart<'_>) -> Result<Half, NotUnderstood> {
    let state = attribute(start, "state")?;
    Ok(Half {
        entity: clean(&attribute(start, "entity")?.ok_or(NotUnderstood::Nameless)?),
        is_gone: state.and_then(|state| Extent::read(&state)) == Some(Extent::Deleted),
        endpoint: false,
        name: None,
        status: None,
        left: None,
        reason: None,
    })
}

/// Somebody without a device of theirs in it is not there.
fn whole(read: Half) -> Result<User, NotUnderstood> {
    let status = match read.status {
        Some(_) | None if read.is_gone => Status::Disconnected,
        Some(name) => Status::read(&name).ok_or(NotUnderstood::State(name))?,
        None => Status::Disconnected,
    };
    Ok(User {
        entity: read.entity,
        name: read.name,
        status,
        left: read.left.as_deref().and_then(Left::read),
        reason: read.reason,
    })
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, NotUnderstood> {
    let found = start.try_get_attribute(name).map_err(Error::from)?;
    let value = found.map(|found| found.unescape_value()).transpose()?;
    Ok(value.map(|value| value.into_owned()))
}
