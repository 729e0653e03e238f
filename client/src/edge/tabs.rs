//! Other tabs of this browser: who leads is whoever holds a lock (W3C Web Locks §2), and what the
//! leader does it says over a channel (HTML §9.5).
//!
//! A browser without locks has no other tab to ask: the one that wants the lead has it.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{BroadcastChannel, MessageEvent, window};

use super::Report;
use crate::phone::Input;
use crate::phone::tabs::{TabsAct, TabsEvent};

pub struct Tabs {
    report: Report,
    held: RefCell<Option<Held>>,
    /// The name whose lock is waited for.
    queued: RefCell<Option<String>>,
    /// Ends when the lock that was held last is free again.
    last: RefCell<Option<Promise>>,
    with: RefCell<Option<String>>,
    channel: Option<BroadcastChannel>,
    _heard: Closure<dyn Fn(MessageEvent)>,
}

/// The lead, until it is let go.
struct Held {
    name: String,
    let_go: Function,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    IfFree,
    /// However long that takes: also of a tab that crashed nothing is left but that its lock is free.
    WhenFree,
    FromWhoeverHasIt,
}

impl Tabs {
    /// Asks at once who is there.
    pub fn new(report: Report) -> Rc<Self> {
        let tabs = Rc::new_cyclic(|this: &Weak<Self>| {
            let channel = BroadcastChannel::new(CHANNEL).ok();
            let heard = {
                let this = this.clone();
                Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                    if let (Some(this), Some(said)) = (this.upgrade(), event.data().as_string()) {
                        this.heard(&said);
                    }
                })
            };
            if let Some(channel) = &channel {
                channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
            }
            Self {
                report,
                held: RefCell::new(None),
                queued: RefCell::new(None),
                last: RefCell::new(None),
                with: RefCell::new(None),
                channel,
                _heard: heard,
            }
        });
        tabs.say(WHO, "", "");
        tabs
    }

    pub fn act(self: &Rc<Self>, act: TabsAct) {
        match act {
            TabsAct::Lead { name } => self.lead(name, How::IfFree),
            TabsAct::TakeOver { name } => self.lead(name, How::FromWhoeverHasIt),
            TabsAct::Leave => self.leave(),
            TabsAct::Tell { with } => {
                self.with.replace(with);
                self.tell();
            }
        }
    }

    fn lead(self: &Rc<Self>, name: String, how: How) {
        let has_it = self
            .held
            .borrow()
            .as_ref()
            .is_some_and(|held| held.name == name);
        if has_it {
            return self.tells(TabsEvent::Leads { name });
        }
        self.leave();
        let (this, last) = (Rc::clone(self), self.last.take());
        spawn_local(async move {
            if let Some(last) = last {
                // However it ended, it is free.
                let _ = JsFuture::from(last).await;
            }
            if this.ask(&name, how).is_err() {
                this.tells(TabsEvent::Leads { name });
            }
        });
    }

    /// Asks for the lock, and waits for its end. An error says that this browser has none.
    fn ask(self: &Rc<Self>, name: &str, how: How) -> Result<(), JsValue> {
        let navigator = window().ok_or(JsValue::NULL)?.navigator();
        let locks = Reflect::get(&navigator, &"locks".into())?;
        let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
        let options = Object::new();
        let option = match how {
            How::IfFree => Some("ifAvailable"),
            How::WhenFree => None,
            How::FromWhoeverHasIt => Some("steal"),
        };
        if let Some(option) = option {
            Reflect::set(&options, &option.into(), &JsValue::TRUE)?;
        }
        let granted = {
            let (this, name) = (Rc::clone(self), name.to_owned());
            Closure::once_into_js(move |lock: JsValue| this.granted(name, how, &lock))
        };
        let lock = JsValue::from(format!("{CHANNEL}.{name}"));
        let ended: Promise = request
            .call3(&locks, &lock, &options, &granted)?
            .dyn_into()?;
        if how != How::WhenFree {
            self.last.replace(Some(ended.clone()));
        }
        let (this, name) = (Rc::clone(self), name.to_owned());
        spawn_local(async move {
            if JsFuture::from(ended).await.is_err() {
                this.broken(name);
            }
        });
        Ok(())
    }

    /// The answer to a lock: what is returned holds it until it ends.
    fn granted(self: &Rc<Self>, name: String, how: How, lock: &JsValue) -> JsValue {
        if lock.is_null() {
            self.say(WHO, "", "");
            let queued = self.queued.replace(Some(name.clone()));
            if queued.as_ref() != Some(&name) {
                // A browser that gave an answer gives this one too.
                let _ = self.ask(&name, How::WhenFree);
            }
            self.tells(TabsEvent::Elsewhere { name });
            return JsValue::UNDEFINED;
        }
        if how == How::WhenFree {
            self.queued.take();
            if self.held.borrow().is_some() {
                // Something else was wanted meanwhile.
                return JsValue::UNDEFINED;
            }
        }
        let mut let_go = None;
        let held = Promise::new(&mut |resolve, _| let_go = Some(resolve));
        if let Some(let_go) = let_go {
            let held = Held {
                name: name.clone(),
                let_go,
            };
            self.held.replace(Some(held));
        }
        self.tell();
        self.tells(TabsEvent::Leads { name });
        held.into()
    }

    /// The lock was taken from us, or the browser gives none to a page like this.
    fn broken(&self, name: String) {
        let was_held = self
            .held
            .borrow_mut()
            .take_if(|held| held.name == name)
            .is_some();
        self.tells(match was_held {
            true => TabsEvent::Taken,
            false => TabsEvent::Leads { name },
        });
    }

    fn leave(&self) {
        if let Some(held) = self.held.take() {
            self.say(LEFT, &held.name, "");
            // A promise that is resolved cannot fail.
            let _ = held.let_go.call0(&JsValue::UNDEFINED);
        }
    }

    /// The page goes away: the browser frees the lock by itself.
    pub fn part(&self) {
        if let Some(held) = self.held.borrow().as_ref() {
            self.say(LEFT, &held.name, "");
        }
    }

    /// Tells the others what this one does, if it leads.
    fn tell(&self) {
        if let Some(held) = self.held.borrow().as_ref() {
            let with = self.with.borrow();
            self.say(LEADS, &held.name, with.as_deref().unwrap_or_default());
        }
    }

    fn say(&self, what: &str, name: &str, with: &str) {
        if let Some(channel) = &self.channel {
            // What cannot be said now is asked for again.
            let _ = channel.post_message(&format!("{what}\0{name}\0{with}").into());
        }
    }

    fn heard(&self, said: &str) {
        if said.len() > SAID_BYTES {
            return;
        }
        let mut parts = said.split('\0');
        let mut part = || parts.next().unwrap_or_default();
        let (what, name, with) = (part(), part().to_owned(), part());
        match what {
            WHO => self.tell(),
            LEADS => {
                let with = Some(with.to_owned()).filter(|with| !with.is_empty());
                self.tells(TabsEvent::Tells { name, with });
            }
            LEFT => self.tells(TabsEvent::Left { name }),
            // Of another version of this page.
            _ => {}
        }
    }

    fn tells(&self, event: TabsEvent) {
        (self.report)(Input::Tabs(event));
    }
}

const CHANNEL: &str = "sidecam.tabs";
/// Longer than any name of a person twice.
const SAID_BYTES: usize = 2048;
/// Who leads?
const WHO: &str = "who";
/// I do, for that name, and share with that one.
const LEADS: &str = "leads";
/// I no longer do, for that name.
const LEFT: &str = "left";
