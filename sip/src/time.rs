//! The types of time this crate is told about: std's natively, the page's clock in a browser.
//! Nothing in here asks what time it is.

pub use std::time::Duration;
pub use web_time::Instant;
