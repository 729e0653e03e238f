//! Words around the people of this page: finding them, writing them down, files of them.

use sip::number::NumberError;

use crate::phone::state::{
    Can, DraftProblems, Imported, Refused, Skipped, SkippedWhy, TypedProblem,
};

use super::fill;

pub struct PeopleWords {
    pub favourites: &'static str,
    pub recent: &'static str,
    pub others: &'static str,
    pub found: &'static str,
    pub more: &'static str,
    pub found_count: &'static str,

    pub typed_hint: &'static str,
    pub typed_add: &'static str,
    pub typed_keep: &'static str,

    pub can_watch: &'static str,
    pub can_receive: &'static str,
    pub cannot: &'static str,

    pub details: &'static str,
    pub card: &'static str,
    pub back: &'static str,
    pub favourite: &'static str,
    pub edit: &'static str,
    pub delete: &'static str,
    pub write_down: &'static str,
    pub of_directory: &'static str,
    pub not_callable: &'static str,

    pub add: &'static str,
    pub new_title: &'static str,
    pub edit_title: &'static str,
    pub name: &'static str,
    pub way: &'static str,
    pub another_way: &'static str,
    pub way_hint: &'static str,
    pub another: &'static str,
    pub save: &'static str,
    pub cancel: &'static str,
    pub no_name: &'static str,
    pub no_way: &'static str,
    pub said_saved: &'static str,

    pub deleted: &'static str,
    pub undo: &'static str,
    pub not_kept: &'static str,
    pub understood: &'static str,

    pub files: &'static str,
    pub files_hint: &'static str,
    pub import: &'static str,
    pub export: &'static str,
    pub pick: &'static str,
    pub report_title: &'static str,
    pub report_none: &'static str,
    pub report_more: &'static str,
    pub card_named: &'static str,
    pub card_numbered: &'static str,
}

pub(super) const ENGLISH: PeopleWords = PeopleWords {
    favourites: "Favourites",
    recent: "Recent",
    others: "Everyone",
    found: "Found",
    more: "Show {count} more",
    found_count: "{count} found",

    typed_hint: "Not in your people. You can share all the same.",
    typed_add: "Add to people",
    typed_keep: "Add {who} to your people",

    can_watch: "Can watch live video",
    can_receive: "Can receive pictures, not live video",
    cannot: "Cannot receive video",

    details: "Details of {who}",
    card: "Details",
    back: "Back to everyone",
    favourite: "Favourite",
    edit: "Edit",
    delete: "Delete",
    write_down: "Add to my people",
    of_directory: "From the list of everyone here",
    not_callable: "Cannot be called from here. Write it in full, with + and the country.",

    add: "Add somebody",
    new_title: "Add somebody",
    edit_title: "Edit {who}",
    name: "Name",
    way: "Number or address",
    another_way: "Another number or address",
    way_hint: "As you would dial it, or an address like anna@example.com.",
    another: "Add another number",
    save: "Save",
    cancel: "Cancel",
    no_name: "Give them a name.",
    no_way: "Write a number or an address.",
    said_saved: "{who} is saved.",

    deleted: "{who} was deleted.",
    undo: "Undo",
    not_kept: "Your browser keeps nothing for this page, perhaps because the window is private. Who you add and what you share is forgotten when you close it.",
    understood: "All right",

    files: "Your people",
    files_hint: "Files of contacts (.vcf), as phones and mail programs write them.",
    import: "Import a file",
    export: "Export a file",
    pick: "From this device",
    report_title: "Import",
    report_none: "Nothing in it was new.",
    report_more: "And {count} more.",
    card_named: "{who} (card {at})",
    card_numbered: "Card {at}",
};

/// Nothing while nothing is known.
pub fn can(can: Can) -> Option<&'static str> {
    let w = &super::words().people;
    match can {
        Can::Unknown => None,
        Can::LiveVideo => Some(w.can_watch),
        Can::PicturesOnly => Some(w.can_receive),
        Can::Nothing => Some(w.cannot),
    }
}

/// What is wrong with a number or an address, and what to do about it.
pub fn typed_problem(problem: TypedProblem) -> String {
    let text = match problem {
        TypedProblem::Address => "An address looks like anna@example.com.",
        TypedProblem::Number(NumberError::Empty) => "There is no number yet.",
        TypedProblem::Number(NumberError::Character(letter)) => {
            let template = "A number has no “{letter}”. Check it.";
            return fill(template, "letter", &letter.to_string());
        }
        TypedProblem::Number(NumberError::TooShort) => "That is too short for a telephone number.",
        TypedProblem::Number(NumberError::TooLong) => {
            "That is too long for a telephone number. It has 15 digits at most."
        }
        TypedProblem::Number(NumberError::NoCountry) => {
            "No country’s numbers begin with +0. Leave the 0 out."
        }
        TypedProblem::Number(NumberError::NotGlobal) => {
            "Write the number in full, with + and the country."
        }
        TypedProblem::Number(NumberError::NoAreaCode) => {
            "Write the area code too, or the number in full, with + and the country."
        }
        TypedProblem::Number(NumberError::ForeignContext) => {
            "That number works in another network alone. Write it in full, with + and the country."
        }
    };
    text.to_owned()
}

/// What is wrong with the field at that place; none if nothing is.
pub fn way_problem(problems: &DraftProblems, at: usize) -> Option<String> {
    let of_field = problems.ways.iter().find(|(place, _)| *place == at);
    match (of_field, at) {
        (Some((_, problem)), _) => Some(typed_problem(*problem)),
        (None, 0) if problems.no_way => Some(super::words().people.no_way.to_owned()),
        (None, _) => None,
    }
}

/// What came of an import, in one line.
pub fn imported(report: &Imported) -> String {
    match report.refused {
        Some(Refused::NoCards) => {
            return "That file has no contacts in it. Choose one that ends in .vcf.".to_owned();
        }
        Some(Refused::TooLarge) => {
            return "That file is too large. Export fewer contacts at a time, or without pictures."
                .to_owned();
        }
        None => {}
    }
    let counts = [
        (report.added, "{count} added"),
        (report.merged, "{count} completed"),
        (report.same, "{count} already there"),
        (report.skipped_in_all, "{count} left out"),
    ];
    let said = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, template)| fill(template, "count", &count.to_string()));
    let said: Vec<String> = said.collect();
    match said.is_empty() {
        true => super::words().people.report_none.to_owned(),
        false => format!("{}.", said.join(", ")),
    }
}

/// Which card was left out, and why.
pub fn skipped(skipped: &Skipped) -> String {
    let w = &super::words().people;
    let at = skipped.card.to_string();
    let card = match &skipped.name {
        Some(name) => fill(&fill(w.card_named, "at", &at), "who", name),
        None => fill(w.card_numbered, "at", &at),
    };
    let why = match skipped.why {
        SkippedWhy::Broken => "It breaks off in the middle.".to_owned(),
        SkippedWhy::NoNumber => "It has no number.".to_owned(),
        SkippedWhy::Full => "There is no room for more people.".to_owned(),
        SkippedWhy::Number(problem) => typed_problem(problem),
    };
    format!("{card}: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_told_in_one_line() {
        let report = Imported {
            added: 12,
            same: 1,
            skipped_in_all: 2,
            ..Imported::default()
        };
        assert_eq!(imported(&report), "12 added, 1 already there, 2 left out.");
        assert_eq!(imported(&Imported::default()), "Nothing in it was new.");
    }

    #[test]
    fn a_card_that_was_left_out_is_named() {
        let card = |name: Option<&str>, why| Skipped {
            card: 3,
            name: name.map(str::to_owned),
            why,
        };
        assert_eq!(
            skipped(&card(Some("Ben"), SkippedWhy::NoNumber)),
            "Ben (card 3): It has no number."
        );
        assert_eq!(
            skipped(&card(None, SkippedWhy::Broken)),
            "Card 3: It breaks off in the middle."
        );
    }
}
