//! What a browser installs is the same in each language, but for the words.

// There are no files in a browser.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::Path;

use serde_json::Value;
use sidecam_client::text::Language;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest(language: Language) -> Value {
    let text = read(&format!("../static{}", language.manifest()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", language.tag()))
}

/// What the page says under that name.
fn word(language: Language, name: &str) -> String {
    let folder = language.tag().split('-').next().unwrap_or_default();
    let words = read(&format!("words/{folder}/page.ftl"));
    let start = format!("{name} = ");
    let found = words.lines().find_map(|line| line.strip_prefix(&start));
    found
        .unwrap_or_else(|| panic!("{name} in {folder}"))
        .to_owned()
}

/// Takes out what is to be read, and gives it.
fn take_words(manifest: &mut Value) -> Vec<String> {
    let places = [
        "/lang",
        "/description",
        "/screenshots/0/label",
        "/screenshots/1/label",
        "/shortcuts/0/name",
        "/shortcuts/1/name",
    ];
    let taken = places.map(|place| {
        let found = manifest.pointer_mut(place).map(Value::take);
        found.and_then(|value| value.as_str().map(str::to_owned))
    });
    taken.into_iter().map(Option::unwrap).collect()
}

#[test]
fn only_the_words_differ_and_all_of_them_do() {
    let mut english = manifest(Language::English);
    let said = take_words(&mut english);
    for language in [Language::Italian, Language::Portuguese] {
        let mut other = manifest(language);
        let others = take_words(&mut other);
        assert_eq!(other, english, "{}", language.tag());
        for (one, two) in said.iter().zip(&others) {
            assert_ne!(one, two, "{}", language.tag());
        }
    }
}

#[test]
fn its_language_and_its_places_are_named_as_on_the_page() {
    for language in Language::ALL {
        let said = take_words(&mut manifest(language));
        assert_eq!(said[0], language.tag());
        assert_eq!(said[4], word(language, "place-people"));
        assert_eq!(said[5], word(language, "place-me"));
    }
}

#[test]
fn the_page_brings_all_of_them() {
    let page = read("../index.html");
    for language in Language::ALL {
        let copied = format!("href=\"static{}\"", language.manifest());
        assert!(page.contains(&copied), "{copied}");
    }
}
