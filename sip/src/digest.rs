//! RFC 7616, RFC 8760: Digest authentication.

use std::fmt;

/// Who we are and what proves it.
#[derive(Clone)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

/// Says nothing of the password.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}
