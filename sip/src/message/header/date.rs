//! RFC 3261 §20.17, RFC 1123 §5.2.14: Date, always in GMT.

use super::typed::TypedHeader;
use crate::message::host::number;
use crate::message::lex::{self, SyntaxError};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// `Sat, 13 Nov 2010 23:29:00 GMT`, from 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Since 1970, without leap seconds.
    seconds: u64,
}

impl Date {
    /// The time that is so long after the start of 1970; fractions of a second are cut off, and
    /// later than year 9999 is its last second.
    pub fn from_unix(since: Duration) -> Date {
        Date {
            seconds: since.as_secs().min(LAST_SECOND),
        }
    }

    /// Since the start of 1970.
    pub fn to_unix(self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

impl TypedHeader for Date {
    const NAME: &'static str = "Date";
}

impl FromStr for Date {
    type Err = SyntaxError;

    /// # Errors
    /// Not written as the RFC says, not in GMT, or a day that never was. The day of the week is
    /// not compared.
    fn from_str(text: &str) -> Result<Date, SyntaxError> {
        let (weekday, rest) = lex::trim(text).split_once(',').ok_or(SyntaxError::Empty)?;
        let mut words = lex::trim(rest).split(' ');
        let mut word = || words.next().ok_or(SyntaxError::Empty);
        let day: u64 = fixed(word()?, 2)?;
        let month = place(&MONTHS, word()?)?;
        let year: u64 = fixed(word()?, 4)?;
        let mut clock = word()?.splitn(3, ':');
        let mut part = |below: u64| match fixed(clock.next().unwrap_or_default(), 2)? {
            part if part < below => Ok(part),
            _ => Err(SyntaxError::Number),
        };
        // 60 is a leap second.
        let (hour, minute, second) = (part(24)?, part(60)?, part(61)?);
        if word()? != "GMT" || words.next().is_some() {
            return Err(SyntaxError::Trailing);
        }
        place(&WEEKDAYS, weekday)?;
        if year < 1970 || day == 0 || day > days_of(month, year) {
            return Err(SyntaxError::Number);
        }
        let days = days_before(year)
            + (0..month).map(|month| days_of(month, year)).sum::<u64>()
            + (day - 1);
        let seconds = days * DAY + hour * 3600 + minute * 60 + second;
        Ok(Date::from_unix(Duration::from_secs(seconds)))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.seconds / DAY, self.seconds % DAY);
        // 1970 began on a Thursday.
        let weekday = WEEKDAYS[usize::try_from((days + 3) % 7).unwrap_or_default()];
        let mut year = 1970 + days / 366;
        while days_before(year + 1) <= days {
            year += 1;
        }
        let mut day = days - days_before(year);
        let mut month = 0;
        while day >= days_of(month, year) {
            day -= days_of(month, year);
            month += 1;
        }
        write!(
            f,
            "{weekday}, {:02} {} {year:04} {:02}:{:02}:{:02} GMT",
            day + 1,
            MONTHS[month],
            rest / 3600,
            rest / 60 % 60,
            rest % 60
        )
    }
}

fn fixed(text: &str, digits: usize) -> Result<u64, SyntaxError> {
    match text.len() == digits {
        true => number(text),
        false => Err(SyntaxError::Number),
    }
}

fn place(names: &[&str], name: &str) -> Result<usize, SyntaxError> {
    names
        .iter()
        .position(|other| other.eq_ignore_ascii_case(name))
        .ok_or(SyntaxError::Token)
}

fn is_leap(year: u64) -> bool {
    (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
}

/// From the start of 1970 to the start of that year.
fn days_before(year: u64) -> u64 {
    let leap_days = |year: u64| (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
    (year - 1970) * 365 + leap_days(year) - leap_days(1970)
}

/// `month` from 0 to 11.
fn days_of(month: usize, year: u64) -> u64 {
    match month {
        1 if is_leap(year) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

const DAY: u64 = 24 * 3600;

/// 31 December 9999, 23:59:59.
const LAST_SECOND: u64 = 253_402_300_799;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
