//! Do the languages say the same things?

use crate::{Area, Areas, Complaint, LANGUAGES, Message, Text};

/// Complains of what one language has and another lacks.
pub(super) fn agree(languages: &[Areas], complaints: &mut Vec<Complaint>) {
    let Some((english, others)) = languages.split_first() else {
        return;
    };
    for (language, areas) in LANGUAGES.iter().skip(1).zip(others) {
        for name in areas.keys().filter(|name| !english.contains_key(*name)) {
            complaints.push(Complaint {
                file: format!("{}/{name}.ftl", language.folder),
                line: 1,
                what: "English has no such file".to_owned(),
            });
        }
        for (name, said) in english {
            let file = format!("{}/{name}.ftl", language.folder);
            match areas.get(name) {
                Some(area) => compare(&file, name, said, area, complaints),
                None => complaints.push(Complaint {
                    file: format!("en/{name}.ftl"),
                    line: 1,
                    what: format!("there is no {file}"),
                }),
            }
        }
    }
}

fn compare(file: &str, name: &str, english: &Area, area: &Area, complaints: &mut Vec<Complaint>) {
    for message in english {
        match area.iter().find(|other| other.id == message.id) {
            Some(other) => {
                if let Some(what) = differs(message, other) {
                    complaints.push(Complaint {
                        file: file.to_owned(),
                        line: other.line,
                        what,
                    });
                }
            }
            None => complaints.push(Complaint {
                file: format!("en/{name}.ftl"),
                line: message.line,
                what: format!("{} is missing in {file}", hyphened(message)),
            }),
        }
    }
    for message in area {
        if !english.iter().any(|other| other.id == message.id) {
            complaints.push(Complaint {
                file: file.to_owned(),
                line: message.line,
                what: format!("English has no {}", hyphened(message)),
            });
        }
    }
}

fn hyphened(message: &Message) -> String {
    message.id.replace('_', "-")
}

fn differs(english: &Message, other: &Message) -> Option<String> {
    let name = hyphened(english);
    let unknown = |one: &Message, two: &Message| {
        let found = one
            .variables
            .iter()
            .find(|name| !two.variables.contains(name));
        found.cloned()
    };
    if let Some(variable) = unknown(other, english) {
        return Some(format!("{name}: English has no ${variable} here"));
    }
    if let Some(variable) = unknown(english, other) {
        return Some(format!("{name}: ${variable} is not said"));
    }
    match (&english.text, &other.text) {
        (Text::Plain(_), Text::Plain(_))
        | (Text::Counted(_), Text::Plain(_) | Text::Counted(_))
        | (Text::Explained { .. }, Text::Explained { .. }) => None,
        (Text::Plain(_) | Text::Explained { .. }, Text::Counted(_)) => {
            Some(format!("{name}: English has no plurals here"))
        }
        (Text::Explained { .. }, Text::Plain(_)) | (_, Text::Explained { .. }) => {
            Some(format!("{name}: English has other attributes"))
        }
    }
}
