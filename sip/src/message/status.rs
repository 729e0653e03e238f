//! RFC 3261 §7.2, §21: status codes and what they are usually called.

use std::fmt;

/// A status code, 100 to 699.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(u16);

impl Status {
    /// `None` if the code is not in 100..=699.
    pub const fn new(code: u16) -> Option<Status> {
        match code {
            100..=699 => Some(Status(code)),
            _ => None,
        }
    }

    pub const fn code(self) -> u16 {
        self.0
    }

    pub const fn is_provisional(self) -> bool {
        self.0 < 200
    }

    pub const fn is_success(self) -> bool {
        self.0 >= 200 && self.0 < 300
    }

    /// Not provisional: the transaction is answered (RFC 3261 §7.2).
    pub const fn is_final(self) -> bool {
        self.0 >= 200
    }

    /// 3xx to 6xx: the answer is no, or not here.
    pub const fn is_failure(self) -> bool {
        self.0 >= 300
    }

    /// The phrase the defining document gives; that of the class for a code without one.
    pub fn default_reason(self) -> &'static str {
        match REASONS.binary_search_by_key(&self.0, |row| row.0) {
            Ok(found) => REASONS[found].1,
            Err(_) => self.class_reason(),
        }
    }

    fn class_reason(self) -> &'static str {
        match self.0 / 100 {
            1 => "Progress",
            2 => "Success",
            3 => "Redirection",
            4 => "Request Failure",
            5 => "Server Failure",
            _ => "Global Failure",
        }
    }

    pub const TRYING: Status = Status(100);
    pub const RINGING: Status = Status(180);
    pub const CALL_IS_BEING_FORWARDED: Status = Status(181);
    pub const QUEUED: Status = Status(182);
    pub const SESSION_PROGRESS: Status = Status(183);
    pub const EARLY_DIALOG_TERMINATED: Status = Status(199);
    pub const OK: Status = Status(200);
    pub const ACCEPTED: Status = Status(202);
    pub const NO_NOTIFICATION: Status = Status(204);
    pub const MULTIPLE_CHOICES: Status = Status(300);
    pub const MOVED_PERMANENTLY: Status = Status(301);
    pub const MOVED_TEMPORARILY: Status = Status(302);
    pub const USE_PROXY: Status = Status(305);
    pub const ALTERNATIVE_SERVICE: Status = Status(380);
    pub const BAD_REQUEST: Status = Status(400);
    pub const UNAUTHORIZED: Status = Status(401);
    pub const PAYMENT_REQUIRED: Status = Status(402);
    pub const FORBIDDEN: Status = Status(403);
    pub const NOT_FOUND: Status = Status(404);
    pub const METHOD_NOT_ALLOWED: Status = Status(405);
    pub const NOT_ACCEPTABLE: Status = Status(406);
    pub const PROXY_AUTHENTICATION_REQUIRED: Status = Status(407);
    pub const REQUEST_TIMEOUT: Status = Status(408);
    pub const GONE: Status = Status(410);
    pub const CONDITIONAL_REQUEST_FAILED: Status = Status(412);
    pub const REQUEST_ENTITY_TOO_LARGE: Status = Status(413);
    pub const REQUEST_URI_TOO_LONG: Status = Status(414);
    pub const UNSUPPORTED_MEDIA_TYPE: Status = Status(415);
    pub const UNSUPPORTED_URI_SCHEME: Status = Status(416);
    pub const BAD_EXTENSION: Status = Status(420);
    pub const EXTENSION_REQUIRED: Status = Status(421);
    pub const SESSION_INTERVAL_TOO_SMALL: Status = Status(422);
    pub const INTERVAL_TOO_BRIEF: Status = Status(423);
    pub const USE_IDENTITY_HEADER: Status = Status(428);
    pub const FLOW_FAILED: Status = Status(430);
    pub const ANONYMITY_DISALLOWED: Status = Status(433);
    pub const FIRST_HOP_LACKS_OUTBOUND_SUPPORT: Status = Status(439);
    pub const TEMPORARILY_UNAVAILABLE: Status = Status(480);
    pub const CALL_DOES_NOT_EXIST: Status = Status(481);
    pub const LOOP_DETECTED: Status = Status(482);
    pub const TOO_MANY_HOPS: Status = Status(483);
    pub const ADDRESS_INCOMPLETE: Status = Status(484);
    pub const AMBIGUOUS: Status = Status(485);
    pub const BUSY_HERE: Status = Status(486);
    pub const REQUEST_TERMINATED: Status = Status(487);
    pub const NOT_ACCEPTABLE_HERE: Status = Status(488);
    pub const BAD_EVENT: Status = Status(489);
    pub const REQUEST_PENDING: Status = Status(491);
    pub const UNDECIPHERABLE: Status = Status(493);
    pub const SECURITY_AGREEMENT_REQUIRED: Status = Status(494);
    pub const SERVER_INTERNAL_ERROR: Status = Status(500);
    pub const NOT_IMPLEMENTED: Status = Status(501);
    pub const BAD_GATEWAY: Status = Status(502);
    pub const SERVICE_UNAVAILABLE: Status = Status(503);
    pub const SERVER_TIME_OUT: Status = Status(504);
    pub const VERSION_NOT_SUPPORTED: Status = Status(505);
    pub const MESSAGE_TOO_LARGE: Status = Status(513);
    pub const PRECONDITION_FAILURE: Status = Status(580);
    pub const BUSY_EVERYWHERE: Status = Status(600);
    pub const DECLINE: Status = Status(603);
    pub const DOES_NOT_EXIST_ANYWHERE: Status = Status(604);
    pub const NOT_ACCEPTABLE_ANYWHERE: Status = Status(606);
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Ordered by code.
const REASONS: [(u16, &str); 62] = [
    (100, "Trying"),
    (180, "Ringing"),
    (181, "Call Is Being Forwarded"),
    (182, "Queued"),
    (183, "Session Progress"),
    (199, "Early Dialog Terminated"),
    (200, "OK"),
    (202, "Accepted"),
    (204, "No Notification"),
    (300, "Multiple Choices"),
    (301, "Moved Permanently"),
    (302, "Moved Temporarily"),
    (305, "Use Proxy"),
    (380, "Alternative Service"),
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (402, "Payment Required"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (406, "Not Acceptable"),
    (407, "Proxy Authentication Required"),
    (408, "Request Timeout"),
    (410, "Gone"),
    (412, "Conditional Request Failed"),
    (413, "Request Entity Too Large"),
    (414, "Request-URI Too Long"),
    (415, "Unsupported Media Type"),
    (416, "Unsupported URI Scheme"),
    (420, "Bad Extension"),
    (421, "Extension Required"),
    (422, "Session Interval Too Small"),
    (423, "Interval Too Brief"),
    (428, "Use Identity Header"),
    (430, "Flow Failed"),
    (433, "Anonymity Disallowed"),
    (439, "First Hop Lacks Outbound Support"),
    (480, "Temporarily Unavailable"),
    (481, "Call/Transaction Does Not Exist"),
    (482, "Loop Detected"),
    (483, "Too Many Hops"),
    (484, "Address Incomplete"),
    (485, "Ambiguous"),
    (486, "Busy Here"),
    (487, "Request Terminated"),
    (488, "Not Acceptable Here"),
    (489, "Bad Event"),
    (491, "Request Pending"),
    (493, "Undecipherable"),
    (494, "Security Agreement Required"),
    (500, "Server Internal Error"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Server Time-out"),
    (505, "Version Not Supported"),
    (513, "Message Too Large"),
    (580, "Precondition Failure"),
    (600, "Busy Everywhere"),
    (603, "Decline"),
    (604, "Does Not Exist Anywhere"),
    (606, "Not Acceptable"),
];

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_code_has_its_own_reason_or_that_of_its_class() {
        assert!(REASONS.is_sorted_by_key(|row| row.0));
        assert_eq!(Status::BUSY_HERE.default_reason(), "Busy Here");
        let unknown = Status::new(499).expect("in range");
        assert_eq!(unknown.default_reason(), "Request Failure");
        assert_eq!(Status::new(99), None);
        assert_eq!(Status::new(700), None);
    }
}
