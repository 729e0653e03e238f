//! Which language the page speaks. Changing it draws the page anew; what happens in it goes on.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::edge::{language as edge_language, screen, storage};
use crate::text::{Language, speak, spoken, words};

/// The page's language, for everything that is drawn.
#[derive(Clone, Copy)]
pub struct Languages {
    /// None is the browser's own.
    choice: RwSignal<Option<Language>>,
    /// What [`words`] speak now.
    spoken: RwSignal<Language>,
    unreachable: RwSignal<bool>,
}

impl Languages {
    /// `choice` as it was kept.
    pub fn new(choice: Option<Language>) -> Self {
        let wanted = choice.unwrap_or_else(edge_language::of_browser);
        let now = spoken().language;
        Self {
            choice: RwSignal::new(choice),
            spoken: RwSignal::new(now),
            unreachable: RwSignal::new(now != wanted),
        }
    }

    /// Draws anew what calls this when the language changes.
    pub fn track(self) {
        self.spoken.track();
    }

    /// Speaks that language here and now, as the page around this one wants it; the person's own choice
    /// is kept for when there is none around.
    pub fn lend(self, language: Language) {
        self.choice.set(Some(language));
        spawn_local(async move {
            let fetched = edge_language::fetch(language).await;
            let still = self.choice.get_untracked() == Some(language);
            if let Some(fetched) = fetched.filter(|_| still) {
                speak(fetched);
                edge_language::name_in_document(language);
                self.spoken.set(language);
            }
        });
    }

    /// Speaks that language as soon as its words are here, and keeps the choice.
    pub fn choose(self, choice: Option<Language>) {
        let before = self.choice.get_untracked();
        self.choice.set(choice);
        self.unreachable.set(false);
        spawn_local(async move {
            let language = choice.unwrap_or_else(edge_language::of_browser);
            let fetched = edge_language::fetch(language).await;
            // Somebody may have chosen again meanwhile.
            if self.choice.get_untracked() != choice {
                return;
            }
            match fetched {
                Some(fetched) => {
                    storage::keep_language(choice);
                    speak(fetched);
                    edge_language::name_in_document(language);
                    if self.spoken.get_untracked() != language {
                        self.spoken.set(language);
                        screen::focus(FIELD);
                    }
                }
                None => {
                    self.choice.set(before);
                    self.unreachable.set(true);
                }
            }
        });
    }
}

const FIELD: &str = "language";
const OWN: &str = "auto";

/// The choice, by the names that the languages have for themselves.
#[component]
pub fn LanguageChoice() -> impl IntoView {
    let w = words();
    let languages = expect_context::<Languages>();
    let option = move |language: Language| {
        let tag = language.tag();
        view! {
            <option value=tag lang=tag prop:selected=move || languages.choice.get() == Some(language)>
                {language.own_name()}
            </option>
        }
    };
    view! {
        <div class="language">
            <label class="choice__legend" for=FIELD>{w.language}</label>
            <select
                id=FIELD
                class="field__input language__field"
                data-testid="language"
                on:change=move |event| languages.choose(Language::from_tag(&event_target_value(&event)))
            >
                <option value=OWN prop:selected=move || languages.choice.get().is_none()>{w.language_auto}</option>
                {Language::ALL.map(option).collect_view()}
            </select>
            <p class="small warn" role="alert" data-testid="language-problem">
                {move || languages.unreachable.get().then_some(w.language_unreachable)}
            </p>
        </div>
    }
}
