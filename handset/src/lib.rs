//! How does an IMS handset behave?
//!
//! A scriptable peer with SIP over UDP and plain RTP, one profile for each model. It does not use
//! the `sip` crate on purpose: two independent readers, so that one misreading cannot cancel itself
//! out at both ends.

mod ids;
mod offer;
mod profile;
mod sdp;
mod sip;
mod agent;
