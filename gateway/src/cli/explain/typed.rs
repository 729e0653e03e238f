//! The headers of extensions that are understood.

use sip::message::{
    AcceptContact, Date, Event, Headers, MaxBreadth, MinSe, PAccessNetworkInfo, PAssertedIdentity,
    PAssociatedUri, PChargingFunctionAddresses, PChargingVector, PPreferredIdentity,
    PVisitedNetworkId, Path, Privacy, RAck, RSeq, Reasons, ReferTo, ReferredBy, RejectContact,
    Replaces, RetryAfter, SecurityClient, SecurityServer, SecurityVerify, ServiceRoute,
    SessionExpires, SubscriptionState, SyntaxError, TypedHeader, Warnings,
};

/// One that a message has: its name, and what it says as we would write it.
pub struct Typed {
    pub name: &'static str,
    pub value: Result<String, SyntaxError>,
}

/// Those that a message has, by name.
pub fn found(headers: &Headers) -> impl Iterator<Item = Typed> {
    KNOWN.iter().filter_map(|known| {
        let value = (known.read)(headers)?;
        Some(Typed {
            name: known.name,
            value,
        })
    })
}

pub fn is_known(name: &sip::message::Name) -> bool {
    KNOWN.iter().any(|known| name.is(known.name))
}

struct Known {
    name: &'static str,
    read: fn(&Headers) -> Option<Result<String, SyntaxError>>,
}

const fn known<T: TypedHeader>() -> Known {
    Known {
        name: T::NAME,
        read: |headers| Some(headers.typed::<T>()?.map(|header| header.to_string())),
    }
}

const KNOWN: [Known; 29] = [
    known::<AcceptContact>(),
    known::<Date>(),
    known::<Event>(),
    known::<MaxBreadth>(),
    known::<MinSe>(),
    known::<PAccessNetworkInfo>(),
    known::<PAssertedIdentity>(),
    known::<PAssociatedUri>(),
    known::<PChargingFunctionAddresses>(),
    known::<PChargingVector>(),
    known::<PPreferredIdentity>(),
    known::<PVisitedNetworkId>(),
    known::<Path>(),
    known::<Privacy>(),
    known::<RAck>(),
    known::<RSeq>(),
    known::<Reasons>(),
    known::<ReferTo>(),
    known::<ReferredBy>(),
    known::<RejectContact>(),
    known::<Replaces>(),
    known::<RetryAfter>(),
    known::<SecurityClient>(),
    known::<SecurityServer>(),
    known::<SecurityVerify>(),
    known::<ServiceRoute>(),
    known::<SessionExpires>(),
    known::<SubscriptionState>(),
    known::<Warnings>(),
];
