//! `[home] country_code`, `trunk_prefix`, `international_prefix`: how the country dials whose numbers are
//! meant by what users type (RFC 3966 §5.1.5); `[enum]`: where numbers are looked for (RFC 6116).

use sip::number::{self, HomeError};

use super::reader::Reader;
use super::setting::{Domain, FromSetting, Setting};

/// Without a country code only numbers in full are understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dialling {
    /// Such as `"44"`.
    pub country_code: Option<Digits>,
    /// What stands before an area code within the country, such as `"0"`; left out where there is none.
    pub trunk_prefix: Option<Digits>,
    /// What stands before another country's code: `"00"` nearly everywhere, `"011"` in North America.
    pub international_prefix: Option<Digits>,
}

/// Digits of a telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits(String);

impl FromSetting for Digits {
    const EXPECTED: &'static str = "digits in quotation marks, such as \"44\" or \"00\"";
    fn from_setting(setting: &Setting) -> Option<Self> {
        let text = String::from_setting(setting)?;
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        is_digits.then_some(Digits(text))
    }
}

impl Dialling {
    pub(super) fn take(r: &mut Reader) -> Dialling {
        Dialling {
            country_code: r.take("home", "country_code", None),
            trunk_prefix: r.take("home", "trunk_prefix", None),
            international_prefix: r.take("home", "international_prefix", None),
        }
    }

    /// How the country dials.
    ///
    /// # Errors
    /// There is no such country, or nobody could dial so.
    pub fn home(&self) -> Result<number::Home, HomeError> {
        let text = |digits: &'_ Option<Digits>| digits.as_ref().map(|digits| digits.0.clone());
        let Some(code) = text(&self.country_code) else {
            return Ok(number::Home::default());
        };
        let international = text(&self.international_prefix).unwrap_or_default();
        number::Home::new(&code, text(&self.trunk_prefix).as_deref(), &international)
    }
}

/// `[enum]`: where the DNS has the addresses of numbers (RFC 6116). Without suffixes it is not asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Enum {
    /// Below what numbers are looked for, the first that has one first: `e164.arpa`, which countries
    /// delegate, or a carrier's own.
    pub suffixes: Vec<Domain>,
    /// Domains and addresses that are called directly where the DNS names them. All others go to the
    /// core: whoever has a number in a public zone could otherwise send calls to any machine.
    pub domains: Vec<Domain>,
}

impl Enum {
    pub(super) fn take(r: &mut Reader) -> Enum {
        Enum {
            suffixes: r.take("enum", "suffixes", Vec::new()),
            domains: r.take("enum", "domains", Vec::new()),
        }
    }
}

/// A longer list is no list of zones; each costs a caller a question.
const SUFFIXES_AT_MOST: usize = 4;

pub(super) fn refuse_enum(settings: &Enum, reader: &mut Reader) {
    if settings.suffixes.len() > SUFFIXES_AT_MOST {
        let what = "a caller would wait for all of them";
        reader.refuse("enum", "suffixes", what, "name at most four");
    }
    if settings.suffixes.is_empty() && !settings.domains.is_empty() {
        let what = "has no effect while no number is looked for";
        let next = "write enum.suffixes, such as [\"e164.arpa\"], or leave it out";
        reader.refuse("enum", "domains", what, next);
    }
}

pub(super) fn refuse_nonsense(dialling: &Dialling, reader: &mut Reader) {
    let prefixes = [
        ("trunk_prefix", &dialling.trunk_prefix),
        ("international_prefix", &dialling.international_prefix),
    ];
    if dialling.country_code.is_none() {
        for (key, _) in prefixes.iter().filter(|(_, prefix)| prefix.is_some()) {
            let what = "is of no use without a country";
            reader.refuse("home", key, what, "write home.country_code beside it");
        }
        return;
    }
    match dialling.home() {
        Ok(_) => {}
        Err(HomeError::CountryCode) => reader.refuse(
            "home",
            "country_code",
            "is no country's code",
            "write it without + and zeros, such as \"44\" or \"351\"",
        ),
        Err(HomeError::TrunkPrefix) => reader.refuse(
            "home",
            "trunk_prefix",
            "nobody dials that before an area code",
            "write what does, such as \"0\", or leave it out where there is nothing",
        ),
        Err(HomeError::InternationalPrefix) => reader.refuse(
            "home",
            "international_prefix",
            "nobody dials that before a country code",
            "write what does: \"00\" nearly everywhere, \"011\" in North America",
        ),
    }
}
