//! RFC 7315 §4.1: P-Associated-URI, the addresses that one registration made reachable.

use super::name_addr::NameAddr;
use super::typed::TypedHeader;
use crate::message::lex::{self, SyntaxError};
use std::fmt;
use std::str::FromStr;

/// The addresses of the one who registered, the default one first. An empty header says that there
/// are none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PAssociatedUri(pub Vec<NameAddr>);

impl TypedHeader for PAssociatedUri {
    const NAME: &'static str = "P-Associated-URI";

    fn join(&mut self, more: PAssociatedUri) -> Result<(), SyntaxError> {
        self.0.extend(more.0);
        Ok(())
    }
}

impl FromStr for PAssociatedUri {
    type Err = SyntaxError;

    /// # Errors
    /// One of them isn't an address.
    fn from_str(text: &str) -> Result<PAssociatedUri, SyntaxError> {
        if lex::trim(text).is_empty() {
            return Ok(PAssociatedUri(Vec::new()));
        }
        NameAddr::parse_list(text).map(PAssociatedUri)
    }
}

impl fmt::Display for PAssociatedUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::typed::write_list(f, &self.0, ", ")
    }
}
