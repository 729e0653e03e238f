//! Reads a profile's file: whatever is wrong with it is said with file, line and key.

use std::fmt::{self, Display, Formatter};

use serde::Deserialize;

use super::Profile;
use super::model::{Assumed, Match, Model, Texts, Treat};

/// What is wrong with a profile's file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Wrong {
    /// The file as it was named.
    pub file: String,
    pub line: usize,
    /// As in `play.video.width`; empty where the line has none.
    pub key: String,
    pub what: String,
}

impl Display for Wrong {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            key,
            what,
        } = self;
        match key.is_empty() {
            true => write!(f, "{file}:{line}: {what}"),
            false => write!(f, "{file}:{line}: {key}: {what}"),
        }
    }
}

/// A file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    label: String,
    known: Texts,
    assumed: Texts,
    #[serde(rename = "match")]
    matches: Match,
    play: Profile,
    #[serde(default)]
    treat: Treat,
}

/// The largest picture that a profile may have: a quarter of a million of pixels a picture is far beyond
/// any handset with this service, and the encoder's buffers follow from it.
const MAX_SIDE: u32 = 1920;
/// Longer texts are no notes but documents.
const MAX_TEXT_BYTES: usize = 2_000;

/// Reads one model. `file` is for what is said of it.
///
/// # Errors
/// It is no TOML, has keys that nobody knows or lacks some, or says what cannot be.
pub fn model(file: &str, text: &str) -> Result<Model, Wrong> {
    let written: Written = toml::from_str(text).map_err(|error| {
        let (line, key) = place_of(text, error.span().map_or(0, |span| span.start));
        Wrong {
            file: file.to_owned(),
            line,
            key,
            what: error.message().to_owned(),
        }
    })?;
    let mut model = Model {
        name: written.name,
        known: written.known,
        assumed: written.assumed,
        matches: written.matches,
        play: written.play,
        treat: written.treat,
    };
    model.play.name.clone_from(&model.name);
    model.play.label = written.label;
    match complaint(&model) {
        None => Ok(model),
        Some((key, what)) => Err(Wrong {
            file: file.to_owned(),
            line: line_of(text, key),
            key: key.to_owned(),
            what,
        }),
    }
}

/// The first thing that is of the right type and cannot be.
fn complaint(model: &Model) -> Option<(&'static str, String)> {
    let play = &model.play;
    let word =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if model.name.is_empty() || !model.name.chars().all(word) {
        return Some(("name", "small letters, digits and hyphens only".to_owned()));
    }
    for (key, texts) in [("known", &model.known), ("assumed", &model.assumed)] {
        if texts
            .values()
            .any(|text| text.trim().is_empty() || text.len() > MAX_TEXT_BYTES)
        {
            return Some((key, "a text is empty, or longer than 2000 bytes".to_owned()));
        }
    }
    if let Some(found) = codecs(play).or_else(|| numbers(play)) {
        return Some(found);
    }
    let matches = &model.matches;
    let mut texts = matches.user_agents.iter().chain(&matches.feature_tags);
    if texts.any(|text| text.trim().is_empty()) {
        return Some(("match", "an empty text matches everybody".to_owned()));
    }
    let assumed = model.treat.assumed.as_ref();
    let is_zero = |of: &Assumed| {
        of.bits_per_second == Some(0)
            || of.frames_per_second == Some(0)
            || of.width == Some(0)
            || of.height == Some(0)
    };
    assumed
        .is_some_and(is_zero)
        .then(|| ("treat.assumed", "0 would stop every picture".to_owned()))
}

fn codecs(play: &Profile) -> Option<(&'static str, String)> {
    if play.codecs.is_empty() {
        return Some((
            "play",
            "without a codec there is nothing to share".to_owned(),
        ));
    }
    let mut taken: Vec<u8> = Vec::new();
    let audio = play.audio.iter().flat_map(|audio| &audio.codecs);
    let video = play.codecs.iter().map(|codec| codec.payload_type);
    for number in video.chain(audio.map(|codec| codec.payload_type)) {
        if number > 127 || taken.contains(&number) {
            let what = format!("payload type {number} is above 127, or there twice");
            return Some(("payload_type", what));
        }
        taken.push(number);
    }
    None
}

fn numbers(play: &Profile) -> Option<(&'static str, String)> {
    let video = &play.video;
    let is_side = |side: u32| (16..=MAX_SIDE).contains(&side) && side.is_multiple_of(2);
    if !is_side(video.width) || !is_side(video.height) {
        let what = format!("an even number of 16 to {MAX_SIDE}");
        return Some(("play.video.width", what));
    }
    if !(1..=60).contains(&video.frames_per_second) {
        return Some(("play.video.frames_per_second", "1 to 60".to_owned()));
    }
    if video.bits_per_second < 8_000 {
        return Some(("play.video.bits_per_second", "at least 8000".to_owned()));
    }
    if play
        .session
        .orientation
        .is_some_and(|id| !(1..=14).contains(&id))
    {
        let what = "1 to 14 (RFC 8285 §4.2)".to_owned();
        return Some(("play.session.orientation", what));
    }
    let media = &play.media;
    if media.keep_alive_seconds == Some(0) || media.report_watchdog_seconds == Some(0) {
        return Some(("play.media", "at least one second".to_owned()));
    }
    let refusals = &play.refusals;
    let mut stated = [&refusals.declined, &refusals.busy]
        .into_iter()
        .chain(&refusals.outside_call);
    if stated.any(|said| !(300..700).contains(&said.status)) {
        return Some(("play.refusals", "a status of 300 to 699".to_owned()));
    }
    None
}

/// The line and key at that byte.
fn place_of(text: &str, offset: usize) -> (usize, String) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count();
    let mut section = "";
    let mut key = "";
    for (at, row) in text.lines().enumerate().take(line + 1) {
        match header(row) {
            Some(found) => (section, key) = (found, ""),
            None => key = key_in(row).unwrap_or(if at == line { key } else { "" }),
        }
    }
    (line + 1, dotted(section, key))
}

/// The line of that key; of a section its header's, and the first where there is neither.
fn line_of(text: &str, wanted: &str) -> usize {
    let mut section = "";
    for (at, row) in text.lines().enumerate() {
        if let Some(found) = header(row) {
            section = found;
        }
        let key = key_in(row).unwrap_or_default();
        let full = dotted(section, key);
        if full == wanted || (!key.is_empty() && key == wanted) {
            return at + 1;
        }
    }
    1
}

fn header(row: &str) -> Option<&str> {
    let row = row.trim();
    let inside = row.strip_prefix('[')?;
    let inside = inside.strip_prefix('[').unwrap_or(inside);
    Some(inside.split(']').next().unwrap_or_default().trim())
}

fn key_in(row: &str) -> Option<&str> {
    let (key, _) = row.split_once('=')?;
    let key = key.trim();
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    (!key.is_empty() && key.chars().all(letters)).then_some(key)
}

fn dotted(section: &str, key: &str) -> String {
    match (section.is_empty(), key.is_empty()) {
        (true, _) => key.to_owned(),
        (false, true) => section.to_owned(),
        (false, false) => format!("{section}.{key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../profiles/nokia-6680.toml");

    fn error(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        let text = GOOD.replacen(from, to, 1);
        model("m.toml", &text).unwrap_err().to_string()
    }

    fn line(of: &str) -> usize {
        GOOD.lines().position(|row| row.starts_with(of)).unwrap() + 1
    }

    #[test]
    fn what_is_wrong_is_said_with_file_line_and_key() {
        let cases = [
            (
                "width = 176",
                "width = \"wide\"",
                "width",
                "play.video.width",
                "invalid type",
            ),
            (
                "width = 176",
                "width = 177",
                "width",
                "play.video.width",
                "an even number",
            ),
            (
                "frames_per_second = 15",
                "frames_per_second = 0",
                "frames_per_second",
                "play.video.frames_per_second",
                "1 to 60",
            ),
            (
                "height = 144",
                "hight = 144",
                "height",
                "play.video.hight",
                "unknown field `hight`",
            ),
            (
                "label = ",
                "lable = ",
                "label",
                "lable",
                "unknown field `lable`",
            ),
            (
                "name = \"nokia-6680\"",
                "name = \"Nokia 6680\"",
                "name",
                "name",
                "small letters",
            ),
            (
                "payload_type = 34",
                "payload_type = 96",
                "payload_type",
                "payload_type",
                "there twice",
            ),
        ];
        for (from, to, at, key, what) in cases {
            let said = error(from, to);
            let start = format!("m.toml:{}: {key}: ", line(at));
            assert!(said.starts_with(&start), "{said} should start {start}");
            assert!(said.contains(what), "{said}");
        }
    }

    #[test]
    fn what_is_no_toml_names_the_line() {
        let said = error("label = \"6680\"", "label = 66 80");
        assert!(
            said.starts_with(&format!("m.toml:{}: ", line("label"))),
            "{said}"
        );
        let missing = error("label = \"6680\"", "");
        assert!(missing.contains("missing field `label`"), "{missing}");
    }
}
