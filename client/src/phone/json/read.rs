//! RFC 8259 §2 to §7, read in one pass.

use super::Json;

/// Deeper than anything that is written here; what is deeper is refused.
const DEPTH: usize = 32;

pub(super) fn whole(text: &str) -> Option<Json> {
    let mut reader = Reader { rest: text };
    let value = reader.value(DEPTH)?;
    reader.skip_space();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Whether this comes next; if so it is behind us.
    fn takes(&mut self, what: &str) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(what);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        let depth = depth.checked_sub(1)?;
        self.skip_space();
        match self.rest.bytes().next()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.text().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number(),
            _ => {
                let words = [
                    ("null", Json::Null),
                    ("true", Json::Bool(true)),
                    ("false", Json::Bool(false)),
                ];
                words
                    .into_iter()
                    .find_map(|(word, value)| self.takes(word).then_some(value))
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        let mut members = Vec::new();
        self.takes("{");
        if self.takes("}") {
            return Some(Json::Object(members));
        }
        loop {
            self.skip_space();
            let name = self.text()?;
            if !self.takes(":") {
                return None;
            }
            members.push((name, self.value(depth)?));
            if self.takes("}") {
                return Some(Json::Object(members));
            }
            if !self.takes(",") {
                return None;
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        let mut values = Vec::new();
        self.takes("[");
        if self.takes("]") {
            return Some(Json::List(values));
        }
        loop {
            values.push(self.value(depth)?);
            if self.takes("]") {
                return Some(Json::List(values));
            }
            if !self.takes(",") {
                return None;
            }
        }
    }

    /// §6: `-`, an integer without leading zeros, a fraction, an exponent.
    fn number(&mut self) -> Option<Json> {
        let part = |c: char| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
        let end = self.rest.find(|c| !part(c)).unwrap_or(self.rest.len());
        let (written, rest) = self.rest.split_at(end);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let (base, exponent) = written.split_once(['e', 'E']).unwrap_or((written, "0"));
        let (whole, fraction) = base.split_once('.').unwrap_or((base, "0"));
        let whole = whole.strip_prefix('-').unwrap_or(whole);
        let leads = whole.len() > 1 && whole.starts_with('0');
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let right = digits(whole) && !leads && digits(fraction) && digits(exponent);
        self.rest = rest;
        right.then(|| Json::Number(written.to_owned()))
    }

    fn text(&mut self) -> Option<String> {
        let mut rest = self.rest.strip_prefix('"')?.chars();
        let mut text = String::new();
        loop {
            match rest.next()? {
                '"' => break,
                '\\' => text.push(match rest.next()? {
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => coded(&mut rest)?,
                    same @ ('"' | '\\' | '/') => same,
                    _ => return None,
                }),
                character if character < ' ' => return None,
                character => text.push(character),
            }
        }
        self.rest = rest.as_str();
        Some(text)
    }
}

/// §7: four digits, or twice that for what is beyond sixteen bits.
fn coded(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let first = unit(rest)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    if rest.next()? != '\\' || rest.next()? != 'u' {
        return None;
    }
    let second = unit(rest)?;
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + low)
}

fn unit(rest: &mut std::str::Chars<'_>) -> Option<u32> {
    let mut unit = 0;
    for _ in 0..4 {
        unit = unit << 4 | rest.next()?.to_digit(16)?;
    }
    Some(unit)
}
