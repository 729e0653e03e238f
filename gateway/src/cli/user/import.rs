//! A list of subscribers as an operator has it: CSV (RFC 4180), one line a person.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use sidecam_gateway::home::subscribers::UserName;
use sidecam_gateway::store::Subscriber;
use sip::digest::Ha1;
use sip::number::E164;

/// One line. The password is given in the clear and kept as a hash.
#[derive(Deserialize)]
struct Line {
    name: String,
    number: String,
    #[serde(default)]
    display: String,
    password: String,
}

/// Everybody on the list, each checked as `user add` checks.
///
/// # Errors
/// The list cannot be read, or a line of it cannot be taken; the message names the line.
pub(super) fn read(file: &Path, realm: &str) -> anyhow::Result<Vec<Subscriber>> {
    if file == Path::new("-") {
        return parse(std::io::stdin().lock(), realm);
    }
    let opened =
        std::fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    parse(opened, realm).with_context(|| format!("{} is not such a list", file.display()))
}

fn parse(list: impl Read, realm: &str) -> anyhow::Result<Vec<Subscriber>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(list);
    let headers = reader.headers().context("it has no first line")?.clone();
    let mut everybody = Vec::new();
    for record in reader.records() {
        let record = record?;
        let number = record.position().map_or(0, csv::Position::line);
        let line: Line = record.deserialize(Some(&headers))?;
        everybody.push(subscriber(line, realm).with_context(|| format!("line {number}"))?);
    }
    Ok(everybody)
}

fn subscriber(line: Line, realm: &str) -> anyhow::Result<Subscriber> {
    let name: UserName = line
        .name
        .parse()
        .map_err(|error| anyhow::anyhow!("{:?}: {error}", line.name))?;
    let number: E164 = line
        .number
        .parse()
        .map_err(|error| anyhow::anyhow!("{:?}: {error}", line.number))?;
    super::check_length(&line.password)?;
    let display = match line.display.as_str() {
        "" => name.as_str().to_owned(),
        display => display.to_owned(),
    };
    Ok(Subscriber {
        display,
        ha1: Ha1::of(name.as_str(), realm, &line.password),
        name: name.into(),
        number: number.into(),
        realm: realm.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(list: &str) -> Result<Vec<String>, String> {
        let everybody =
            parse(list.as_bytes(), "example.net").map_err(|error| format!("{error:#}"))?;
        Ok(everybody
            .iter()
            .map(|one| format!("{} {} {}", one.name, one.number, one.display))
            .collect())
    }

    #[test]
    fn columns_are_found_by_their_names_and_a_missing_display_is_the_name() {
        assert_eq!(
            parsed(
                "password,name,number,display\ncorrect horse,nina,+15550001,\"Nina, at home\"\n\
                 battery staple,otto,+15550002,\n"
            ),
            Ok(vec![
                "nina +15550001 Nina, at home".into(),
                "otto +15550002 otto".into()
            ])
        );
    }

    #[test]
    fn a_line_that_cannot_be_taken_is_named() {
        let refused = parsed("name,number,password\nnina,+15550001,correct horse\notto,12,short\n");
        assert!(refused.is_err_and(|error| error.starts_with("line 3: \"12\"")));
        let refused = parsed("name,number,password\nnina,+15550001,short\n");
        assert_eq!(
            refused,
            Err("line 2: the password has fewer than 8 characters".into())
        );
        assert!(parsed("name,number\nnina,+15550001\n").is_err());
    }
}
