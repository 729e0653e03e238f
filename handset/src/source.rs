//! The pictures a handset shows: the test pattern, or a file. Files are read here and nowhere else.

use std::{fs::File, io::BufReader, path::PathBuf, time::Duration};

use anyhow::Context as _;
use media::{pattern, picture::Picture, scale::Scaler, y4m};

/// What `--send` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Send {
    Pattern,
    /// A .y4m file, looped.
    File(PathBuf),
}

impl std::str::FromStr for Send {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "pattern" => Self::Pattern,
            path => Self::File(path.into()),
        })
    }
}

/// What stands above the pattern's counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PatternText {
    /// The time of day (UTC), as a person compares it with a clock.
    Time,
    /// Nothing: a picture then depends on its counter alone and can be scored.
    None,
}

/// Draws or reads one picture after the other, at the size that was asked for.
pub struct Source {
    kind: Kind,
    width: u32,
    height: u32,
}

enum Kind {
    Pattern(PatternText),
    Film(Box<Film>),
}

struct Film {
    path: PathBuf,
    reader: y4m::Reader<BufReader<File>>,
    scaler: Scaler,
}

impl Source {
    pub fn open(send: &Send, text: PatternText, width: u32, height: u32) -> anyhow::Result<Self> {
        let kind = match send {
            Send::Pattern => Kind::Pattern(text),
            Send::File(path) => Kind::Film(Box::new(Film {
                path: path.clone(),
                reader: open(path)?,
                scaler: Scaler::new(width, height)?,
            })),
        };
        Ok(Self {
            kind,
            width,
            height,
        })
    }

    /// The picture with that number; `wall` is the time since 1970.
    pub fn picture(&mut self, counter: u16, wall: Duration) -> anyhow::Result<Picture> {
        match &mut self.kind {
            Kind::Pattern(text) => {
                let text = match text {
                    PatternText::Time => time_of_day(wall),
                    PatternText::None => String::new(),
                };
                Ok(pattern::draw(counter, &text, self.width, self.height)?)
            }
            Kind::Film(film) => film.picture(),
        }
    }
}

impl Film {
    /// The next picture; after the last one the first again.
    fn picture(&mut self) -> anyhow::Result<Picture> {
        if let Some(picture) = self.reader.read()? {
            return Ok(self.scaler.scale(&picture)?);
        }
        self.reader = open(&self.path)?;
        let picture = self.reader.read()?;
        let picture = picture.with_context(|| format!("{} has no picture", self.path.display()))?;
        Ok(self.scaler.scale(&picture)?)
    }
}

fn open(path: &PathBuf) -> anyhow::Result<y4m::Reader<BufReader<File>>> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    y4m::Reader::new(BufReader::new(file)).with_context(|| path.display().to_string())
}

fn time_of_day(wall: Duration) -> String {
    let seconds = wall.as_secs() % 86_400;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!(
        "{hours:02}:{minutes:02}:{:02}.{}",
        seconds % 60,
        wall.subsec_millis() / 100
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_is_fitted_and_begins_again_after_its_end() {
        let path = std::env::temp_dir().join(format!("film-{}.y4m", std::process::id()));
        let header = y4m::Header {
            width: 64,
            height: 48,
            rate: y4m::FrameRate::whole(15),
        };
        let mut writer = y4m::Writer::new(File::create(&path).unwrap(), header).unwrap();
        for counter in [1, 2] {
            let picture = pattern::draw(counter, "", 64, 48).unwrap();
            writer.write(&picture).unwrap();
        }
        writer.finish().unwrap();
        let send = Send::File(path.clone());
        let mut source = Source::open(&send, PatternText::None, 32, 24).unwrap();
        let mut next = || source.picture(0, Duration::ZERO).unwrap();
        let (first, second, third) = (next(), next(), next());
        assert_eq!((first.width(), first.height()), (32, 24));
        assert!(first != second && first == third);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn the_time_reads_like_a_clock() {
        let cases = [
            (0, "00:00:00.0"),
            (86_399_950, "23:59:59.9"),
            (90_061_200, "01:01:01.2"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(time_of_day(Duration::from_millis(milliseconds)), text);
        }
    }
}
