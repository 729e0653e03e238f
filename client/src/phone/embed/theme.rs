//! WCAG 2.2, 1.4.3: the tokens that a page around us may set. What tells that one is on the air, and what
//! is wrong, looks the same everywhere; and no colours are taken by which a person cannot read.

use super::message::{Field, Fields, text};

/// The look of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// `None` leaves it as it is.
    pub scheme: Option<Scheme>,
    /// Names of custom properties and their values: all that are set.
    pub tokens: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Auto,
    Light,
    Dark,
}

/// Why a theme is not taken; then nothing of it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A scheme that there is not.
    Scheme,
    /// A token that may not be set, or that there is not.
    Token,
    /// Not a value of its kind.
    Value,
    /// Colours are of a light page or of a dark one.
    NoScheme,
    /// Text on some ground would be below 4.5 to 1.
    Contrast,
}

impl Fault {
    pub fn code(self) -> &'static str {
        match self {
            Self::Scheme => "theme-scheme",
            Self::Token => "theme-token",
            Self::Value => "theme-value",
            Self::NoScheme => "theme-needs-scheme",
            Self::Contrast => "theme-contrast",
        }
    }
}

impl Theme {
    /// # Errors
    /// Why nothing of it is taken.
    pub(super) fn read(fields: &Fields) -> Result<Self, Fault> {
        let scheme = match text(fields, "scheme") {
            None => None,
            Some("auto") => Some(Scheme::Auto),
            Some("light") => Some(Scheme::Light),
            Some("dark") => Some(Scheme::Dark),
            Some(_) => return Err(Fault::Scheme),
        };
        let mut tokens: Vec<(&'static str, String)> = Vec::new();
        let mut colours = Vec::new();
        for (name, value) in fields {
            let Some(name) = name.strip_prefix("tokens.") else {
                continue;
            };
            let Field::Text(value) = value else {
                return Err(Fault::Value);
            };
            let (name, kind) = KINDS
                .into_iter()
                .find(|(known, _)| *known == name)
                .ok_or(Fault::Token)?;
            match kind {
                Kind::Colour => colours.push((name, colour(value).ok_or(Fault::Value)?)),
                Kind::Length if is_length(value) => {}
                Kind::Font if is_font(value) => {}
                Kind::Length | Kind::Font => return Err(Fault::Value),
            }
            tokens.push((name, value.clone()));
        }
        if !colours.is_empty() {
            judge(scheme, &colours)?;
        }
        Ok(Self { scheme, tokens })
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Colour,
    /// Whole pixels, up to 32.
    Length,
    /// Names of families; none is fetched from anywhere.
    Font,
}

/// All tokens that may be set.
const KINDS: [(&str, Kind); 14] = [
    ("--surface", Kind::Colour),
    ("--raised", Kind::Colour),
    ("--sunken", Kind::Colour),
    ("--text", Kind::Colour),
    ("--quiet", Kind::Colour),
    ("--line", Kind::Colour),
    ("--edge", Kind::Colour),
    ("--accent", Kind::Colour),
    ("--accent-strong", Kind::Colour),
    ("--on-accent", Kind::Colour),
    ("--accent-soft", Kind::Colour),
    ("--radius", Kind::Length),
    ("--radius-large", Kind::Length),
    ("--font", Kind::Font),
];

/// What a colour is where nobody sets it, light and dark: as static/tokens.css has it.
pub(super) const USUAL: [(&str, u32, u32); 9] = [
    ("--surface", 0xf4f2ed, 0x101215),
    ("--raised", 0xffffff, 0x1a1d22),
    ("--sunken", 0xe8e5dd, 0x0a0b0d),
    ("--text", 0x17191c, 0xf2f0eb),
    ("--quiet", 0x565a61, 0xa7acb5),
    ("--accent", 0x2447c4, 0x94adff),
    ("--accent-strong", 0x1b389f, 0xb3c5ff),
    ("--on-accent", 0xffffff, 0x0a1233),
    ("--accent-soft", 0xe3e8fa, 0x202a4b),
];

/// What is read, and on which ground.
const PAIRS: [(&str, &[&str]); 4] = [
    (
        "--text",
        &["--surface", "--raised", "--sunken", "--accent-soft"],
    ),
    ("--quiet", &["--surface", "--raised", "--sunken"]),
    ("--accent", &["--surface", "--raised"]),
    ("--on-accent", &["--accent", "--accent-strong"]),
];

/// WCAG 2.2, 1.4.3, for text of any size.
const LEAST_CONTRAST: f32 = 4.5;

fn judge(scheme: Option<Scheme>, set: &[(&'static str, u32)]) -> Result<(), Fault> {
    let dark = match scheme {
        Some(Scheme::Dark) => true,
        Some(Scheme::Light) => false,
        Some(Scheme::Auto) | None => return Err(Fault::NoScheme),
    };
    let of = |name: &str| {
        let last = set.iter().rev().find(|(set, _)| *set == name);
        let usual = USUAL.iter().find(|(known, ..)| *known == name);
        let usual = usual.map(|(_, by_day, by_night)| if dark { *by_night } else { *by_day });
        last.map(|(_, colour)| *colour)
            .or(usual)
            .unwrap_or_default()
    };
    let readable = PAIRS.iter().all(|(ink, grounds)| {
        grounds
            .iter()
            .all(|ground| contrast(of(ink), of(ground)) >= LEAST_CONTRAST)
    });
    match readable {
        true => Ok(()),
        false => Err(Fault::Contrast),
    }
}

/// `#rgb` or `#rrggbb`.
fn colour(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('#')?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        6 => Some(number),
        3 => {
            let part = |shift: u32| ((number >> shift) & 0xf) * 0x11;
            Some(part(8) << 16 | part(4) << 8 | part(0))
        }
        _ => None,
    }
}

fn is_length(text: &str) -> bool {
    let pixels = text.strip_suffix("px").and_then(|number| {
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        number.parse::<u8>().ok().filter(|_| digits)
    });
    pixels.is_some_and(|pixels| pixels <= 32)
}

fn is_font(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || " ,-\"'".contains(c);
    (1..=200).contains(&text.len()) && text.chars().all(fits)
}

/// WCAG 2.2, contrast ratio.
pub(super) fn contrast(one: u32, other: u32) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// WCAG 2.2, relative luminance.
fn luminance(colour: u32) -> f32 {
    let part = |shift: u32| {
        let share = ((colour >> shift) & 0xff) as f32 / 255.0;
        match share <= 0.04045 {
            true => share / 12.92,
            false => ((share + 0.055) / 1.055).powf(2.4),
        }
    };
    0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
}
