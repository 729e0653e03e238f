//! Content Security Policy Level 3, §6.4.2: whose pages may have the client inside. Those of the
//! operator's list, and only at the address that is made for it; all else is framed by nobody.

use axum::http::HeaderValue;

use crate::config::Origin;

/// The address of the client that is made to be inside another page.
const EMBEDDED: &str = "/embed";

/// The script by which another page takes it in.
pub const SCRIPT: &str = "/embed.js";

/// Scripts of our own and WebAssembly; pictures from memory; WebSockets to this host alone, which
/// 'self' covers (§6.7.2.8).
const CONTENT_SECURITY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; \
    connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors";

/// The policies, written once.
#[derive(Debug, Clone)]
pub struct Framing {
    alone: HeaderValue,
    inside: HeaderValue,
    origins: Vec<String>,
}

impl Framing {
    pub fn new(origins: &[Origin]) -> Framing {
        let origins: Vec<String> = origins.iter().map(Origin::to_string).collect();
        let policy = |ancestors: &str| {
            let text = format!("{CONTENT_SECURITY} {ancestors}");
            // An origin has no characters that a header has not; without a policy nobody frames us.
            HeaderValue::from_str(&text)
                .unwrap_or(HeaderValue::from_static("frame-ancestors 'none'"))
        };
        let alone = policy("'none'");
        let inside = match origins.is_empty() {
            true => alone.clone(),
            false => policy(&origins.join(" ")),
        };
        Framing {
            alone,
            inside,
            origins,
        }
    }

    /// The policy of what stands at that path.
    pub fn policy(&self, path: &str) -> HeaderValue {
        match path.trim_end_matches('/') == EMBEDDED {
            true => self.inside.clone(),
            false => self.alone.clone(),
        }
    }

    /// For the client, which speaks with these pages and no others. The policy tells as much.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn framing(origins: &str) -> Framing {
        let text = format!("[embedding]\norigins = {origins}\n");
        let file = Some((std::path::Path::new("t"), text.as_str()));
        Framing::new(
            &Config::read(file, std::iter::empty())
                .unwrap()
                .embedding
                .origins,
        )
    }

    fn ancestors(framing: &Framing, path: &str) -> String {
        let policy = framing.policy(path);
        let text = policy.to_str().unwrap();
        text.rsplit("; ").next().unwrap().to_owned()
    }

    #[test]
    fn only_the_listed_pages_have_the_client_inside_and_only_where_it_is_made_for_it() {
        let listed = framing("[\"https://CRM.example\", \"http://localhost:8090\"]");
        let both = "frame-ancestors https://crm.example http://localhost:8090";
        let cases = [
            ("/embed", both),
            ("/embed/", both),
            ("/", "frame-ancestors 'none'"),
            ("/index.html", "frame-ancestors 'none'"),
            ("/embed.js", "frame-ancestors 'none'"),
            ("/embedded", "frame-ancestors 'none'"),
            ("/api/v1/settings", "frame-ancestors 'none'"),
        ];
        for (path, expected) in cases {
            assert_eq!(ancestors(&listed, path), expected, "{path}");
        }
        assert_eq!(
            ancestors(&framing("[]"), "/embed"),
            "frame-ancestors 'none'"
        );
    }
}
