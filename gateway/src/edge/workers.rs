//! Which media worker has which call: a new one goes to the worker with the fewest, and stays, so that
//! its packets change no threads.

use std::collections::HashMap;

use super::media_worker::MediaWorker;
use crate::bridge::{BridgeCommand, BridgeId, Step};

/// All media workers.
pub struct Workers {
    workers: Vec<MediaWorker>,
    seats: Seats,
}

impl Workers {
    pub fn new(workers: Vec<MediaWorker>) -> Workers {
        let seats = Seats::new(workers.len());
        Workers { workers, seats }
    }

    /// Hands a command to the worker of its call.
    pub async fn send(&mut self, bridge: BridgeId, command: BridgeCommand) {
        let index = match &command {
            BridgeCommand::Close => self.seats.leave(bridge),
            BridgeCommand::Beside(other) => self.seats.sit_beside(bridge, *other),
            BridgeCommand::OpenPlain { .. }
            | BridgeCommand::Apply(Step::WebAnswer { .. } | Step::WebOffer { .. }) => {
                self.seats.take(bridge)
            }
            // The worker of a call that is over is not known any more.
            BridgeCommand::Tell { near, reply } => {
                for worker in &self.workers {
                    let (near, reply) = (*near, reply.clone());
                    let tell = BridgeCommand::Tell { near, reply };
                    worker.send(bridge, tell).await;
                }
                return;
            }
            // What comes after a call's end must not begin it anew.
            BridgeCommand::Apply(_) => self.seats.find(bridge),
        };
        match index.and_then(|index| self.workers.get(index)) {
            Some(worker) => worker.send(bridge, command).await,
            None => tracing::debug!(bridge = bridge.0, "no media worker has this call"),
        }
    }
}

/// Who sits where. An entry is there from a call's first command to its close.
#[derive(Debug, Default)]
struct Seats {
    taken: Vec<usize>,
    by_bridge: HashMap<BridgeId, usize>,
}

impl Seats {
    fn new(workers: usize) -> Seats {
        Seats {
            taken: vec![0; workers],
            by_bridge: HashMap::new(),
        }
    }

    /// The call's worker.
    fn find(&self, bridge: BridgeId) -> Option<usize> {
        self.by_bridge.get(&bridge).copied()
    }

    /// The same; a new call sits down with the one that has fewest.
    fn take(&mut self, bridge: BridgeId) -> Option<usize> {
        if let Some(index) = self.find(bridge) {
            return Some(index);
        }
        let numbered = self.taken.iter().enumerate();
        let (index, _) = numbered.min_by_key(|(_, taken)| **taken)?;
        self.taken[index] += 1;
        self.by_bridge.insert(bridge, index);
        Some(index)
    }

    /// A new call sits down with another one; by itself, if that one is gone.
    fn sit_beside(&mut self, bridge: BridgeId, other: BridgeId) -> Option<usize> {
        let Some(index) = self.find(other) else {
            return self.take(bridge);
        };
        if let Some(before) = self.by_bridge.insert(bridge, index) {
            self.taken[before] -= 1;
        }
        self.taken[index] += 1;
        Some(index)
    }

    /// The worker of a call that is over.
    fn leave(&mut self, bridge: BridgeId) -> Option<usize> {
        let index = self.by_bridge.remove(&bridge)?;
        self.taken[index] -= 1;
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_stays_with_its_worker_and_a_new_one_goes_where_fewest_are() {
        let mut seats = Seats::new(3);
        let found: Vec<_> = (0..6).map(|call| seats.take(BridgeId(call))).collect();
        assert_eq!(found, [0, 1, 2, 0, 1, 2].map(Some));
        assert_eq!(seats.leave(BridgeId(1)), Some(1));
        assert_eq!(seats.leave(BridgeId(4)), Some(1));
        assert_eq!(seats.find(BridgeId(3)), Some(0), "it stays");
        assert_eq!(seats.take(BridgeId(6)), Some(1));
        assert_eq!(seats.take(BridgeId(7)), Some(1));
    }

    #[test]
    fn who_watches_sits_with_whom_it_watches() {
        let mut seats = Seats::new(3);
        seats.take(BridgeId(0));
        seats.take(BridgeId(1));
        assert_eq!(seats.sit_beside(BridgeId(2), BridgeId(1)), Some(1));
        assert_eq!(seats.take(BridgeId(2)), Some(1), "it stays");
        assert_eq!(seats.sit_beside(BridgeId(3), BridgeId(9)), Some(2));
        assert_eq!(seats.taken, [1, 2, 1]);
    }

    #[test]
    fn nothing_is_kept_of_calls_that_are_over_or_never_were() {
        let mut seats = Seats::new(2);
        seats.take(BridgeId(1));
        seats.leave(BridgeId(1));
        assert_eq!(seats.leave(BridgeId(1)), None);
        assert_eq!(seats.leave(BridgeId(2)), None);
        assert_eq!(seats.find(BridgeId(1)), None);
        assert_eq!((seats.taken, seats.by_bridge.len()), (vec![0, 0], 0));
    }
}
