//! What do agents make of a bad network?
//!
//! A network in simulated time between any nodes that take and give SIP messages: links lose,
//! double, delay and reorder what a seed says, and connections are cut. Nothing in here opens a
//! socket, reads a clock or asks for a random number: the same seed is the same run, byte for
//! byte. What was sent is a ladder, and a [`Witness`] of the wire says which rule was broken.

mod chance;
mod network;
mod party;
mod run;
mod script;
mod weather;
mod witness;

pub use chance::Chance;
pub use network::{Input, LinkId, Network, Node, NodeId};
pub use party::{Act, Manners, Party, Subscription};
pub use run::{Report, play, replay, run, scene};
pub use script::{Cut, Scene};
pub use weather::Weather;
pub use witness::Witness;
