//! RFC 2046 §5.1.3, RFC 5621 §3.1: a body of several parts, written.

use super::{Body, ContentType};

/// A part to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixedPart {
    /// `kind/subtype`.
    pub content_type: &'static str,
    pub disposition: &'static str,
    pub bytes: Vec<u8>,
}

impl Body {
    /// `multipart/mixed` of these. `boundary` is to be in none of them: a random token.
    pub fn mixed(boundary: &str, parts: &[MixedPart]) -> Option<Body> {
        let content_type = format!("multipart/mixed;boundary=\"{boundary}\"");
        let content_type: ContentType = content_type.parse().ok()?;
        let mut bytes = Vec::new();
        for part in parts {
            let MixedPart {
                content_type,
                disposition,
                bytes: content,
            } = part;
            let head = format!(
                "--{boundary}\r\nContent-Type: {content_type}\r\n\
                 Content-Disposition: {disposition}\r\n\r\n"
            );
            bytes.extend_from_slice(head.as_bytes());
            bytes.extend_from_slice(content);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Some(Body::new(content_type, bytes))
    }
}
