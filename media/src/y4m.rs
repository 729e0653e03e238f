//! YUV4MPEG2 files: raw pictures one after another, as a browser's fake camera and every video
//! tool read them. Only 8-bit 4:2:0 is accepted.

use std::io::{BufRead, ErrorKind, Read, Write};

use thiserror::Error;

use crate::picture::{Picture, PictureError};

/// The longest header or frame line, in bytes: all known parameters together stay below 200.
const MAX_LINE_BYTES: u64 = 1024;

/// Why a stream is not a Y4M file that we can read, or could not be written.
#[derive(Debug, Error)]
pub enum Y4mError {
    #[error("not a Y4M file: it does not begin with YUV4MPEG2")]
    NotY4m,
    #[error("the Y4M header says {0:?}, which is not understood")]
    Parameter(String),
    #[error("the Y4M header names no {0}")]
    Missing(&'static str),
    #[error("the Y4M file holds {0} samples; only 8-bit 4:2:0 (C420, C420jpeg, C420mpeg2) is read")]
    Colour(String),
    #[error("frame {0} does not begin with FRAME")]
    FrameHeader(u64),
    #[error("the file ends in the middle of frame {0}")]
    Truncated(u64),
    #[error("a picture of {found_width}x{found_height} for a file of {width}x{height}")]
    OtherSize {
        width: u32,
        height: u32,
        found_width: u32,
        found_height: u32,
    },
    #[error(transparent)]
    Picture(#[from] PictureError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// What the file's first line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub width: u32,
    pub height: u32,
    pub rate: FrameRate,
}

/// Frames a second as a fraction: 30000/1001 is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRate {
    pub numerator: u32,
    pub denominator: u32,
}

impl FrameRate {
    /// A whole number of frames a second.
    pub fn whole(frames_per_second: u32) -> Self {
        Self {
            numerator: frames_per_second,
            denominator: 1,
        }
    }

    /// Frames a second as a number.
    pub fn frames_per_second(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator.max(1))
    }
}

/// Reads pictures one by one.
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    header: Header,
    frames: u64,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When it is no Y4M header, or one of samples other than 8-bit 4:2:0.
    pub fn new(mut source: R) -> Result<Self, Y4mError> {
        let line = read_line(&mut source)?;
        let header = parse_header(&line)?;
        Ok(Self {
            source,
            header,
            frames: 0,
        })
    }

    /// What the file's first line says.
    pub fn header(&self) -> Header {
        self.header
    }

    /// The next picture; `None` at the end of the file.
    ///
    /// # Errors
    /// When the file ends within a picture or something else stands where one should begin.
    pub fn read(&mut self) -> Result<Option<Picture>, Y4mError> {
        let line = read_line(&mut self.source)?;
        if line.is_empty() {
            return Ok(None);
        }
        if !line.starts_with(b"FRAME") {
            return Err(Y4mError::FrameHeader(self.frames));
        }
        let empty = Picture::black(self.header.width, self.header.height)?;
        let mut data = vec![0; empty.as_i420().len()];
        self.source
            .read_exact(&mut data)
            .map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => Y4mError::Truncated(self.frames),
                _ => Y4mError::Io(error),
            })?;
        self.frames += 1;
        Ok(Some(Picture::from_i420(
            self.header.width,
            self.header.height,
            data,
        )?))
    }
}

/// Writes pictures one by one.
#[derive(Debug)]
pub struct Writer<W> {
    sink: W,
    header: Header,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(mut sink: W, header: Header) -> Result<Self, Y4mError> {
        let Header {
            width,
            height,
            rate,
        } = header;
        writeln!(
            sink,
            "YUV4MPEG2 W{width} H{height} F{}:{} Ip A1:1 C420jpeg",
            rate.numerator, rate.denominator
        )?;
        Ok(Self { sink, header })
    }

    /// Appends a picture.
    ///
    /// # Errors
    /// When its size is not the file's, or those of the sink.
    pub fn write(&mut self, picture: &Picture) -> Result<(), Y4mError> {
        let Header { width, height, .. } = self.header;
        if (picture.width(), picture.height()) != (width, height) {
            return Err(Y4mError::OtherSize {
                width,
                height,
                found_width: picture.width(),
                found_height: picture.height(),
            });
        }
        self.sink.write_all(b"FRAME\n")?;
        self.sink.write_all(picture.as_i420())?;
        Ok(())
    }

    /// Flushes and hands the sink back.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(mut self) -> Result<W, Y4mError> {
        self.sink.flush()?;
        Ok(self.sink)
    }
}

fn read_line(source: &mut impl BufRead) -> Result<Vec<u8>, Y4mError> {
    let mut line = Vec::new();
    source.take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(line)
}

fn parse_header(line: &[u8]) -> Result<Header, Y4mError> {
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_ascii_whitespace();
    if words.next() != Some("YUV4MPEG2") {
        return Err(Y4mError::NotY4m);
    }
    let (mut width, mut height, mut rate) = (None, None, None);
    for word in words {
        let refused = || Y4mError::Parameter(word.to_owned());
        let Some((tag, value)) = word.split_at_checked(1) else {
            return Err(refused());
        };
        match tag {
            "W" => width = Some(value.parse().map_err(|_| refused())?),
            "H" => height = Some(value.parse().map_err(|_| refused())?),
            "F" => rate = Some(parse_rate(value).ok_or_else(refused)?),
            "C" if !matches!(value, "420" | "420jpeg" | "420mpeg2" | "420paldv") => {
                return Err(Y4mError::Colour(value.to_owned()));
            }
            // Interlacing, pixel aspect and comments do not change how samples are read.
            _ => {}
        }
    }
    let header = Header {
        width: width.ok_or(Y4mError::Missing("width"))?,
        height: height.ok_or(Y4mError::Missing("height"))?,
        rate: rate.ok_or(Y4mError::Missing("frame rate"))?,
    };
    // The size is checked here, so that no frame is read for a header that cannot have any.
    Picture::black(header.width, header.height)?;
    Ok(header)
}

fn parse_rate(value: &str) -> Option<FrameRate> {
    let (numerator, denominator) = value.split_once(':')?;
    let rate = FrameRate {
        numerator: numerator.parse().ok()?,
        denominator: denominator.parse().ok()?,
    };
    (rate.numerator > 0 && rate.denominator > 0).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header {
        width: 4,
        height: 2,
        rate: FrameRate {
            numerator: 15,
            denominator: 1,
        },
    };

    #[test]
    fn pictures_come_back_as_they_were_written() {
        let pictures: Vec<Picture> = (0..3)
            .map(|n| Picture::from_i420(4, 2, vec![n * 40; 12]).unwrap())
            .collect();
        let mut writer = Writer::new(Vec::new(), HEADER).unwrap();
        for picture in &pictures {
            writer.write(picture).unwrap();
        }
        let file = writer.finish().unwrap();
        assert!(file.starts_with(b"YUV4MPEG2 W4 H2 F15:1 Ip A1:1 C420jpeg\nFRAME\n"));

        let mut reader = Reader::new(file.as_slice()).unwrap();
        assert_eq!(reader.header(), HEADER);
        for picture in pictures {
            assert_eq!(reader.read().unwrap(), Some(picture));
        }
        assert_eq!(reader.read().unwrap(), None);
    }

    #[test]
    fn each_fault_of_a_file_is_named() {
        let cases: [(&str, &str); 8] = [
            ("", "not a Y4M file: it does not begin with YUV4MPEG2"),
            (
                "RIFF W4 H2 F15:1\n",
                "not a Y4M file: it does not begin with YUV4MPEG2",
            ),
            ("YUV4MPEG2 W4 F15:1\n", "the Y4M header names no height"),
            ("YUV4MPEG2 W4 H2\n", "the Y4M header names no frame rate"),
            (
                "YUV4MPEG2 W4 H2 F15:0\n",
                "the Y4M header says \"F15:0\", which is not understood",
            ),
            (
                "YUV4MPEG2 W4 H2 F15:1 C444\n",
                "the Y4M file holds 444 samples; only 8-bit 4:2:0 (C420, C420jpeg, C420mpeg2) is read",
            ),
            (
                "YUV4MPEG2 W4 H2 F15:1\nFRAME\nxyz",
                "the file ends in the middle of frame 0",
            ),
            (
                "YUV4MPEG2 W4 H2 F15:1\nFRAMX\n",
                "frame 0 does not begin with FRAME",
            ),
        ];
        for (file, expected) in cases {
            let error = Reader::new(file.as_bytes())
                .and_then(|mut reader| reader.read())
                .unwrap_err();
            assert_eq!(error.to_string(), expected, "of {file:?}");
        }
        assert!(Reader::new(&b"YUV4MPEG2 W99999 H2 F15:1\n"[..]).is_err());
    }

    #[test]
    fn frame_parameters_and_other_420_names_are_accepted() {
        for colour in ["", " C420", " C420mpeg2"] {
            let mut file = format!("YUV4MPEG2 W4 H2 F30000:1001{colour}\nFRAME Ip\n").into_bytes();
            file.extend([7; 12]);
            let mut reader = Reader::new(file.as_slice()).unwrap();
            assert_eq!(reader.read().unwrap().unwrap().as_i420(), [7; 12]);
        }
    }

    #[test]
    fn a_picture_of_another_size_is_not_written() {
        let mut writer = Writer::new(Vec::new(), HEADER).unwrap();
        let error = writer.write(&Picture::black(2, 2).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "a picture of 2x2 for a file of 4x2");
    }
}
