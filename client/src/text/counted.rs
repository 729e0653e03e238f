//! Sentences that depend on a number.

use super::{fill, spoken};

/// The plural categories of CLDR, as a language's numbers fall into them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    Zero,
    One,
    Two,
    Few,
    Many,
    Other,
}

impl Category {
    const ALL: [Self; 6] = [
        Self::Zero,
        Self::One,
        Self::Two,
        Self::Few,
        Self::Many,
        Self::Other,
    ];

    /// The name by CLDR; anything else is `other`.
    pub fn from_name(name: &str) -> Self {
        match name {
            "zero" => Self::Zero,
            "one" => Self::One,
            "two" => Self::Two,
            "few" => Self::Few,
            "many" => Self::Many,
            _ => Self::Other,
        }
    }
}

/// How a language counts and writes numbers.
#[derive(Clone, Copy)]
pub struct Numbers {
    pub category: fn(u64) -> Category,
    pub write: fn(u64) -> String,
}

impl Numbers {
    /// English, without a browser's help.
    pub const PLAIN: Self = Self {
        category: |count| match count {
            1 => Category::One,
            _ => Category::Other,
        },
        write: |count| count.to_string(),
    };
}

/// A sentence about `{count}`: for the number 0 itself, if there is one, then for each category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted(pub(super) [&'static str; 7]);

impl Counted {
    /// The sentence for that many.
    pub fn of(&self, count: usize) -> String {
        let [zero, categories @ ..] = &self.0;
        let numbers = spoken().numbers;
        let category = (numbers.category)(count as u64);
        let chosen = Category::ALL.iter().zip(categories);
        let template = match (count, zero.is_empty()) {
            (0, false) => zero,
            _ => chosen
                .filter(|(known, _)| **known == category)
                .map(|(_, text)| text)
                .next()
                .unwrap_or(zero),
        };
        fill(template, "count", &(numbers.write)(count as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::Counted;
    use crate::text::words;

    #[test]
    fn a_sentence_follows_its_number() {
        let texts = ["none", "z", "one", "t", "f", "m", "{count} of them"];
        for (count, expected) in [
            (0, "none"),
            (1, "one"),
            (2, "2 of them"),
            (11, "11 of them"),
        ] {
            assert_eq!(Counted(texts).of(count), expected);
        }
        let no_zero = Counted(["", "o", "one", "o", "o", "o", "{count} others"]);
        assert_eq!(no_zero.of(0), "0 others");
    }

    #[test]
    fn those_who_watch_are_counted() {
        let watching = &words().audience.watching;
        assert_eq!(watching.of(0), "Nobody is watching yet");
        assert_eq!(watching.of(1), "One person is watching");
        assert_eq!(watching.of(3), "3 people are watching");
    }
}
