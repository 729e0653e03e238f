//! The language of the page: which one the browser and the person want, where its words come
//! from, and how it counts and writes numbers (ECMA-402).

use std::cell::RefCell;

use js_sys::{Array, Intl, JsString, Object};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, window};

use crate::text::{Category, Language, Numbers, Spoken, Words, spoken};

thread_local! {
    /// What was fetched already: each language once.
    static FETCHED: RefCell<Vec<(Language, &'static Words)>> = const { RefCell::new(Vec::new()) };
}

const BY_BROWSER: Numbers = Numbers { category, write };

/// The language that the browser's owner reads.
pub fn of_browser() -> Language {
    Language::of_tags(tags())
}

/// What the page brings with it.
pub fn english() -> Spoken {
    Spoken {
        numbers: BY_BROWSER,
        ..Spoken::ENGLISH
    }
}

/// A language with its words; none if they could not be fetched.
pub async fn fetch(language: Language) -> Option<Spoken> {
    let Some(file) = language.file() else {
        return Some(english());
    };
    let known = FETCHED.with_borrow(|fetched| {
        let mut fetched = fetched.iter();
        fetched
            .find(|(of, _)| *of == language)
            .map(|(_, words)| *words)
    });
    let words = match known {
        Some(words) => words,
        None => {
            let words = Words::of_file(text_of(file).await?)?;
            FETCHED.with_borrow_mut(|fetched| fetched.push((language, words)));
            words
        }
    };
    Some(Spoken {
        language,
        words,
        numbers: BY_BROWSER,
    })
}

/// Tells whoever reads the document aloud what language it is in, and the browser in which one to
/// offer it for installing.
pub fn name_in_document(language: Language) {
    let Some(document) = window().and_then(|window| window.document()) else {
        return;
    };
    let link = document.query_selector("link[rel=manifest]").ok().flatten();
    let named = [
        (document.document_element(), "lang", language.tag()),
        (link, "href", language.manifest()),
    ];
    for (element, attribute, value) in named {
        if let Some(element) = element {
            // Setting a plain attribute cannot fail.
            let _ = element.set_attribute(attribute, value);
        }
    }
}

/// The language in use as dates and numbers want it: with the region that the browser's owner
/// has, if it is their language.
pub fn locale() -> String {
    let language = spoken().language;
    let own = tags()
        .into_iter()
        .find(|tag| Language::from_tag(tag) == Some(language));
    own.unwrap_or_else(|| language.tag().to_owned())
}

fn tags() -> Vec<String> {
    let Some(window) = window() else {
        return Vec::new();
    };
    let tags = window.navigator().languages();
    tags.iter().filter_map(|tag| tag.as_string()).collect()
}

async fn text_of(file: &str) -> Option<String> {
    let response = JsFuture::from(window()?.fetch_with_str(file)).await.ok()?;
    let response: Response = response.dyn_into().ok()?;
    if response.status() != 200 {
        return None;
    }
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    text.as_string()
}

fn category(count: u64) -> Category {
    let locales = Array::of1(&JsValue::from_str(&locale()));
    let rules = Intl::PluralRules::new(&locales, &Object::new());
    let name: JsString = rules.select(count as f64);
    Category::from_name(&String::from(name))
}

fn write(count: u64) -> String {
    js_sys::Number::from(count as f64)
        .to_locale_string(&locale())
        .into()
}
