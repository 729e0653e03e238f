//! Sorting for lists that people make: one copy of the sorter in the page, whatever it sorts.

use std::cmp::Ordering;

/// Sorts; what is equal stays in its order.
pub(super) fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = order(items.len(), &|one, two| compare(&items[one], &items[two]));
    let mut slots: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|at| slots[at].take()));
}

/// As [`sort_by`], by what `key` makes of each.
pub(super) fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(items, |one, two| key(one).cmp(&key(two)));
}

/// Places in the order in which what stands there comes.
fn order(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|one, two| compare(*one, *two));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_equal_stays_in_its_order() {
        let mut items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        sort_by_key(&mut items, |(number, _)| *number);
        assert_eq!(items, [(0, 'd'), (1, 'b'), (1, 'e'), (2, 'a'), (2, 'c')]);
        sort_by(&mut items, |one, two| two.1.cmp(&one.1));
        assert_eq!(items.iter().map(|item| item.1).collect::<String>(), "edcba");
    }
}
