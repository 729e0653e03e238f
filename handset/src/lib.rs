//! How does an IMS handset behave?
//!
//! A scriptable peer with SIP over UDP and plain RTP, one profile for each model. It does not use
//! the `sip` crate on purpose: two independent readers, so that one misreading cannot cancel itself
//! out at both ends.
//!
//! `agent` (signalling) and `leg` (media of a call) are cores without sockets and clocks; `phone`
//! carries out what they ask for, `run` is the loop, `page` what a person sees.

mod agent;
mod audio;
pub mod describe;
mod ids;
mod leg;
mod offer;
mod options;
mod page;
mod phone;
mod png_file;
mod ports;
mod profile;
mod run;
mod screen;
mod sdp;
mod sip;
mod source;
mod status;
mod voice;

pub use agent::{Company, OnInvite};
pub use offer::Refusal;
pub use options::{Action, Confirm, Options};
pub use page::Ask;
pub use profile::model::{Assumed, By, Match, Model, Models, Signs, Treat};
pub use profile::{ProfileError, Wrong};
pub use run::{Ready, run, run_asked, run_until};
pub use source::{PatternText, Send};
pub use status::{Receive, Sent, Status};
