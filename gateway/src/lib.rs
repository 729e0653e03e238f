//! Who talks to whom? The `sidecam` gateway: SIP over WebSocket, UDP and TCP, a registrar, calls in
//! two legs, and the media between them.

pub mod bridge;
pub mod config;
pub mod edge;
mod gateway;
pub mod home;
pub mod lifecycle;
mod listening;
pub mod operate;
pub mod selftest;
pub mod server;
pub mod store;
pub mod switch;
pub mod tokens;

pub use gateway::Gateway;
pub use listening::Addresses;
