//! RFC 8898 §2, RFC 6750 §2.1: who shows a token instead of a password. What is in the token is between
//! those who give it and those who take it; here it is a word.

use std::fmt;
use std::str::FromStr;

use crate::digest::Challenger;
use crate::message::{Header, Headers};

/// A token longer than that is none: it would fill a request.
pub const TOKEN_BYTES: usize = 1024;

/// What one Authorization or Proxy-Authorization of the scheme `Bearer` shows. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer(String);

/// It is none: another scheme, or characters that no token has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no bearer token")]
pub struct NoBearer;

impl Bearer {
    /// # Errors
    /// The word is empty, too long, or has characters that no token has.
    pub fn new(token: &str) -> Result<Bearer, NoBearer> {
        let bare = token.trim_end_matches('=');
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        match !bare.is_empty() && token.len() <= TOKEN_BYTES && bare.bytes().all(fits) {
            true => Ok(Bearer(token.to_owned())),
            false => Err(NoBearer),
        }
    }

    pub fn token(&self) -> &str {
        &self.0
    }

    /// Those that a message shows to whoever asks so.
    pub fn all(headers: &Headers, challenger: Challenger) -> impl Iterator<Item = Bearer> + '_ {
        headers
            .get_all(challenger.authorization_header())
            .filter_map(|value| value.parse().ok())
    }

    /// The header that shows it.
    pub fn header(&self, challenger: Challenger) -> Header {
        Header::fixed(
            challenger.authorization_header(),
            format!("Bearer {}", self.0),
        )
    }
}

/// What is asked of somebody whose token is not good, or not any more (RFC 6750 §3.1). Where to get
/// another is not said: whoever gave the first gives the next.
pub fn refused(realm: &str, challenger: Challenger) -> Header {
    Header::fixed(
        challenger.challenge_header(),
        format!("Bearer realm=\"{realm}\", error=\"invalid_token\""),
    )
}

impl FromStr for Bearer {
    type Err = NoBearer;

    fn from_str(value: &str) -> Result<Bearer, NoBearer> {
        let (scheme, rest) = value.split_once([' ', '\t']).ok_or(NoBearer)?;
        match scheme.eq_ignore_ascii_case("Bearer") {
            true => Bearer::new(rest.trim()),
            false => Err(NoBearer),
        }
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(…)")
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_token_is_read_whatever_the_case_of_its_scheme_and_nothing_else_is_one() {
        let long = format!("Bearer {}", "a".repeat(TOKEN_BYTES + 1));
        let cases = [
            ("Bearer sct.nina.AbC-_09", Some("sct.nina.AbC-_09")),
            ("bEARER  abc==", Some("abc==")),
            ("Bearer\tabc", Some("abc")),
            ("Bearer ", None),
            ("Bearer", None),
            ("Bearer =", None),
            ("Bearer a b", None),
            ("Bearer a=b", None),
            ("Bearer \"a\"", None),
            ("Digest username=\"a\"", None),
            (&long, None),
        ];
        for (value, expected) in cases {
            let read = value.parse::<Bearer>().ok();
            assert_eq!(read.as_ref().map(Bearer::token), expected, "{value}");
        }
    }

    #[test]
    fn a_token_is_written_as_it_is_read_and_never_printed() {
        let bearer = Bearer::new("sct.nina.abc").expect("a token");
        let header = bearer.header(Challenger::User);
        assert!(header.name.is("Authorization"));
        let value = header.value.as_str().expect("text");
        assert_eq!(value.parse(), Ok(bearer.clone()));
        assert!(!format!("{bearer:?}").contains("sct"));
    }
}
