//! A media worker on its own: many calls over loopback, with str0m as their browsers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod allocations;
mod browser;
mod openssl;
mod passing;
mod strangers;
mod worker;
