//! RFC 3608 §5: Service-Route, the proxies that requests of a registered agent go through.

use super::name_addr::NameAddr;
use super::typed::list_header;

list_header! {
    /// The Route of every request outside a dialog, from the 2xx to REGISTER.
    ServiceRoute(NameAddr), "Service-Route"
}
