//! RFC 3261 §20: the headers that have a type of their own, one a file.

mod call_id;
mod contact;
mod content_type;
mod cseq;
mod name;
mod name_addr;
mod via;

pub use call_id::CallId;
pub use contact::Contact;
pub use content_type::ContentType;
pub use cseq::CSeq;
pub use name::{Field, Header, Name};
pub use name_addr::NameAddr;
pub use via::{Via, ViaTransport};

pub(crate) use name::field;
