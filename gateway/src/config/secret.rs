//! What a machine shows us to be heard (RFC 6750 §2.1): the only line of a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A shorter one could be guessed by who tries for years.
const CHARACTERS: usize = 32;

/// More than that is none.
const FILE_BYTES: u64 = 4096;

/// Never written anywhere.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why there is none. `key` is the setting that names the file.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{key}: {}: {error}\n    next step: name a file that can be read", path.display())]
    Unreadable {
        key: &'static str,
        path: PathBuf,
        error: std::io::Error,
    },
    #[error(
        "{key}: {} has no token of {CHARACTERS} or more letters, digits and -._~+/=\n    \
         next step: write one there, such as what `openssl rand -hex 32` prints",
        path.display()
    )]
    NoToken { key: &'static str, path: PathBuf },
}

impl Secret {
    /// # Errors
    /// The file cannot be read, or what stands there is no token.
    pub(super) fn read(key: &'static str, path: &Path) -> Result<Secret, SecretError> {
        let unreadable = |error| SecretError::Unreadable {
            key,
            path: path.to_owned(),
            error,
        };
        let length = std::fs::metadata(path).map_err(unreadable)?.len();
        let text = match length <= FILE_BYTES {
            true => std::fs::read_to_string(path).map_err(unreadable)?,
            false => String::new(),
        };
        Secret::of(text.trim()).ok_or_else(|| SecretError::NoToken {
            key,
            path: path.to_owned(),
        })
    }

    /// RFC 6750 §2.1: the characters of a bearer token.
    fn of(text: &str) -> Option<Secret> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        (text.len() >= CHARACTERS && text.bytes().all(fits)).then(|| Secret(Arc::from(text)))
    }

    /// Whether that is it, in the same time wherever the two differ.
    pub fn is(&self, shown: &str) -> bool {
        use subtle::ConstantTimeEq;
        self.0.as_bytes().ct_eq(shown.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_token_is_long_and_has_no_blanks() {
        let long = "0123456789abcdef0123456789abcdef";
        for (text, expected) in [
            (long, true),
            (&long[1..], false),
            ("", false),
            ("0123456789abcdef 0123456789abcdef", false),
        ] {
            assert_eq!(Secret::of(text).is_some(), expected, "{text:?}");
        }
        let secret = Secret::of(long).unwrap();
        assert!(secret.is(long));
        assert!(!secret.is(&long[1..]));
        assert!(!format!("{secret:?}").contains("0123"));
    }
}
