//! WebAssembly core specification, 5.5.2 and 7.4.1: which module of which crate the functions of a program are of.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

const IMPORTS: u8 = 2;
const CODE: u8 = 10;

/// The header, "\0asm" and the version.
const HEADER: usize = 8;

/// Bytes of code by module: of the project's own crates two levels deep, of others the crate.
pub fn by_module(program: &[u8]) -> Result<BTreeMap<String, usize>> {
    let mut reader = Reader(program.get(HEADER..).context("no program")?);
    let (mut imported, mut bodies, mut names) = (0, Vec::new(), BTreeMap::new());
    while let Some(id) = reader.byte() {
        let mut section = reader.block()?;
        match id {
            0 if section.block()?.0 == b"name" => names = function_names(section)?,
            IMPORTS => imported = functions_imported(section)?,
            CODE => {
                for _ in 0..section.number()? {
                    bodies.push(section.block()?.0.len());
                }
            }
            _ => {}
        }
    }
    let mut modules = BTreeMap::new();
    for (nth, bytes) in bodies.into_iter().enumerate() {
        let name = names.get(&(imported + nth)).copied().unwrap_or_default();
        *modules.entry(module(name)).or_default() += bytes;
    }
    Ok(modules)
}

/// The program without its names, which the optimizer would warn of as it drops them.
pub fn without_names(program: &[u8]) -> Result<Vec<u8>> {
    let (header, sections) = program.split_at_checked(HEADER).context("no program")?;
    let mut bare = header.to_vec();
    let mut reader = Reader(sections);
    loop {
        let before = reader.0;
        let Some(id) = reader.byte() else {
            return Ok(bare);
        };
        let mut section = reader.block()?;
        if id != 0 || section.block()?.0 != b"name" {
            bare.extend(&before[..before.len() - reader.0.len()]);
        }
    }
}

fn function_names(mut section: Reader<'_>) -> Result<BTreeMap<usize, &str>> {
    let mut names = BTreeMap::new();
    while let Some(kind) = section.byte() {
        let mut part = section.block()?;
        // 1 is of functions, 0 of the module, 2 of locals.
        if kind == 1 {
            for _ in 0..part.number()? {
                let nth = part.number()?;
                names.insert(nth, std::str::from_utf8(part.block()?.0)?);
            }
        }
    }
    Ok(names)
}

fn functions_imported(mut section: Reader<'_>) -> Result<usize> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.block()?;
        section.block()?;
        let kind = section.byte().context("an import ends early")?;
        match kind {
            0 => {
                functions += 1;
                section.number()?;
            }
            // Tables have a type before their limits.
            1 => {
                section.byte();
                section.limits()?;
            }
            2 => section.limits()?,
            3 => {
                section.byte();
                section.byte();
            }
            other => bail!("an import of kind {other}"),
        }
    }
    Ok(functions)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// LEB128.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte().context("a number ends early")?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        bail!("a number is too long")
    }

    /// A length, and as many bytes.
    fn block(&mut self) -> Result<Self> {
        let length = self.number()?;
        let (block, rest) = self
            .0
            .split_at_checked(length)
            .context("a block ends early")?;
        self.0 = rest;
        Ok(Self(block))
    }

    fn limits(&mut self) -> Result<()> {
        let has_most = self.number()? & 1 == 1;
        self.number()?;
        if has_most {
            self.number()?;
        }
        Ok(())
    }
}

const OWN: [&str; 2] = ["sidecam_client", "sip"];

/// `sidecam_client::view::people` for `_ZN14sidecam_client4view6people…`, `core` for `_RNvNtCs…_4core3fmt…`.
fn module(symbol: &str) -> String {
    let path = match symbol.strip_prefix("_ZN") {
        Some(rest) => segments(rest),
        None => segments(
            symbol
                .split_once("Cs")
                .and_then(|(_, rest)| rest.split_once('_'))
                .map_or("", |(_, rest)| rest),
        ),
    };
    // What a trait does for a type is named after both: `<sip::agent::Agent as core::fmt::Debug>::fmt`.
    let first = path.first().copied().unwrap_or("other");
    let (krate, rest) = match first.strip_prefix("_$LT$") {
        Some(of) => {
            let of: Vec<&str> = of.split("..").flat_map(|part| part.split('$')).collect();
            (
                of.first().copied().unwrap_or("other").to_owned(),
                of.get(1).map(|&module| module.to_owned()),
            )
        }
        None => (first.to_owned(), None),
    };
    // What is generic over everything is nobody's.
    if !krate.starts_with(|first: char| first.is_ascii_lowercase()) {
        return "other".to_owned();
    }
    if !OWN.contains(&krate.as_str()) {
        return krate;
    }
    let inner = match rest {
        Some(module) => vec![module],
        None => path
            .iter()
            .skip(1)
            .take(2)
            .map(|&module| module.to_owned())
            .collect(),
    };
    [vec![krate], inner].concat().join("::")
}

/// `4view6people` is two.
fn segments(mut mangled: &str) -> Vec<&str> {
    let mut found = Vec::new();
    loop {
        let digits = mangled.len()
            - mangled
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let (length, rest) = mangled.split_at(digits);
        let Some((segment, rest)) = length
            .parse()
            .ok()
            .and_then(|length| rest.split_at_checked(length))
        else {
            return found;
        };
        found.push(segment);
        mangled = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_names_its_module() {
        for (symbol, expected) in [
            (
                "_ZN14sidecam_client4view6people4card17h0123456789abcdefE",
                "sidecam_client::view::people",
            ),
            (
                "_ZN3sip5agent5Agent4take17h1120d7430888df87E",
                "sip::agent::Agent",
            ),
            (
                "_ZN88_$LT$sip..message..header..NameAddr$u20$as$u20$core..str..traits..FromStr$GT$4from17hfcE",
                "sip::message",
            ),
            ("_ZN4core5slice4sort17h0c2fa5dff927eaf5E", "core"),
            ("_RNvMs3_NtCs5cOc02OMXlo_5alloc3stre12to_lowercase", "alloc"),
            (
                "_ZN53_$LT$T$u20$as$u20$tachys..view..RenderHtml$GT$5build17h00E",
                "other",
            ),
            (
                "_ZN30_$LT$$RF$T$u20$as$u20$core..fmt$GT$3fmt17h00E",
                "other",
            ),
            ("dummy", "other"),
            ("", "other"),
        ] {
            assert_eq!(module(symbol), expected, "{symbol}");
        }
    }

    #[test]
    fn code_is_counted_by_the_name_of_its_function() {
        let name = b"_ZN4core3fmt17h00E";
        let mut program = b"\0asm\x01\0\0\0".to_vec();
        // One import: "a" "b", a function of type 0.
        program.extend([2, 7, 1, 1, b'a', 1, b'b', 0, 0]);
        // One body of three bytes.
        program.extend([10, 5, 1, 3, 0, 0x0b, 0x0b]);
        let names = [&[1, 1, name.len() as u8][..], name].concat();
        let functions = [&[1, names.len() as u8][..], &names].concat();
        let custom = [&[4][..], b"name", &functions].concat();
        program.extend([&[0, custom.len() as u8][..], &custom].concat());
        let modules = by_module(&program).expect("it is a program");
        assert_eq!(modules, BTreeMap::from([("core".to_owned(), 3)]));
        let bare = without_names(&program).expect("it is a program");
        assert_eq!(bare, program[..program.len() - custom.len() - 2]);
        assert!(by_module(&program[..20]).is_err());
    }
}
