//! RFC 3261 §7.3: lists of a message that few who take it in their hands ever look at. They stay in
//! the copy of the head that the message has, and become types when somebody asks.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

/// A list that is read from the head of its message when it is first looked at. As a `Vec` in all
/// else; whoever changes it has a list that no longer knows of the head.
///
/// What is kept for longer than its message should be a `Vec` of its own (`to_vec`), since this
/// keeps the whole head.
pub struct OnDemand<S: Source> {
    /// Where it was read; `None` once it was changed, or if it never was in a message.
    source: Option<S>,
    /// With no source it is what the list is, and otherwise what the source says.
    list: OnceLock<Vec<S::Item>>,
}

/// What a list is read from. It has been checked: reading can't fail.
pub trait Source {
    type Item;

    /// How many there are.
    fn count(&self) -> usize;

    fn read(&self) -> Vec<Self::Item>;
}

impl<S: Source> OnDemand<S> {
    pub(crate) fn of(source: S) -> OnDemand<S> {
        OnDemand {
            source: Some(source),
            list: OnceLock::new(),
        }
    }

    pub(crate) fn source(&self) -> Option<&S> {
        self.source.as_ref()
    }

    pub fn len(&self) -> usize {
        match (self.list.get(), &self.source) {
            (Some(list), _) => list.len(),
            (None, Some(source)) => source.count(),
            (None, None) => 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn list(&self) -> &Vec<S::Item> {
        self.list
            .get_or_init(|| self.source.as_ref().map_or_else(Vec::new, S::read))
    }
}

impl<S: Source> Deref for OnDemand<S> {
    type Target = Vec<S::Item>;

    fn deref(&self) -> &Vec<S::Item> {
        self.list()
    }
}

impl<S: Source> DerefMut for OnDemand<S> {
    fn deref_mut(&mut self) -> &mut Vec<S::Item> {
        self.list();
        self.source = None;
        self.list.get_mut().expect("it has just been read")
    }
}

impl<S: Source> Default for OnDemand<S> {
    fn default() -> OnDemand<S> {
        OnDemand {
            source: None,
            list: OnceLock::new(),
        }
    }
}

impl<S: Source> From<Vec<S::Item>> for OnDemand<S> {
    fn from(list: Vec<S::Item>) -> OnDemand<S> {
        OnDemand {
            source: None,
            list: OnceLock::from(list),
        }
    }
}

impl<S: Source> From<OnDemand<S>> for Vec<S::Item> {
    fn from(mut list: OnDemand<S>) -> Vec<S::Item> {
        std::mem::take(&mut *list)
    }
}

impl<S: Source> FromIterator<S::Item> for OnDemand<S> {
    fn from_iter<I: IntoIterator<Item = S::Item>>(items: I) -> OnDemand<S> {
        OnDemand::from(Vec::from_iter(items))
    }
}

impl<S: Source> IntoIterator for OnDemand<S> {
    type Item = S::Item;
    type IntoIter = std::vec::IntoIter<S::Item>;

    fn into_iter(self) -> Self::IntoIter {
        Vec::from(self).into_iter()
    }
}

impl<'a, S: Source> IntoIterator for &'a OnDemand<S> {
    type Item = &'a S::Item;
    type IntoIter = std::slice::Iter<'a, S::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.list().iter()
    }
}

/// What can be read again is not copied.
impl<S: Source + Clone> Clone for OnDemand<S>
where
    S::Item: Clone,
{
    fn clone(&self) -> OnDemand<S> {
        match &self.source {
            Some(source) => OnDemand {
                source: Some(source.clone()),
                list: OnceLock::new(),
            },
            None => OnDemand {
                source: None,
                list: self.list.clone(),
            },
        }
    }
}

impl<S: Source> PartialEq for OnDemand<S>
where
    S::Item: PartialEq,
{
    fn eq(&self, other: &OnDemand<S>) -> bool {
        self.list() == other.list()
    }
}

impl<S: Source> PartialEq<Vec<S::Item>> for OnDemand<S>
where
    S::Item: PartialEq,
{
    fn eq(&self, other: &Vec<S::Item>) -> bool {
        self.list() == other
    }
}

impl<S: Source> Eq for OnDemand<S> where S::Item: Eq {}

impl<S: Source> Hash for OnDemand<S>
where
    S::Item: Hash,
{
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.list().hash(state);
    }
}

impl<S: Source> fmt::Debug for OnDemand<S>
where
    S::Item: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list().fmt(f)
    }
}
