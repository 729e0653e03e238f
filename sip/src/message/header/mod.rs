//! RFC 3261 §20: the headers that have a type of their own, one a file. Those of the first group are
//! fields of [`Headers`](super::Headers), the others are read on demand by
//! [`Headers::typed`](super::Headers::typed).

mod call_id;
mod contact;
mod content_type;
mod cseq;
mod name;
mod name_addr;
mod typed;
mod via;

mod event;
mod p_associated_uri;
mod path;
mod refer;
mod replaces;
mod rseq;
mod service_route;
mod session_expires;
mod subscription_state;

pub use call_id::CallId;
pub use contact::Contact;
pub use content_type::ContentType;
pub use cseq::CSeq;
pub use name::{Field, Header, Name};
pub use name_addr::NameAddr;
pub use typed::TypedHeader;
pub use via::{Via, ViaTransport};

pub use event::Event;
pub use p_associated_uri::PAssociatedUri;
pub use path::Path;
pub use refer::{ReferTo, ReferredBy};
pub use replaces::Replaces;
pub use rseq::{RAck, RSeq};
pub use service_route::ServiceRoute;
pub use session_expires::{MinSe, Refresher, SessionExpires};
pub use subscription_state::{SubscriptionState, Substate};

pub(crate) use name::field;
