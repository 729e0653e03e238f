//! Words around the people of this page: finding them, writing them down, files of them.

use sip::number::NumberError;

use crate::phone::state::{
    Can, DraftProblems, Imported, Refused, Skipped, SkippedWhy, TypedProblem,
};

use super::{fill, words};

/// Nothing while nothing is known.
pub fn can(can: Can) -> Option<&'static str> {
    let w = &words().people;
    match can {
        Can::Unknown => None,
        Can::LiveVideo => Some(w.can_watch),
        Can::PicturesOnly => Some(w.can_receive),
        Can::Nothing => Some(w.cannot),
    }
}

/// What is wrong with a number or an address, and what to do about it.
pub fn typed_problem(problem: TypedProblem) -> String {
    let w = &words().people;
    let text = match problem {
        TypedProblem::Address => w.typed_address,
        TypedProblem::Number(NumberError::Empty) => w.typed_empty,
        TypedProblem::Number(NumberError::Character(letter)) => {
            return fill(w.typed_letter, "letter", &letter.to_string());
        }
        TypedProblem::Number(NumberError::TooShort) => w.typed_too_short,
        TypedProblem::Number(NumberError::TooLong) => w.typed_too_long,
        TypedProblem::Number(NumberError::NoCountry) => w.typed_no_country,
        TypedProblem::Number(NumberError::NotGlobal) => w.typed_not_global,
        TypedProblem::Number(NumberError::NoAreaCode) => w.typed_no_area_code,
        TypedProblem::Number(NumberError::ForeignContext) => w.typed_foreign,
    };
    text.to_owned()
}

/// What is wrong with the field at that place; none if nothing is.
pub fn way_problem(problems: &DraftProblems, at: usize) -> Option<String> {
    let of_field = problems.ways.iter().find(|(place, _)| *place == at);
    match (of_field, at) {
        (Some((_, problem)), _) => Some(typed_problem(*problem)),
        (None, 0) if problems.no_way => Some(words().people.no_way.to_owned()),
        (None, _) => None,
    }
}

/// What came of an import, in one line.
pub fn imported(report: &Imported) -> String {
    let w = &words().people;
    match report.refused {
        Some(Refused::NoCards) => return w.import_no_cards.to_owned(),
        Some(Refused::TooLarge) => return w.import_too_large.to_owned(),
        None => {}
    }
    let counts = [
        (report.added, &w.import_added),
        (report.merged, &w.import_merged),
        (report.same, &w.import_same),
        (report.skipped_in_all, &w.import_skipped),
    ];
    let said = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, part)| part.of(*count));
    let said: Vec<String> = said.collect();
    match said.is_empty() {
        true => w.report_none.to_owned(),
        false => format!("{}.", said.join(", ")),
    }
}

/// Which card was left out, and why.
pub fn skipped(skipped: &Skipped) -> String {
    let w = &words().people;
    let at = skipped.card.to_string();
    let card = match &skipped.name {
        Some(name) => fill(&fill(w.card_named, "at", &at), "who", name),
        None => fill(w.card_numbered, "at", &at),
    };
    let why = match skipped.why {
        SkippedWhy::Broken => w.skipped_broken.to_owned(),
        SkippedWhy::NoNumber => w.skipped_no_number.to_owned(),
        SkippedWhy::Full => w.skipped_full.to_owned(),
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
