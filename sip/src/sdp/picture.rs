//! RFC 6236 and 3GPP TS 26.234 §5.3.3.2: the sizes of pictures, `a=imageattr` and `a=framesize`.

use std::fmt;

/// Lines read of one media line, sets read of one line and values read of one list.
pub const MAX_SIZES: usize = 32;

/// `a=framesize`: what a payload type's pictures measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameSize {
    pub payload_type: u8,
    pub width: u16,
    pub height: u16,
}

impl FrameSize {
    /// Reads `96 176-144`; `None` when it is not that.
    pub fn read(value: &str) -> Option<Self> {
        let (number, size) = value.trim().split_once(char::is_whitespace)?;
        let (width, height) = size.trim().split_once('-')?;
        Some(FrameSize {
            payload_type: number.parse().ok().filter(|number| *number < 128)?,
            width: width.parse().ok()?,
            height: height.parse().ok()?,
        })
    }
}

impl fmt::Display for FrameSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FrameSize {
            payload_type,
            width,
            height,
        } = self;
        write!(f, "{payload_type} {width}-{height}")
    }
}

/// One `a=imageattr` line, as far as it limits what is sent to its writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageAttributes {
    /// `None` stands for all formats of the line: `*`.
    pub payload_type: Option<u8>,
    /// The sizes its writer receives; empty when it says nothing of them, or `*`.
    pub receives: Vec<ImageSize>,
    /// The sizes its writer sends.
    pub sends: Vec<ImageSize>,
}

/// The largest size of one set: `[x=[320:16:640],y=240]` is 640 and 240.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageSize {
    pub width: u16,
    pub height: u16,
}

impl ImageAttributes {
    /// Reads `97 send [x=800,y=640,q=0.6] recv [x=330,y=250]`; `None` when it is not that.
    pub fn read(value: &str) -> Option<Self> {
        let (number, mut rest) = value.trim().split_once(char::is_whitespace)?;
        let payload_type = match number {
            "*" => None,
            number => Some(number.parse().ok().filter(|number| *number < 128)?),
        };
        let mut read = ImageAttributes {
            payload_type,
            receives: Vec::new(),
            sends: Vec::new(),
        };
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return Some(read);
            }
            let (word, after) = rest.split_once(char::is_whitespace)?;
            let sizes = match word.to_ascii_lowercase().as_str() {
                "send" => &mut read.sends,
                "recv" => &mut read.receives,
                _ => return None,
            };
            rest = read_sets(after, sizes)?;
        }
    }

    /// Whether this is about a payload type.
    pub fn covers(&self, payload_type: u8) -> bool {
        self.payload_type
            .is_none_or(|covered| covered == payload_type)
    }
}

impl fmt::Display for ImageAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.payload_type {
            Some(number) => write!(f, "{number}")?,
            None => f.write_str("*")?,
        }
        for (name, sizes) in [("send", &self.sends), ("recv", &self.receives)] {
            if !sizes.is_empty() {
                write!(f, " {name}")?;
            }
            for ImageSize { width, height } in sizes {
                write!(f, " [x={width},y={height}]")?;
            }
        }
        if self.sends.is_empty() && self.receives.is_empty() {
            f.write_str(" recv *")?;
        }
        Ok(())
    }
}

/// Reads `*` or sets in brackets; gives what follows them.
fn read_sets<'a>(mut text: &'a str, sizes: &mut Vec<ImageSize>) -> Option<&'a str> {
    text = text.trim_start();
    if let Some(after) = text.strip_prefix('*') {
        return Some(after);
    }
    if !text.starts_with('[') {
        return None;
    }
    while let Some(inside) = text.strip_prefix('[') {
        let end = closing(inside)?;
        let size = read_set(&inside[..end])?;
        if sizes.len() < MAX_SIZES {
            sizes.push(size);
        }
        text = inside[end + 1..].trim_start();
    }
    Some(text)
}

/// Where the bracket that is open closes; others may open and close inside.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' if depth == 0 => return Some(at),
            ']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Reads `x=800,y=640,sar=1.1`.
fn read_set(text: &str) -> Option<ImageSize> {
    let axis = |name: &str| {
        let mut rest = text;
        loop {
            let (key, value) = rest.split_once('=')?;
            let end = value_end(value);
            if key.trim_matches([',', ' ']).eq_ignore_ascii_case(name) {
                return largest(value[..end].trim());
            }
            rest = &value[end..];
        }
    };
    Some(ImageSize {
        width: axis("x")?,
        height: axis("y")?,
    })
}

/// Where a value ends: at a comma that is in no bracket.
fn value_end(text: &str) -> usize {
    let mut depth = 0usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// The largest of `640`, `[320:16:640]`, `[320:640]` or `[320,640]`.
fn largest(value: &str) -> Option<u16> {
    let Some(inside) = value.strip_prefix('[') else {
        return value.parse().ok();
    };
    let inside = inside.strip_suffix(']')?;
    if inside.contains(':') {
        return inside.rsplit(':').next()?.trim().parse().ok();
    }
    let numbers = inside.split(',').take(MAX_SIZES);
    numbers
        .filter_map(|number| number.trim().parse().ok())
        .max()
}
