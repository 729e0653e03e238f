//! Every word a person reads, by name. They are written in `client/words/`, one folder a language;
//! the build script makes them fields of [`Words`]. `{who}`, `{time}` and the like are filled in
//! by [`fill`].

pub mod around;
mod audience;
mod browser;
mod call;
mod capability;
mod causes;
mod counted;
pub mod diagnosis;
mod file;
mod language;
pub mod people;
mod problems;
pub mod trial;
pub mod voice;

use std::cell::Cell;

pub use browser::Browser;
pub use causes::{cause, cause_short};
pub use counted::{Category, Counted, Numbers};
pub use generated::*;
pub use language::{Language, Spoken};
pub use problems::{camera_problem, registration_state, sign_in_problem};

/// What the build script wrote.
mod generated {
    use super::file::File;
    use super::{Counted, Explained};

    include!(concat!(env!("OUT_DIR"), "/words.rs"));
}

/// What a page in trouble says: what happened, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explained {
    pub title: &'static str,
    pub next: &'static str,
}

/// Puts `value` where `{key}` stands.
pub fn fill(template: &str, key: &str, value: &str) -> String {
    template.replace(&format!("{{{key}}}"), value)
}

/// `0:42`, `12:05`, `1:02:05`.
pub fn clock(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

/// To one decimal, as a drawing takes it. The standard library's own way weighs ten kilobytes in the page.
pub fn tenths(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    format!("{sign}{whole}.{rest}")
}

thread_local! {
    static SPOKEN: Cell<Spoken> = const { Cell::new(Spoken::ENGLISH) };
}

/// The words in use.
pub fn words() -> &'static Words {
    spoken().words
}

/// The language in use.
pub fn spoken() -> Spoken {
    SPOKEN.get()
}

/// From now on [`words`] are these.
pub fn speak(spoken: Spoken) {
    SPOKEN.set(spoken);
}

#[cfg(test)]
mod tests {
    use super::{clock, fill, tenths};

    #[test]
    fn a_clock_shows_hours_only_when_there_are_some() {
        for (seconds, expected) in [(0, "0:00"), (42, "0:42"), (725, "12:05"), (3725, "1:02:05")] {
            assert_eq!(clock(seconds), expected);
        }
    }

    #[test]
    fn a_template_is_filled_wherever_the_key_stands() {
        assert_eq!(fill("{who} and {who}", "who", "Anna"), "Anna and Anna");
    }

    #[test]
    fn a_place_in_a_drawing_has_one_decimal() {
        for (value, expected) in [
            (0.0, "0.0"),
            (39.96, "40.0"),
            (0.25, "0.3"),
            (-0.04, "0.0"),
            (-1.26, "-1.3"),
        ] {
            assert_eq!(tenths(value), expected);
        }
        assert_eq!(tenths(f64::NAN), "0.0");
    }
}
