//! A list that keeps how it began and how it ended: what lies between is counted.

use std::collections::VecDeque;

#[derive(Clone, Debug)]
pub(super) struct Kept<T> {
    first: Vec<T>,
    latest: VecDeque<T>,
    first_at_most: usize,
    latest_at_most: usize,
    left_out: usize,
}

impl<T> Kept<T> {
    pub(super) fn new(first_at_most: usize, latest_at_most: usize) -> Self {
        Self {
            first: Vec::new(),
            latest: VecDeque::new(),
            first_at_most,
            latest_at_most,
            left_out: 0,
        }
    }

    pub(super) fn push(&mut self, entry: T) {
        if self.first.len() < self.first_at_most {
            return self.first.push(entry);
        }
        if self.latest.len() >= self.latest_at_most && self.latest.pop_front().is_some() {
            self.left_out += 1;
        }
        self.latest.push_back(entry);
    }

    /// In the order they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(&self.latest)
    }

    /// How many were let go between the first and the latest.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;

    #[test]
    fn the_beginning_and_the_end_are_kept_and_the_middle_is_counted() {
        let mut kept = Kept::new(2, 3);
        for entry in 0..4 {
            kept.push(entry);
        }
        assert_eq!(kept.left_out(), 0);
        for entry in 4..10 {
            kept.push(entry);
        }
        assert_eq!(kept.iter().copied().collect::<Vec<_>>(), [0, 1, 7, 8, 9]);
        assert_eq!(kept.left_out(), 5);
    }
}
