//! Whether the gateway takes new work: read by every edge, written by the loop alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A shared view of the gateway's stage.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    draining: Arc<AtomicBool>,
}

impl Lifecycle {
    pub fn is_ready(&self) -> bool {
        !self.draining.load(Ordering::Acquire)
    }

    /// From here on nothing new is taken.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }
}
