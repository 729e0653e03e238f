//! What the device does when somebody asks, and where sound comes out.

use leptos::prelude::*;

use crate::edge::bell::Bell;
use crate::edge::loudspeaker::{self, Loudspeaker};
use crate::edge::notice::{self, Allowed};
use crate::edge::storage;
use crate::text::words;
use crate::view::Page;
use crate::view::attention::Choices;
use crate::view::icon::{Glyph, Icon};

#[component]
pub fn Alerts() -> impl IntoView {
    view! {
        <Ringing />
        <Telling />
        <Sound />
    }
}

/// One of two.
#[component]
fn Switch(
    name: &'static str,
    legend: &'static str,
    on: &'static str,
    off: &'static str,
    #[prop(into)] is: Signal<bool>,
    set: impl Fn(bool) + Copy + Send + Sync + 'static,
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="choice">
            <legend class="choice__legend">{legend}</legend>
            <div class="choice__row">
                {[(true, "on", on), (false, "off", off)]
                    .map(|(value, word, label)| view! {
                        <label class="choice__option">
                            <input
                                class="unseen"
                                type="radio"
                                name=name
                                data-testid=format!("{name}-{word}")
                                prop:checked=move || is.get() == value
                                on:change=move |_| set(value)
                            />
                            <span>{label}</span>
                        </label>
                    })
                    .into_iter()
                    .collect_view()}
            </div>
            {children()}
        </fieldset>
    }
}

#[component]
fn Ringing() -> impl IntoView {
    let w = &words().around;
    let rings = Choices::here().rings;
    let bell = StoredValue::new_local(Bell::new());
    view! {
        <Switch
            name="ring"
            legend=w.ring
            on=w.ring_on
            off=w.ring_off
            is=rings
            set=move |on| rings.set(on)
        >
            <button
                class="button button--plain button--small alerts__more"
                data-testid="ring-listen"
                on:click=move |_| bell.with_value(|bell| bell.sample())
            >
                <Glyph icon=Icon::Right size=18 />
                {w.ring_listen}
            </button>
        </Switch>
    }
}

#[component]
fn Telling() -> impl IntoView {
    let w = &words().around;
    let tells = Choices::here().tells;
    let allowed = RwSignal::new(notice::allowed());
    looked_at(move || allowed.set(notice::allowed()));
    let is = Signal::derive(move || tells.get() && allowed.get() == Allowed::Yes);
    let set = move |on| match on {
        true => tell(tells, allowed),
        false => tells.set(false),
    };
    (allowed.get_untracked() != Allowed::Never).then(|| {
        view! {
            <Switch
                name="tell"
                legend=w.tell
                on=w.tell_on
                off=w.tell_off
                is
                set
            >
                <p class="small quiet alerts__more" role="status" data-testid="tell-refused">
                    {move || (allowed.get() == Allowed::No).then_some(w.tell_refused)}
                </p>
            </Switch>
        }
    })
}

/// The person wants to be told: the browser may have to ask them once.
fn tell(tells: RwSignal<bool>, allowed: RwSignal<Allowed>) {
    notice::ask(move |now| {
        // The view may have gone while the browser asked.
        let _ = allowed.try_set(now);
        tells.set(now == Allowed::Yes);
    });
}

/// After one was missed: the moment at which it is plain what for.
#[component]
pub fn TellNextTime() -> impl IntoView {
    let w = &words().around;
    let tells = Choices::here().tells;
    let allowed = RwSignal::new(notice::allowed());
    let offered = allowed.get_untracked() == Allowed::NotAsked;
    let said = move || match allowed.get() {
        Allowed::Yes => Some(w.told_next_time),
        Allowed::No => Some(w.tell_refused),
        Allowed::NotAsked | Allowed::Never => None,
    };
    offered.then(|| {
        view! {
            <Show when=move || allowed.get() == Allowed::NotAsked>
                <button
                    class="button button--plain button--small"
                    data-testid="tell-next-time"
                    on:click=move |_| tell(tells, allowed)
                >
                    {w.tell_next_time}
                </button>
            </Show>
            <p class="small quiet" role="status">{said}</p>
        }
    })
}

/// Whenever one's own place is turned to: what the browser allows and has may have changed.
fn looked_at(read: impl Fn() + 'static) {
    let page = Page::here();
    Effect::new(move |_| {
        page.place.track();
        page.details.track();
        read();
    });
}

#[component]
fn Sound() -> impl IntoView {
    let w = &words().around;
    let found = RwSignal::new(Vec::<Loudspeaker>::new());
    let chosen = RwSignal::new(storage::loudspeaker().unwrap_or_default());
    looked_at(move || {
        if loudspeaker::is_choice() {
            loudspeaker::list(move |list| {
                // The view may have gone meanwhile.
                let _ = found.try_set(list);
            });
        }
    });
    let choose = move |id: String| {
        loudspeaker::choose(&id);
        chosen.set(id);
    };
    view! {
        // One is no choice.
        <Show when=move || found.with(|found| found.len() > 1)>
            <div class="choice">
                <label class="choice__legend" for="loudspeaker">{w.loudspeaker}</label>
                <select
                    id="loudspeaker"
                    class="field__input alerts__select"
                    data-testid="loudspeaker"
                    prop:value=move || chosen.get()
                    on:change:target=move |event| choose(event.target().value())
                >
                    <option value="">{w.loudspeaker_own}</option>
                    {move || found.get().into_iter().map(|one| {
                        let is = chosen.with_untracked(|chosen| *chosen == one.id);
                        view! { <option value=one.id selected=is>{one.name}</option> }
                    }).collect_view()}
                </select>
            </div>
        </Show>
    }
}
