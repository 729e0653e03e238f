//! RFC 4475, RFC 5118 §4: the torture messages, by their names. What each must yield: fields, or
//! which refusal with which status; and what becomes of it at a user agent.
//!
//! The files are ours, made from what the documents say each message is about.

// There are no files in a browser.
#![cfg(not(target_arch = "wasm32"))]

mod agent;
mod ipv6;
mod sip;

use ::sip::limits::Limits;
use ::sip::message::{Header, Message, NameAddr, Via, ViaTransport};
use ::sip::parse::parse;
use std::path::Path;

/// One message and what it must yield.
pub struct Case {
    name: &'static str,
    /// What reading it yields.
    reads: Reads,
    /// What a user agent does with it, with what it sends by its status and what its owner hears.
    agent: &'static [&'static str],
}

pub enum Reads {
    /// A message that says this: what it is asked for, and what it answers.
    Fields(&'static [(&'static str, &'static str)]),
    /// A request that gets this status.
    Refused(u16),
    /// A response, or what can't be answered: dropped.
    Dropped,
}

impl Case {
    /// What is wrong with what we make of it, line by line; nothing if all is right.
    fn faults(&self) -> Vec<String> {
        let bytes = self.bytes();
        let mut faults = match (&self.reads, parse(&bytes, &Limits::default())) {
            (Reads::Fields(fields), Ok(message)) => wrong_fields(&message, fields),
            (Reads::Fields(_), Err(error)) => vec![format!("refused: {error}")],
            (Reads::Refused(_) | Reads::Dropped, Ok(_)) => vec!["accepted".to_owned()],
            (Reads::Refused(code), Err(error)) => match error.reply(&bytes) {
                Some(reply) if reply.status.code() == *code => Vec::new(),
                Some(reply) => vec![format!("answered {} {}", reply.status, reply.reason)],
                None => vec![format!("not answered: {error}")],
            },
            (Reads::Dropped, Err(error)) => match error.reply(&bytes) {
                Some(reply) => vec![format!("answered {}", reply.status)],
                None => Vec::new(),
            },
        };
        let seen = agent::outcome(bytes);
        if seen != self.agent {
            faults.push(format!("the agent: {seen:?}"));
        }
        faults
    }

    fn bytes(&self) -> Vec<u8> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/torture")
            .join(self.name)
            .with_extension("dat");
        std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    fn is_accepted(&self) -> bool {
        match self.reads {
            Reads::Fields(_) => true,
            Reads::Refused(_) | Reads::Dropped => false,
        }
    }
}

fn wrong_fields(message: &Message, fields: &[(&str, &str)]) -> Vec<String> {
    fields
        .iter()
        .filter_map(|(what, expected)| {
            let said = field(message, what);
            (said != *expected).then(|| format!("{what}: {said:?}, not {expected:?}"))
        })
        .collect()
}

/// What a message says, by a short name: `from.tag`, `via.1.branch`, `X-Any`.
fn field(message: &Message, what: &str) -> String {
    let headers = message.headers();
    let mut path = what.split('.');
    let first = path.next().unwrap_or_default();
    let rest: Vec<&str> = path.collect();
    let nth = |list: &[NameAddr]| {
        let index: usize = rest[0].parse().expect("an index");
        list.get(index)
            .map_or_else(String::new, |entry| address(entry, &rest[1..]))
    };
    match (first, message) {
        ("method", Message::Request(request)) => request.method.to_string(),
        ("uri", Message::Request(request)) => match rest.as_slice() {
            ["user"] => request.uri.user().unwrap_or_default().into_owned(),
            ["host"] => request
                .uri
                .host()
                .map(|host| host.to_string())
                .unwrap_or_default(),
            ["port"] => format!("{:?}", request.uri.as_sip().and_then(|uri| uri.port)),
            _ => request.uri.to_string(),
        },
        ("status", Message::Response(response)) => response.status.to_string(),
        ("phrase", Message::Response(response)) => response.reason.to_string(),
        ("from", _) => address(&headers.from, &rest),
        ("to", _) => address(&headers.to, &rest),
        ("call-id", _) => headers.call_id.to_string(),
        ("cseq", _) => headers.cseq.to_string(),
        ("hops", _) => format!("{:?}", headers.max_forwards),
        ("contact", _) => nth(headers.contact.list()),
        ("route", _) => nth(&headers.route),
        ("record-route", _) => nth(&headers.record_route),
        ("vias", _) => headers.via.len().to_string(),
        ("via", _) => via(
            &headers.via[rest[0].parse::<usize>().expect("an index")],
            rest[1],
        ),
        ("expires", _) => format!("{:?}", headers.expires),
        ("type", _) => headers
            .content_type
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        ("body", _) => message.body().len().to_string(),
        _ => headers
            .other
            .iter()
            .find(|header| header.name.is(what))
            .map_or_else(|| "(none)".to_owned(), value),
    }
}

fn value(header: &Header) -> String {
    header.value.to_str_lossy().into_owned()
}

fn address(address: &NameAddr, path: &[&str]) -> String {
    match path {
        ["display"] => address.display.as_deref().unwrap_or("(none)").to_owned(),
        ["user"] => address.uri.user().unwrap_or_default().into_owned(),
        ["embedded", name] => address
            .uri
            .as_sip()
            .and_then(|uri| uri.embedded_header(name))
            .unwrap_or_default()
            .into_owned(),
        ["uri-param", name] => {
            let uri = address.uri.as_sip().expect("a SIP address");
            uri.params
                .get(name)
                .map_or_else(|| "(none)".to_owned(), |value| value.into_owned())
        }
        ["expires"] => format!("{:?}", address.expires()),
        [] => address.uri.to_string(),
        param => address
            .param(&param.join("."))
            .unwrap_or("(none)")
            .to_owned(),
    }
}

fn via(via: &Via, what: &str) -> String {
    match what {
        "transport" => match &via.transport {
            ViaTransport::Known(transport) => transport.to_string(),
            ViaTransport::Other(token) => format!("other: {token}"),
        },
        "by" => via.sent_by.to_string(),
        "received" => via
            .received()
            .map_or_else(|| "(none)".to_owned(), |host| host.to_string()),
        "new" => via.has_rfc3261_branch().to_string(),
        param => via.params.get(param).unwrap_or("(none)").to_owned(),
    }
}

/// Prints how many were accepted and refused as they must be, and names the rest.
#[test]
fn every_torture_message_yields_what_it_must() {
    let mut failed = Vec::new();
    for (document, cases) in [("RFC 4475", sip::CASES), ("RFC 5118 §4", ipv6::CASES)] {
        let (mut accepted, mut refused) = (Tally::default(), Tally::default());
        for case in cases {
            let faults = case.faults();
            match case.is_accepted() {
                true => accepted.count(faults.is_empty()),
                false => refused.count(faults.is_empty()),
            }
            failed.extend(faults.iter().map(|fault| format!("{}: {fault}", case.name)));
        }
        println!(
            "{document}: {} of {} to be accepted right, {} of {} to be refused right",
            accepted.right, accepted.all, refused.right, refused.all
        );
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// A case without a file, or a file that nobody reads, would go unseen.
#[test]
fn every_torture_file_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder of this test")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "dat"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    let mut cases: Vec<&str> = sip::CASES
        .iter()
        .chain(ipv6::CASES)
        .map(|case| case.name)
        .collect();
    files.sort_unstable();
    cases.sort_unstable();
    assert_eq!(files, cases);
}

#[derive(Default)]
struct Tally {
    right: usize,
    all: usize,
}

impl Tally {
    fn count(&mut self, right: bool) {
        self.right += usize::from(right);
        self.all += 1;
    }
}
