//! RFC 3261 §7.3.1, §20: what a header without a field says, read when it is asked for.

use crate::message::lex::{self, SyntaxError};
use crate::message::params::Params;
use std::fmt::Display;
use std::str::FromStr;

/// A header that [`Headers`](crate::message::Headers) keeps as it came and reads on demand:
/// `headers.typed::<Path>()`. What is written by `Display` is read by `FromStr` as the same.
pub trait TypedHeader: Display + FromStr<Err = SyntaxError> {
    /// The long form; the compact one is found as well.
    const NAME: &'static str;

    /// Adds what another line of the same header says. A list takes it at its end.
    ///
    /// # Errors
    /// The header may be there once only, as most may.
    fn join(&mut self, _more: Self) -> Result<(), SyntaxError> {
        Err(SyntaxError::Twice)
    }
}

/// Splits a value from the parameters that follow it.
pub(super) fn value_and_params(text: &str) -> Result<(&str, Params), SyntaxError> {
    let end = lex::find_outside(text, 0, |byte| byte == b';')?.unwrap_or(text.len());
    Ok((lex::trim(&text[..end]), Params::parse(&text[end..])?))
}

/// Reads a comma-separated list of whatever can be read.
pub(super) fn list<T: FromStr<Err = SyntaxError>>(text: &str) -> Result<Vec<T>, SyntaxError> {
    lex::split(text, b',')?
        .into_iter()
        .map(str::parse)
        .collect()
}

/// A header that is a comma-separated list, over any number of lines.
macro_rules! list_header {
    ($(#[$doc:meta])* $type:ident($element:ty), $name:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $type(pub Vec<$element>);

        impl $crate::message::header::TypedHeader for $type {
            const NAME: &'static str = $name;

            fn join(&mut self, more: $type) -> Result<(), $crate::message::lex::SyntaxError> {
                self.0.extend(more.0);
                Ok(())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::message::lex::SyntaxError;

            /// # Errors
            /// One of the list is wrong, or a place in it is empty.
            fn from_str(text: &str) -> Result<$type, Self::Err> {
                $crate::message::header::typed::list(text).map($type)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::message::header::typed::write_list(f, &self.0, ", ")
            }
        }
    };
}
pub(super) use list_header;

pub(super) fn write_list<T: Display>(
    f: &mut std::fmt::Formatter<'_>,
    list: &[T],
    separator: &str,
) -> std::fmt::Result {
    for (index, element) in list.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        element.fmt(f)?;
    }
    Ok(())
}
