//! The headers that are read on demand: what they say, that they read as they were written, and
//! what is refused.

mod calls;
mod ims;
// The generator of cases is native.
#[cfg(not(target_arch = "wasm32"))]
mod properties;

use sip::message::{CSeq, CallId, Headers, Method, NameAddr, SyntaxError, TypedHeader};
use std::fmt::Debug;

pub fn headers(lines: &[(&'static str, &str)]) -> Headers {
    let address: NameAddr = "<sip:a@example.com>".parse().expect("an address");
    let call_id: CallId = "1".parse().expect("a Call-ID");
    let cseq = CSeq::new(1, Method::Invite);
    let mut headers = Headers::new(address.clone(), address, call_id, cseq);
    for (name, value) in lines {
        headers.push(name, *value);
    }
    headers
}

/// Reads a value, also by the header's name in another case, and checks that it is written as
/// given.
pub fn reads<T: TypedHeader + Debug + PartialEq>(value: &str) -> T {
    let read: T = value
        .parse()
        .unwrap_or_else(|error| panic!("{value}: {error}"));
    assert_eq!(read.to_string(), value);
    assert_eq!(headers(&[(T::NAME, value)]).typed::<T>(), Some(Ok(read)));
    value.parse().expect("as before")
}

pub fn refuses<T: TypedHeader + Debug + PartialEq>(value: &str, error: SyntaxError) {
    assert_eq!(value.parse::<T>(), Err(error), "{value}");
    assert_eq!(headers(&[(T::NAME, value)]).typed::<T>(), Some(Err(error)));
}
