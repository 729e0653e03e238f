//! RFC 3261 §7.3.1, §20.10, §20.30, §20.34, §20.42: the values of Contact, Record-Route, Route and
//! Via, checked when their message is read and made into types when somebody asks for them.

use super::header::{NameAddr, Via};
use super::lex::{self, SyntaxError};
use super::on_demand::{OnDemand, Source};
use super::plain;
use std::marker::PhantomData;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

/// Addresses of a header that is a list, over all of its lines.
pub type Addresses = OnDemand<ReadList<NameAddr>>;

/// The way a request came, topmost first.
pub type Vias = OnDemand<ReadList<Via>>;

/// Where in a head the values of one header are.
#[derive(Clone)]
pub struct ReadList<T> {
    head: Arc<[u8]>,
    places: Places,
    of: PhantomData<T>,
}

/// The values of one header while their message is read.
pub(crate) struct ListFound<T> {
    places: Places,
    /// All of them, if one could not be left where it is.
    list: Option<Vec<T>>,
}

/// Something of which a list can stay in its head until somebody asks.
pub trait Listed: FromStr<Err = SyntaxError> {
    /// Finds one at that place that is written as nearly all are; where it ends.
    fn find(text: &[u8], at: usize) -> Option<usize>;
}

impl Listed for NameAddr {
    #[inline]
    fn find(text: &[u8], at: usize) -> Option<usize> {
        Some(plain::address(text, at)?.params.end)
    }
}

impl Listed for Via {
    #[inline]
    fn find(text: &[u8], at: usize) -> Option<usize> {
        Some(plain::via(text, at)?.params.end)
    }
}

/// Pieces of a head, each of which is one value.
#[derive(Clone, Default)]
struct Places {
    places: [Place; MOST],
    count: usize,
}

#[derive(Clone, Copy, Default)]
struct Place {
    start: u32,
    end: u32,
}

impl<T: Listed> ListFound<T> {
    /// Takes what one line says, which is text at that place in the head unless it isn't UTF-8 or
    /// folded.
    ///
    /// # Errors
    /// What the peer got wrong.
    #[inline]
    pub(crate) fn take(
        &mut self,
        head: &[u8],
        place: Option<Range<usize>>,
        line: &[u8],
    ) -> Result<(), SyntaxError> {
        if let (None, Some(place)) = (&self.list, place)
            && self.places.take::<T>(head, place)
        {
            return Ok(());
        }
        self.take_types(head, line)
    }

    #[cold]
    fn take_types(&mut self, head: &[u8], line: &[u8]) -> Result<(), SyntaxError> {
        let places = &self.places;
        let list = self.list.get_or_insert_with(|| places.read(head));
        lex::parse_list(&lex::lossy(line), list)
    }

    pub(crate) fn len(&self) -> usize {
        self.list.as_ref().map_or(self.places.count, Vec::len)
    }

    /// With a copy of the head, which is made where it is needed.
    pub(crate) fn into_list(self, head: impl FnOnce() -> Arc<[u8]>) -> OnDemand<ReadList<T>> {
        match self.list {
            Some(list) => list.into(),
            None if self.places.count == 0 => OnDemand::default(),
            None => OnDemand::of(ReadList {
                head: head(),
                places: self.places,
                of: PhantomData,
            }),
        }
    }
}

impl<T> Default for ListFound<T> {
    fn default() -> ListFound<T> {
        ListFound {
            places: Places::default(),
            list: None,
        }
    }
}

impl Places {
    /// Finds each value of a comma-separated list. False if one isn't there or isn't written so
    /// plainly, or there are too many; none is taken then.
    fn take<T: Listed>(&mut self, head: &[u8], line: Range<usize>) -> bool {
        let Some(text) = head.get(..line.end) else {
            return false;
        };
        let mut count = self.count;
        let mut at = line.start;
        while let Some(end) = T::find(text, at)
            && let Some(free) = self.places.get_mut(count)
            && let (Ok(start), Ok(stop)) = (u32::try_from(at), u32::try_from(end))
        {
            *free = Place { start, end: stop };
            count += 1;
            match text.get(end..) {
                Some([]) => {
                    self.count = count;
                    return true;
                }
                Some([b',', b' ', ..]) => at = end + 2,
                Some([b',', ..]) => at = end + 1,
                Some(_) | None => return false,
            }
        }
        false
    }

    fn pieces<'a>(&'a self, head: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.places[..self.count]
            .iter()
            .map(|place| &head[place.start as usize..place.end as usize])
    }

    fn read<T: Listed>(&self, head: &[u8]) -> Vec<T> {
        let read: Vec<T> = self
            .pieces(head)
            .filter_map(|piece| std::str::from_utf8(piece).ok()?.parse().ok())
            .collect();
        debug_assert_eq!(read.len(), self.count, "what was found can be read");
        read
    }
}

impl<T> ReadList<T> {
    /// As they came, one after the other.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.places.pieces(&self.head)
    }
}

impl<T: Listed> Source for ReadList<T> {
    type Item = T;

    fn count(&self) -> usize {
        self.places.count
    }

    fn read(&self) -> Vec<T> {
        self.places.read(&self.head)
    }
}

/// An INVITE has crossed about that many proxies. Longer lists are read at once.
const MOST: usize = 6;
