//! Letters as a search sees them: small, and without their accents.

/// `José Ångström` is found by `jose angstrom`, and by `José`.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            // Accents that stand by themselves (Unicode, Combining Diacritical Marks).
            '\u{300}'..='\u{36f}' => {}
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            ascii if ascii.is_ascii() => out.push(ascii),
            other => out.push(base(other)),
        }
    }
    out
}

/// The letter under an accent, for the scripts of Europe.
fn base(letter: char) -> char {
    let family = FAMILIES.iter().find(|(_, family)| family.contains(letter));
    family.map_or(letter, |(base, _)| *base)
}

/// Latin with its accents from the Latin-1, Extended-A and Extended Additional blocks, and the
/// accented letters of Greek and Cyrillic.
const FAMILIES: &[(char, &str)] = &[
    ('a', "àáâãäåāăąǎạảấầẩẫậắằẳẵặ"),
    ('c', "çćĉċč"),
    ('d', "ďđð"),
    ('e', "èéêëēĕėęěẹẻẽếềểễệ"),
    ('g', "ĝğġģ"),
    ('h', "ĥħ"),
    ('i', "ìíîïĩīĭįıǐỉị"),
    ('j', "ĵ"),
    ('k', "ķ"),
    ('l', "ĺļľŀł"),
    ('n', "ñńņňŉŋ"),
    ('o', "òóôõöøōŏőǒọỏốồổỗộơớờởỡợ"),
    ('r', "ŕŗř"),
    ('s', "śŝşšș"),
    ('t', "ţťŧț"),
    ('u', "ùúûüũūŭůűųǔụủưứừửữự"),
    ('w', "ŵẁẃẅ"),
    ('y', "ýÿŷỳỵỷỹ"),
    ('z', "źżž"),
    ('α', "ά"),
    ('ε', "έ"),
    ('η', "ή"),
    ('ι', "ίϊΐ"),
    ('ο', "ό"),
    ('σ', "ς"),
    ('υ', "ύϋΰ"),
    ('ω', "ώ"),
    ('и', "й"),
    ('е', "ё"),
];

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn case_and_accents_are_ignored() {
        let cases = [
            ("José Ångström", "jose angstrom"),
            ("Jose\u{301}", "jose"),
            ("Łukasz Straße", "lukasz strasse"),
            ("Nguyễn Thị", "nguyen thi"),
            ("ΓΙΏΡΓΟΣ", "γιωργοσ"),
            ("Γιώργος", "γιωργοσ"),
            ("Пётр Андрей", "петр андреи"),
            ("李小龍", "李小龍"),
            ("İstanbul", "istanbul"),
        ];
        for (text, expected) in cases {
            assert_eq!(folded(text), expected, "{text}");
        }
    }
}
