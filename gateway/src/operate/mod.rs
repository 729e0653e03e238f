//! What an operator sees.

pub mod media;
pub mod metrics;
