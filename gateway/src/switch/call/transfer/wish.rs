//! RFC 3515 §2.1, RFC 3891, RFC 4488 §4: what a REFER asks for.

use sip::message::{ReferTo, Replaces, Request, Status, Uri};

/// Whom to call, and who wants to hear of it.
#[derive(Debug)]
pub(super) struct Wish {
    /// Without method and headers.
    pub(super) uri: Uri,
    /// The dialog whose place the new call is to take.
    pub(super) replaces: Option<Replaces>,
    pub(super) news: News,
}

/// Whether the referrer is told what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    Wanted,
    /// `Refer-Sub: false`.
    Spared,
}

impl Wish {
    /// Reads a REFER. Headers of the Refer-To other than Replaces are passed over
    /// (RFC 3261 §19.1.5).
    ///
    /// # Errors
    /// With what it is refused: there is not one Refer-To that can be read, its scheme is none that
    /// can be called, or it asks for another method than INVITE.
    pub(super) fn read(request: &Request) -> Result<Wish, Status> {
        if request.headers.get_all("Refer-To").count() != 1 {
            return Err(Status::BAD_REQUEST);
        }
        let Some(Ok(ReferTo(place))) = request.headers.typed::<ReferTo>() else {
            return Err(Status::BAD_REQUEST);
        };
        let (uri, replaces) = match place.uri {
            Uri::Other(_) => return Err(Status::UNSUPPORTED_URI_SCHEME),
            Uri::Tel(tel) => (Uri::Tel(tel), None),
            Uri::Sip(mut uri) => {
                let method = uri.params.get("method");
                if method.is_some_and(|method| !method.eq_ignore_ascii_case("INVITE")) {
                    return Err(Status::DECLINE);
                }
                let named = uri.embedded_header("Replaces");
                let replaces = named.map(|named| named.parse()).transpose();
                let replaces = replaces.map_err(|_| Status::BAD_REQUEST)?;
                uri.params.remove("method");
                uri.headers = None;
                (Uri::Sip(uri), replaces)
            }
        };
        let spared = request.headers.get("Refer-Sub").is_some_and(|said| {
            let value = said.split(';').next().unwrap_or_default();
            value.trim().eq_ignore_ascii_case("false")
        });
        Ok(Wish {
            uri,
            replaces,
            news: match spared {
                true => News::Spared,
                false => News::Wanted,
            },
        })
    }
}
