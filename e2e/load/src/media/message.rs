//! Reading SIP messages (RFC 3261 §7) that are well formed, and answering requests.

/// A header's first value, by its long name.
pub fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    headers(message, name).next()
}

/// All values of a header, in their order.
pub fn headers<'a>(message: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let name = name.to_owned();
    head(message).lines().skip(1).filter_map(move |line| {
        let (found, value) = line.split_once(':')?;
        found
            .trim()
            .eq_ignore_ascii_case(&name)
            .then(|| value.trim())
    })
}

pub fn body(message: &str) -> &str {
    message.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// The method of a request; `None` for a response.
pub fn method(message: &str) -> Option<&str> {
    let word = message.split(' ').next()?;
    (word != "SIP/2.0" && word.chars().all(|letter| letter.is_ascii_uppercase())).then_some(word)
}

/// The status of a response.
pub fn status(message: &str) -> Option<u16> {
    message.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

/// The URI between angle brackets, or all of it where there are none.
pub fn uri(value: &str) -> &str {
    match value.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or(rest),
        None => value.split(';').next().unwrap_or(value),
    }
}

/// A response to a request: everything that says which dialog it is of comes back as it was
/// (RFC 3261 §8.2.6).
pub fn response(request: &str, status: &str, tag: &str, more: &str, body: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for name in ["Via", "Record-Route", "From", "Call-ID", "CSeq"] {
        for value in headers(request, name) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    let to = header(request, "To").unwrap_or_default();
    let tag = if to.contains(";tag=") {
        String::new()
    } else {
        format!(";tag={tag}")
    };
    text.push_str(&format!("To: {to}{tag}\r\n{more}"));
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    text
}

fn head(message: &str) -> &str {
    message.split("\r\n\r\n").next().unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_belongs_to_its_request() {
        let request = "BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=1\r\nVia: y\r\n\
            From: <sip:f@d>;tag=1\r\nTo: \"T\" <sip:t@d>\r\nCall-ID: c\r\nCSeq: 2 BYE\r\n\r\n";
        assert_eq!(method(request), Some("BYE"));
        assert_eq!(uri(header(request, "to").unwrap()), "sip:t@d");
        let response = response(request, "200 OK", "mine", "", "");
        assert_eq!(status(&response), Some(200));
        assert_eq!(headers(&response, "Via").count(), 2);
        assert_eq!(header(&response, "To"), Some("\"T\" <sip:t@d>;tag=mine"));
        assert_eq!(method(&response), None);
    }
}
