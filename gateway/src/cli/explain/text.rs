//! What a person reads. What a peer wrote cannot do anything to the terminal.

use std::fmt::{Display, Write};

use sip::message::{Message, NameAddr, Via};

use super::{Refusal, typed};

pub fn accepted(message: &Message) -> String {
    let headers = message.headers();
    let mut page = Page::default();
    match message {
        Message::Request(request) => {
            page.title(&format!("Request: {} {}", request.method, request.uri));
        }
        Message::Response(response) => {
            page.title(&format!(
                "Response: {} {}",
                response.status, response.reason
            ));
        }
    }
    page.line("From", &headers.from);
    page.line("To", &headers.to);
    page.line("Call-ID", &headers.call_id);
    page.line("CSeq", &headers.cseq);
    page.each("Max-Forwards", headers.max_forwards);
    for hop in &headers.via {
        page.line("Via", via(hop));
    }
    page.each("Route", &headers.route);
    page.each("Record-Route", &headers.record_route);
    if headers.contact.is_star() {
        page.line("Contact", "* (all of them)");
    }
    for contact in headers.contact.list() {
        page.line("Contact", contact);
        page.each("  features", features(contact));
    }
    page.each("Expires", headers.expires);
    for typed in typed::found(headers) {
        match typed.value {
            Ok(value) => page.line(typed.name, value),
            Err(error) => page.line(typed.name, format!("can't be read: {error}")),
        }
    }
    page.heading("Headers without a meaning here");
    for header in headers
        .other
        .iter()
        .filter(|header| !typed::is_known(&header.name))
    {
        page.line(header.name.as_str(), header.value.to_str_lossy());
    }
    page.heading("Body");
    page.each("Content-Type", &headers.content_type);
    page.line("bytes", message.body().len());
    page.0
}

pub fn refused(refusal: &Refusal) -> String {
    let mut page = Page::default();
    page.title(&format!("Refused: {}", refusal.error));
    match &refusal.reply {
        Some(reply) => page.line("Answer", format!("{} {}", reply.status, reply.reason)),
        None => page.line("Answer", "none"),
    }
    page.each("Hint", refusal.hint);
    page.0
}

fn via(via: &Via) -> String {
    let mut said = format!("{} from {}", via.transport, via.sent_by.host);
    if let Some(port) = via.sent_by.port {
        said += &format!(" port {port}");
    }
    match via.branch() {
        Some(branch) if via.has_rfc3261_branch() => said += &format!(", branch {branch}"),
        Some(branch) => said += &format!(", branch {branch} (not of RFC 3261)"),
        None => said += ", no branch",
    }
    if let Some(received) = via.received() {
        said += &format!(", received from {received}");
    }
    match via.rport() {
        Some(port) => said += &format!(", rport {port}"),
        None if via.params.has("rport") => said += ", asks for rport",
        None => {}
    }
    said
}

/// `None` where there are none.
fn features(contact: &NameAddr) -> Option<String> {
    match contact.features() {
        Ok(features) => {
            let tags: Vec<&str> = features
                .iter()
                .map(|feature| feature.tag.as_str())
                .collect();
            (!tags.is_empty()).then(|| tags.join(", "))
        }
        Err(error) => Some(format!("can't be read: {error}")),
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn title(&mut self, title: &str) {
        self.0 += &harmless(title);
        self.0.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        self.0 += &format!("{heading}:\n");
    }

    fn line(&mut self, name: &str, value: impl Display) {
        let value = harmless(&value.to_string());
        // A String takes whatever is written to it.
        let _ = writeln!(self.0, "  {name:<WIDTH$} {value}");
    }

    fn each<T: Display>(&mut self, name: &str, values: impl IntoIterator<Item = T>) {
        for value in values {
            self.line(name, value);
        }
    }
}

/// Control characters as `\u{1b}`.
fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

const WIDTH: usize = 22;
