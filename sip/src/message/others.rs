//! RFC 3261 §7.3: the headers without a field, in order, byte for byte.

use super::header::{Header, Name};
use super::lex;
use super::on_demand::{OnDemand, Source};
use super::text::{TextError, Value};
use std::ops::Range;
use std::sync::Arc;

/// The headers without a field, in the order they came.
pub type Others = OnDemand<ReadHeaders>;

/// Where in a head the lines of such headers are.
#[derive(Clone)]
pub struct ReadHeaders {
    head: Arc<[u8]>,
    lines: Vec<Line>,
}

#[derive(Clone)]
struct Line {
    /// A token that no field has.
    name: Range<u32>,
    /// Neither a line break nor white space around it.
    value: Range<u32>,
}

/// Such headers while their message is read.
pub(crate) struct OthersFound {
    lines: Vec<Line>,
    /// All of them, if one could not be left where it is.
    list: Option<Vec<Header>>,
}

impl Default for OthersFound {
    fn default() -> OthersFound {
        OthersFound {
            lines: Vec::with_capacity(USUAL_OTHERS),
            list: None,
        }
    }
}

impl OthersFound {
    /// Takes a line of the head, of which the name is a token without a field and the value has no
    /// line break and no white space around it.
    #[inline]
    pub(crate) fn take(&mut self, head: &[u8], name: &[u8], value: &[u8]) -> Result<(), TextError> {
        if self.list.is_none()
            && let Some(line) = Line::of(head, name, value)
        {
            self.lines.push(line);
            return Ok(());
        }
        self.take_copy(head, name, value)
    }

    /// Of a line that was folded, and so is in no head, or that follows such a line.
    #[cold]
    fn take_copy(&mut self, head: &[u8], name: &[u8], value: &[u8]) -> Result<(), TextError> {
        let value = Value::new(value)?;
        let lines = std::mem::take(&mut self.lines);
        let list = self.list.get_or_insert_with(|| {
            let head = Arc::from(head);
            ReadHeaders { head, lines }.read()
        });
        let name = Name::without_field(&lex::lossy(name));
        list.push(Header { name, value });
        Ok(())
    }

    /// With a copy of the head, which is made where it is needed.
    pub(crate) fn into_others(self, head: impl FnOnce() -> Arc<[u8]>) -> Others {
        match self.list {
            Some(list) => list.into(),
            None if self.lines.is_empty() => Others::default(),
            None => OnDemand::of(ReadHeaders {
                head: head(),
                lines: self.lines,
            }),
        }
    }
}

impl Others {
    /// The values of all lines of that name, in either form of the name.
    pub(crate) fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let name = Name::long_form(name);
        let mut at = 0;
        std::iter::from_fn(move || {
            loop {
                let (other, value) = self.line(at)?;
                at += 1;
                if Name::long_form(other).eq_ignore_ascii_case(name) {
                    return Some(value);
                }
            }
        })
    }

    /// Appends all of them as lines of a message.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self.source() {
            Some(read) => read.write(out),
            None => self.iter().for_each(|header| {
                write_line(
                    out,
                    header.name.as_str().as_bytes(),
                    header.value.as_bytes(),
                );
            }),
        }
    }

    fn line(&self, at: usize) -> Option<(&[u8], &[u8])> {
        match self.source() {
            Some(read) => {
                let line = read.lines.get(at)?;
                Some((read.piece(&line.name), read.piece(&line.value)))
            }
            None => {
                let header = self.get(at)?;
                Some((header.name.as_str().as_bytes(), header.value.as_bytes()))
            }
        }
    }
}

impl ReadHeaders {
    fn piece(&self, place: &Range<u32>) -> &[u8] {
        &self.head[place.start as usize..place.end as usize]
    }

    /// Lines that follow each other and are written as we would are copied in one go.
    fn write(&self, out: &mut Vec<u8>) {
        let mut rest = self.lines.as_slice();
        while let [first, others @ ..] = rest {
            rest = others;
            if !self.is_written_as_by_us(first) {
                write_line(out, self.piece(&first.name), self.piece(&first.value));
                continue;
            }
            let mut end = first.value.end + LINE_BREAK;
            while let [next, others @ ..] = rest
                && next.name.start == end
                && self.is_written_as_by_us(next)
            {
                end = next.value.end + LINE_BREAK;
                rest = others;
            }
            out.extend_from_slice(self.piece(&(first.name.start..end)));
        }
    }

    fn is_written_as_by_us(&self, line: &Line) -> bool {
        let after_value = self.head.get(line.value.end as usize..);
        self.piece(&(line.name.end..line.value.start)) == b": "
            && after_value.is_some_and(|rest| rest.starts_with(b"\r\n"))
    }
}

impl Source for ReadHeaders {
    type Item = Header;

    fn count(&self) -> usize {
        self.lines.len()
    }

    fn read(&self) -> Vec<Header> {
        let read = |line: &Line| Header {
            name: Name::without_field(&lex::lossy(self.piece(&line.name))),
            value: Value::piece(&self.head, line.value.clone()),
        };
        self.lines.iter().map(read).collect()
    }
}

impl Line {
    /// `None` if they are not pieces of the head.
    fn of(head: &[u8], name: &[u8], value: &[u8]) -> Option<Line> {
        // All places in it are of that size then.
        u32::try_from(head.len()).ok()?;
        let place = |piece| lex::place(head, piece).map(|at| at.start as u32..at.end as u32);
        Some(Line {
            name: place(name)?,
            value: place(value)?,
        })
    }
}

fn write_line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// An INVITE of an IMS has about 20.
const USUAL_OTHERS: usize = 24;

const LINE_BREAK: u32 = 2;
