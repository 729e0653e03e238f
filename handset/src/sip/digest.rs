//! RFC 3261 §22 and RFC 8760: the client's side of Digest. Written here because `rsip` 0.4 spells
//! the algorithm `SHA256` and loses a list of `qop` values.

use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::{message::Message, text};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum Algorithm {
    #[serde(rename = "MD5")]
    Md5,
    #[serde(rename = "SHA-256")]
    Sha256,
}

/// What the handset proves itself with. `Debug` does not show the password.
#[derive(Clone)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// "Authorization" for a registrar's challenge, "Proxy-Authorization" for a proxy's.
    pub answer_in: &'static str,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    quality: bool,
}

impl Challenge {
    /// The first challenge of a 401 or 407 that we can answer, in the server's order of preference
    /// (RFC 8760 §2.4); `known` are the algorithms this model has.
    pub fn pick(response: &Message, known: &[Algorithm]) -> Option<Self> {
        let fields = [
            ("WWW-Authenticate", "Authorization"),
            ("Proxy-Authenticate", "Proxy-Authorization"),
        ];
        fields.iter().find_map(|(name, answer_in)| {
            response
                .fields
                .iter()
                .filter(|field| field.name.eq_ignore_ascii_case(name))
                .filter_map(|field| Self::read(&field.value, answer_in))
                .find(|challenge| known.contains(&challenge.algorithm))
        })
    }

    fn read(value: &str, answer_in: &'static str) -> Option<Self> {
        let (scheme, parameters) = value.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let find = |name: &str| {
            text::split_outside(parameters, ',')
                .into_iter()
                .find_map(|part| {
                    let (key, value) = part.split_once('=')?;
                    let value = value.trim().trim_matches('"').to_owned();
                    key.trim().eq_ignore_ascii_case(name).then_some(value)
                })
        };
        let algorithm = match find("algorithm") {
            None => Algorithm::Md5,
            Some(name) if name.eq_ignore_ascii_case("MD5") => Algorithm::Md5,
            Some(name) if name.eq_ignore_ascii_case("SHA-256") => Algorithm::Sha256,
            Some(_) => return None,
        };
        let quality = find("qop");
        let offers_auth = quality.as_deref().is_some_and(|list| {
            list.split(',')
                .any(|one| one.trim().eq_ignore_ascii_case("auth"))
        });
        if quality.is_some() && !offers_auth {
            return None;
        }
        Some(Self {
            answer_in,
            realm: find("realm")?,
            nonce: find("nonce")?,
            opaque: find("opaque"),
            algorithm,
            quality: offers_auth,
        })
    }

    /// The value of the Authorization or Proxy-Authorization header. `uses` counts the uses of this
    /// nonce, the present one included.
    pub fn answer(
        &self,
        credentials: &Credentials,
        method: &str,
        uri: &str,
        client_nonce: &str,
        uses: u32,
    ) -> String {
        let Self { realm, nonce, .. } = self;
        let Credentials { username, password } = credentials;
        let a1 = self.hash(&format!("{username}:{realm}:{password}"));
        let a2 = self.hash(&format!("{method}:{uri}"));
        let (response, quality) = if self.quality {
            let middle = format!("{nonce}:{uses:08x}:{client_nonce}:auth");
            (
                self.hash(&format!("{a1}:{middle}:{a2}")),
                format!(", qop=auth, nc={uses:08x}, cnonce=\"{client_nonce}\""),
            )
        } else {
            (self.hash(&format!("{a1}:{nonce}:{a2}")), String::new())
        };
        let algorithm = match self.algorithm {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        };
        let opaque = self
            .opaque
            .as_ref()
            .map(|opaque| format!(", opaque=\"{opaque}\""))
            .unwrap_or_default();
        format!(
            "Digest username=\"{username}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
             response=\"{response}\", algorithm={algorithm}{quality}{opaque}"
        )
    }

    fn hash(&self, text: &str) -> String {
        match self.algorithm {
            Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
            Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenged(lines: &str) -> Message {
        let text = format!(
            "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP h;branch=z\r\nFrom: <sip:a>;tag=1\r\n\
             To: <sip:a>;tag=2\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n{lines}\r\n"
        );
        Message::read(text.as_bytes()).unwrap()
    }

    const BOTH: [Algorithm; 2] = [Algorithm::Md5, Algorithm::Sha256];

    // RFC 7616 §3.9.1, whose method is GET.
    #[test]
    fn the_example_of_rfc_7616_comes_out() {
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let credentials = Credentials {
            username: "Mufasa".into(),
            password: "Circle of Life".into(),
        };
        let cases = [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ];
        for (algorithm, response) in cases {
            let message = challenged(&format!(
                "WWW-Authenticate: Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
                 algorithm={algorithm}, nonce=\"{nonce}\", opaque=\"o\"\r\n"
            ));
            let challenge = Challenge::pick(&message, &BOTH).unwrap();
            let answer = challenge.answer(&credentials, "GET", "/dir/index.html", cnonce, 1);
            assert!(answer.contains(response), "{algorithm}: {answer}");
            assert!(
                answer.contains("nc=00000001") && answer.contains("opaque=\"o\""),
                "{answer}"
            );
        }
    }

    #[test]
    fn the_servers_first_choice_that_we_know_wins() {
        let message = challenged(
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", algorithm=AKAv1-MD5\r\n\
             WWW-Authenticate: Digest realm=\"r\", nonce=\"2\", algorithm=SHA-256, qop=\"auth\"\r\n\
             WWW-Authenticate: Digest realm=\"r\", nonce=\"3\"\r\n",
        );
        let nonce = |known: &[Algorithm]| Challenge::pick(&message, known).map(|c| c.nonce);
        assert_eq!(nonce(&BOTH).as_deref(), Some("2"));
        assert_eq!(nonce(&[Algorithm::Md5]).as_deref(), Some("3"));
        assert_eq!(nonce(&[]), None);
    }
}
