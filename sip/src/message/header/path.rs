//! RFC 3327 §4: Path, the proxies that requests to a registered address go through.

use super::name_addr::NameAddr;
use super::typed::list_header;

list_header! {
    /// The proxies between the registrar and the one who registered, in the order a request takes.
    Path(NameAddr), "Path"
}
