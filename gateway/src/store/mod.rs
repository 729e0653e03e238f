//! What outlives the program: subscribers and bindings, in SQLite.
//!
//! The loop never waits for a disk: it sends an [`Order`] to a task of the store's own, and what
//! the disk said comes back as a wake.

mod sqlite;

use std::net::SocketAddr;
use std::time::Duration;

use sip::digest::Ha1;
use tokio::sync::mpsc;

pub use sqlite::{Sqlite, StoreError};

/// Someone who may register here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// User part of the address and Digest user name, in lower case.
    pub name: String,
    /// E.164 with its plus.
    pub number: String,
    /// What others see.
    pub display: String,
    pub realm: String,
    /// What Digest needs of the password, which itself is kept nowhere.
    pub ha1: Ha1,
}

/// Where a device without a connection of its own can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBinding {
    pub name: String,
    /// The Contact's value as it was registered.
    pub contact: String,
    /// Where the REGISTER came from.
    pub received: SocketAddr,
    pub call_id: String,
    pub cseq: u32,
    /// How long it still stands.
    pub expires_in: Duration,
}

/// Names the question that an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What the loop asks of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// The subscriber of that name as the disk has it now.
    Find {
        ticket: Ticket,
        name: String,
    },
    /// Adds the binding or replaces the one with the same contact.
    Keep(StoredBinding),
    Forget {
        name: String,
        contact: String,
    },
}

/// What the store answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    Found {
        ticket: Ticket,
        subscriber: Option<Subscriber>,
    },
    /// The disk did not answer, or too many questions were waiting.
    Failed { ticket: Ticket },
    /// All subscribers, after somebody changed them.
    Subscribers(Vec<Subscriber>),
}

/// Orders that may wait. A disk that is this far behind will not catch up within a transaction's 32 s.
pub const ORDERS_WAITING: usize = 1024;

/// How often a change made by another program, such as `sidecam user add`, is looked for.
const LOOK_FOR_CHANGES: Duration = Duration::from_secs(1);

/// Carries out orders one after another until the loop drops its end, then returns: everything
/// that was ordered is on disk.
pub async fn run(store: Sqlite, mut orders: mpsc::Receiver<Order>, answer: impl AsyncFn(Stored)) {
    let mut seen = store.revision().await.unwrap_or_default();
    let mut look = tokio::time::interval(LOOK_FOR_CHANGES);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => carry_out(&store, order, &answer).await,
                None => return,
            },
            _ = look.tick() => {
                if let Err(error) = look_for_changes(&store, &mut seen, &answer).await {
                    tracing::warn!(%error, "subscribers could not be read");
                }
            }
        }
    }
}

async fn look_for_changes(
    store: &Sqlite,
    seen: &mut i64,
    answer: &impl AsyncFn(Stored),
) -> Result<(), StoreError> {
    let revision = store.revision().await?;
    if revision != *seen {
        answer(Stored::Subscribers(store.subscribers().await?)).await;
        *seen = revision;
    }
    Ok(())
}

async fn carry_out(store: &Sqlite, order: Order, answer: &impl AsyncFn(Stored)) {
    match order {
        Order::Find { ticket, name } => match store.subscriber(&name).await {
            Ok(subscriber) => answer(Stored::Found { ticket, subscriber }).await,
            Err(error) => {
                tracing::error!(%error, "a subscriber could not be read");
                answer(Stored::Failed { ticket }).await;
            }
        },
        Order::Keep(binding) => {
            if let Err(error) = store.keep(&binding).await {
                tracing::error!(%error, "a binding could not be written; it will not survive a restart");
            }
        }
        Order::Forget { name, contact } => {
            if let Err(error) = store.forget(&name, &contact).await {
                tracing::error!(%error, "a binding could not be removed");
            }
        }
    }
}
