//! Callers who do not want to be known: rule R7.6.

use super::calls::INVITE;
use super::script::Script;
use crate::phone::state::Share;

/// R7.6: whoever hides their number is nobody that one knows, whatever stands in their address.
#[test]
fn a_caller_who_is_hidden_is_nobody_one_knows() {
    for from in [
        "\"Anonymous\" <sip:anonymous@anonymous.invalid>",
        "\"Anonymous\" <sip:+99000001@anonymous.invalid;user=phone>",
    ] {
        let mut script = Script::signed_in();
        let invite = INVITE
            .replace("P-Asserted-Identity: <tel:+99000001>\n", "")
            .replace("\"Someone\" <sip:anna@home.example>", from);
        script.request(&invite);
        let state = script.state();
        let Share::Asked(peer) = &state.share else {
            panic!("{from}: {:?}", state.share);
        };
        assert_eq!(peer.number, None, "{from}");
        assert_eq!(peer.name.as_deref(), Some("Anonymous"), "{from}");
    }
}
