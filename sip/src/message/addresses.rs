//! RFC 3261 §20.10, §20.30, §20.34: the addresses of Contact, Record-Route and Route, checked when
//! their message is read and made into types when somebody asks for them.

use super::header::NameAddr;
use super::on_demand::{OnDemand, Source};
use super::plain;
use std::ops::Range;
use std::sync::Arc;

/// Addresses of a header that is a list, over all of its lines.
pub type Addresses = OnDemand<ReadAddresses>;

/// Where in a head the values of one header are, all of which [`plain::addresses`] has seen.
#[derive(Clone)]
pub struct ReadAddresses {
    /// UTF-8.
    head: Arc<[u8]>,
    places: [Range<u32>; MOST],
    count: usize,
}

impl Addresses {
    /// Takes in what a line of the head, which is UTF-8, says there. False where it is not written
    /// so plainly, or there are too many; nothing is taken then.
    pub(crate) fn take(&mut self, head: Arc<[u8]>, line: Range<usize>) -> bool {
        let Some(source) = self.source_mut() else {
            return false;
        };
        let mut read = match source.take() {
            Some(read) => read,
            None => ReadAddresses {
                head,
                places: [const { 0..0 }; MOST],
                count: 0,
            },
        };
        let count = read.count;
        let head = Arc::clone(&read.head);
        let taken = plain::addresses(&head, line, |place| read.push(place));
        if !taken {
            read.count = count;
        }
        *source = (read.count > 0).then_some(read);
        taken
    }
}

impl ReadAddresses {
    /// As they came, one after the other.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.places[..self.count]
            .iter()
            .map(|place| &self.head[place.start as usize..place.end as usize])
    }

    fn push(&mut self, place: Range<usize>) -> bool {
        let (Ok(start), Ok(end)) = (u32::try_from(place.start), u32::try_from(place.end)) else {
            return false;
        };
        let Some(free) = self.places.get_mut(self.count) else {
            return false;
        };
        *free = start..end;
        self.count += 1;
        true
    }
}

impl Source for ReadAddresses {
    type Item = NameAddr;

    fn count(&self) -> usize {
        self.count
    }

    fn read(&self) -> Vec<NameAddr> {
        let read: Vec<NameAddr> = self
            .pieces()
            .filter_map(|piece| std::str::from_utf8(piece).ok()?.parse().ok())
            .collect();
        debug_assert_eq!(read.len(), self.count, "what was checked can be read");
        read
    }
}

/// An INVITE has crossed about that many proxies. Longer lists are read at once.
const MOST: usize = 6;
