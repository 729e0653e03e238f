//! Rule R1.29: whether others may show one something. Off, they hear that one declines.

use leptos::prelude::*;

use crate::phone::state::{Command, Willing};
use crate::text::words;
use crate::view::Page;

#[component]
pub fn Willingness() -> impl IntoView {
    let w = &words().call;
    let page = Page::here();
    let willing = page.part(|state| state.willing);
    let choices = [
        (Willing::Yes, "yes", w.willing_yes),
        (Willing::No, "no", w.willing_no),
    ];
    view! {
        <fieldset class="choice">
            <legend class="choice__legend">{w.willing}</legend>
            <div class="choice__row">
                {choices
                    .map(|(choice, name, label)| view! {
                        <label class="choice__option">
                            <input
                                class="unseen"
                                type="radio"
                                name="willing"
                                data-testid=format!("willing-{name}")
                                prop:checked=move || willing.get() == choice
                                on:change=move |_| page.send(Command::SetWilling(choice))
                            />
                            <span>{label}</span>
                        </label>
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}
