//! RFC 3261 §20: the headers that have a type of their own, one a file. Those of the first group are
//! fields of [`Headers`](super::Headers), the others are read on demand by
//! [`Headers::typed`](super::Headers::typed).

mod call_id;
mod contact;
mod content_type;
mod cseq;
mod known;
mod name;
mod name_addr;
mod typed;
mod via;

mod caller_preferences;
mod date;
mod event;
mod feature;
mod max_breadth;
mod p_access_network_info;
mod p_associated_uri;
mod p_charging;
mod p_identity;
mod p_visited_network_id;
mod path;
mod privacy;
mod reason;
mod refer;
mod replaces;
mod retry_after;
mod rseq;
mod security;
mod service_route;
mod session_expires;
mod subscription_state;
mod warning;

pub use call_id::CallId;
pub use contact::Contact;
pub use content_type::ContentType;
pub use cseq::CSeq;
pub use name::{Field, Header, Name};
pub use name_addr::NameAddr;
pub use typed::TypedHeader;
pub use via::{Via, ViaTransport};

pub use caller_preferences::{AcceptContact, RejectContact, Wish};
pub use date::Date;
pub use event::Event;
pub use feature::{Feature, FeatureIs, FeatureNumber, FeatureValue, Features};
pub use max_breadth::MaxBreadth;
pub use p_access_network_info::{AccessNetwork, PAccessNetworkInfo};
pub use p_associated_uri::PAssociatedUri;
pub use p_charging::{PChargingFunctionAddresses, PChargingVector};
pub use p_identity::{PAssertedIdentity, PPreferredIdentity};
pub use p_visited_network_id::{PVisitedNetworkId, VisitedNetwork};
pub use path::Path;
pub use privacy::Privacy;
pub use reason::{Reason, Reasons};
pub use refer::{ReferTo, ReferredBy};
pub use replaces::Replaces;
pub use retry_after::RetryAfter;
pub use rseq::{RAck, RSeq};
pub use security::{Mechanism, SecurityClient, SecurityServer, SecurityVerify};
pub use service_route::ServiceRoute;
pub use session_expires::{MinSe, Refresher, SessionExpires};
pub use subscription_state::{SubscriptionState, Substate};
pub use warning::{Warning, Warnings};

pub(crate) use known::Known;
pub(crate) use name::field;
