//! RFC 3325 §9.1, §9.2: who the network says it is (P-Asserted-Identity), and who an agent would
//! like the network to say it is (P-Preferred-Identity).

use super::name_addr::NameAddr;
use super::typed::list_header;

list_header! {
    /// At most a `sip:` and a `tel:` address; only what a trusted element sent may be believed.
    PAssertedIdentity(NameAddr), "P-Asserted-Identity"
}

list_header! {
    /// At most a `sip:` and a `tel:` address, as an agent asks its own proxy for.
    PPreferredIdentity(NameAddr), "P-Preferred-Identity"
}
