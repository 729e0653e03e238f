//! RFC 4579 §5.5, §5.6: what a REFER to the focus asks for.

use sip::message::{ReferTo, Request, Status, Text, Uri};

/// Whom it is about, and what is to be done.
#[derive(Debug, PartialEq, Eq)]
pub struct Wish {
    /// Without method and headers.
    pub uri: Uri,
    pub name: Option<Text>,
    pub act: Act,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Ask them to watch.
    Invite,
    /// They are not to watch any longer.
    Remove,
}

impl Wish {
    /// # Errors
    /// With what it is refused: there is not one Refer-To that can be read, its scheme is none that
    /// can be called, or it asks for a method that does neither.
    pub fn read(request: &Request) -> Result<Wish, Status> {
        if request.headers.get_all("Refer-To").count() != 1 {
            return Err(Status::BAD_REQUEST);
        }
        let Some(Ok(ReferTo(place))) = request.headers.typed::<ReferTo>() else {
            return Err(Status::BAD_REQUEST);
        };
        // A tel URI has no method parameter: the address' own says it.
        let own = place.params.get("method").map(str::to_owned);
        let (uri, method) = match place.uri {
            Uri::Other(_) => return Err(Status::UNSUPPORTED_URI_SCHEME),
            Uri::Tel(tel) => (Uri::Tel(tel), own),
            Uri::Sip(mut uri) => {
                let method = uri.params.get("method").map(|method| method.to_string());
                uri.params.remove("method");
                uri.headers = None;
                (Uri::Sip(uri), method.or(own))
            }
        };
        let act = match method.as_deref() {
            None => Act::Invite,
            Some(method) if method.eq_ignore_ascii_case("INVITE") => Act::Invite,
            Some(method) if method.eq_ignore_ascii_case("BYE") => Act::Remove,
            Some(_) => return Err(Status::DECLINE),
        };
        Ok(Wish {
            uri,
            name: place.display,
            act,
        })
    }
}
