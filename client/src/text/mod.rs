//! Every word a person reads, by name. A translation is another value of the same type, so that
//! a missing word does not compile. `{who}`, `{time}` and the like are filled in by [`fill`].

pub mod audience;
mod both;
pub mod call;
pub mod capability;
mod english;
pub mod feeds;
pub mod life;
pub mod people;
pub mod voice;

use crate::phone::state::{CameraProblem, Cause, Direction, Registration, SignInProblem};

/// Puts `value` where `{key}` stands.
pub fn fill(template: &str, key: &str, value: &str) -> String {
    template.replace(&format!("{{{key}}}"), value)
}

/// `0:42`, `12:05`, `1:02:05`.
pub fn clock(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

/// The words in use.
pub fn words() -> &'static Words {
    &english::WORDS
}

pub struct Words {
    pub product: &'static str,
    pub tagline: &'static str,
    pub promise: &'static str,
    pub somebody: &'static str,

    pub sign_in_title: &'static str,
    pub sign_in_name: &'static str,
    pub sign_in_password: &'static str,
    pub sign_in: &'static str,
    pub signing_in: &'static str,
    pub sign_out: &'static str,
    pub show_password: &'static str,
    pub hide_password: &'static str,
    pub password_kept: &'static str,

    pub state_signed_out: &'static str,
    pub state_registered: &'static str,
    pub state_reconnecting: &'static str,
    pub state_failed: &'static str,
    pub reconnecting_note: &'static str,

    pub place_call: &'static str,
    pub place_people: &'static str,
    pub place_me: &'static str,
    pub places: &'static str,

    pub people_title: &'static str,
    pub people_find: &'static str,
    pub people_empty_title: &'static str,
    pub people_empty: &'static str,
    pub people_none_found: &'static str,
    pub people_loading: &'static str,
    pub online: &'static str,
    pub offline: &'static str,
    pub share: &'static str,
    pub share_with: &'static str,

    pub stage: &'static str,
    pub stage_idle_title: &'static str,
    pub stage_idle: &'static str,

    pub slot_name: &'static str,
    pub slot_name_live: &'static str,
    pub slot_closed: &'static str,
    pub slot_hint: &'static str,
    pub slot_opening: &'static str,
    pub slot_preview: &'static str,
    pub slot_close: &'static str,
    pub slot_stop: &'static str,
    pub show: &'static str,
    pub show_closed_hint: &'static str,
    pub show_open_hint: &'static str,
    pub show_offline_hint: &'static str,

    pub calling: &'static str,
    pub ringing: &'static str,
    pub calling_note: &'static str,
    pub live_to: &'static str,
    pub live_note: &'static str,
    pub reconnecting: &'static str,
    pub reconnecting_out: &'static str,
    pub reconnecting_in: &'static str,
    pub paused_out: &'static str,
    pub paused_in: &'static str,
    pub paused_note: &'static str,
    pub moved_note: &'static str,
    pub watching: &'static str,
    pub waiting: &'static str,
    pub frozen: &'static str,
    pub stop: &'static str,
    pub stop_asking: &'static str,
    pub stop_watching: &'static str,
    pub picture_of: &'static str,
    pub stats_size: &'static str,
    pub stats_rate: &'static str,
    pub stats_bits: &'static str,
    pub stats_pending: &'static str,

    pub incoming_title: &'static str,
    pub incoming_note: &'static str,
    pub watch: &'static str,
    pub not_now: &'static str,

    pub try_again: &'static str,
    pub done: &'static str,
    pub lasted: &'static str,

    pub camera_try_again: &'static str,

    pub me_number: &'static str,
    pub me_title: &'static str,
    pub me_open: &'static str,
    pub me_close: &'static str,
    pub appearance: &'static str,
    pub theme_auto: &'static str,
    pub theme_light: &'static str,
    pub theme_dark: &'static str,
    pub recent: &'static str,
    pub recent_empty: &'static str,
    pub past_shown_out: &'static str,
    pub past_shown_in: &'static str,
    pub past_not_now: &'static str,

    pub said_registered: &'static str,
    pub said_ringing: &'static str,
    pub said_live: &'static str,
    pub said_reconnecting: &'static str,
    pub said_asked: &'static str,

    pub audience: audience::AudienceWords,
    pub call: call::CallWords,
    pub voice: voice::VoiceWords,
    pub both: both::BothWords,
    pub capability: capability::CapabilityWords,
    pub feeds: feeds::FeedWords,
    pub life: life::LifeWords,
    pub people: people::PeopleWords,
}

/// What a page in trouble says: what happened, and what to do about it.
pub struct Explained {
    pub title: &'static str,
    pub next: &'static str,
}

pub fn registration_state(registration: Registration) -> &'static str {
    let w = words();
    match registration {
        Registration::SignedOut => w.state_signed_out,
        Registration::SigningIn => w.signing_in,
        Registration::Registered => w.state_registered,
        Registration::Reconnecting => w.state_reconnecting,
        Registration::Failed => w.state_failed,
    }
}

pub fn sign_in_problem(problem: SignInProblem) -> &'static str {
    match problem {
        SignInProblem::WrongPassword => {
            "That name and password do not go together. Check both; capital letters count."
        }
        SignInProblem::NotAllowed => {
            "This name has no sign-in here. Ask whoever runs this Sidecam for one."
        }
        SignInProblem::TooManyTries => {
            "Too many tries. Wait a few minutes, then try again with care."
        }
        SignInProblem::Unreachable => "Nobody answers. Check your connection, then try again.",
        SignInProblem::Confused => {
            "Signing in did not work, and it was not your doing. Try again in a minute."
        }
    }
}

/// Why it ended, in words; `{who}` is the other person.
pub fn cause(cause: Cause, direction: Direction) -> Explained {
    let (title, next) = match (cause, direction) {
        (Cause::EndedByMe, Direction::Out) => ("You stopped", "{who} no longer sees your camera."),
        (Cause::EndedByMe, Direction::In) => ("You stopped watching", "{who} was told."),
        (Cause::EndedByThem, Direction::Out) => ("{who} stopped watching", "Your camera is off."),
        (Cause::EndedByThem, Direction::In) => ("{who} stopped showing", "That was all of it."),
        (Cause::Declined, _) => (
            "{who} said not now",
            "You could ask them on the phone when it suits.",
        ),
        (Cause::Busy, _) => (
            "{who} is busy",
            "They are showing or watching something else. Try again in a minute.",
        ),
        (Cause::NoAnswer, Direction::In) => (
            "You did not answer",
            "{who} wanted to show you something. You can ask them on the phone.",
        ),
        (Cause::NoAnswer, Direction::Out) => (
            "{who} did not answer",
            "Their phone was asked for a minute. Try again later.",
        ),
        (Cause::NotFound, _) => (
            "No phone with that number",
            "Check the number, or ask {who} for the right one.",
        ),
        (Cause::Unavailable, _) => (
            "{who} can’t be reached right now",
            "Their phone is off or out of reach. Try again later.",
        ),
        (Cause::CannotWatch, _) => (
            "{who}’s phone can’t show this",
            "It has no way to show live pictures from here.",
        ),
        (Cause::Lost, Direction::Out) => (
            "The connection was lost",
            "Your camera is off. {who} no longer sees it.",
        ),
        (Cause::Lost, Direction::In) => (
            "The connection was lost",
            "You can ask {who} to show it again.",
        ),
        (Cause::Cancelled, _) => ("{who} stopped asking", "They gave up before you answered."),
        (Cause::AnsweredElsewhere, _) => (
            "Answered elsewhere",
            "Another device of yours took {who}’s call.",
        ),
        (Cause::CallEnded, direction) => call::beside(direction, words().call.share_ended),
        (Cause::CallHeld, direction) => call::beside(direction, words().call.share_held),
        (Cause::Conference, direction) => call::beside(direction, words().call.share_conference),
        (Cause::Failed, Direction::Out) => (
            "That did not work",
            "Nothing of your camera was sent. Try again.",
        ),
        (Cause::Failed, Direction::In) => (
            "That did not work",
            "The picture could not be opened. Ask {who} to try again.",
        ),
    };
    Explained { title, next }
}

/// The short form, for the history.
pub fn cause_short(cause: Cause) -> &'static str {
    match cause {
        Cause::EndedByMe => "Stopped before it began",
        Cause::EndedByThem => "Ended before it began",
        Cause::Declined => "Said not now",
        Cause::Busy => "Was busy",
        Cause::NoAnswer => "Did not answer",
        Cause::NotFound => "No such number",
        Cause::Unavailable => "Could not be reached",
        Cause::CannotWatch => "Phone could not show it",
        Cause::Lost => "Connection lost",
        Cause::Cancelled => "Stopped asking",
        Cause::AnsweredElsewhere => "Answered elsewhere",
        Cause::CallEnded => "The call ended",
        Cause::CallHeld => "The call was on hold",
        Cause::Conference => "Others joined the call",
        Cause::Failed => "Did not work",
    }
}

/// Which program shows this page: each hides the camera's permission elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    Chrome,
    ChromeOnAndroid,
    Firefox,
    Safari,
    SafariOnPhone,
    Other,
}

impl Browser {
    /// Reads the `User-Agent` text that a browser gives itself.
    pub fn from_user_agent(agent: &str) -> Self {
        let has = |word: &str| agent.contains(word);
        if has("iPhone") || has("iPad") {
            Self::SafariOnPhone
        } else if has("Firefox/") {
            Self::Firefox
        } else if has("Android") && has("Chrome/") {
            Self::ChromeOnAndroid
        } else if has("Chrome/") || has("Chromium/") {
            Self::Chrome
        } else if has("Safari/") {
            Self::Safari
        } else {
            Self::Other
        }
    }
}

pub fn camera_problem(problem: CameraProblem, browser: Browser) -> Explained {
    match problem {
        CameraProblem::Refused => Explained {
            title: "This page may not use your camera",
            next: match browser {
                Browser::Chrome => {
                    "Press the camera or slider symbol left of the page’s address, allow the camera, then try again."
                }
                Browser::ChromeOnAndroid => {
                    "Touch the symbol left of the page’s address, then Permissions, allow the camera, and try again."
                }
                Browser::Firefox => {
                    "Press the crossed-out camera left of the page’s address, remove the block, then try again."
                }
                Browser::Safari => {
                    "In the menu Safari, choose Settings for this website, set Camera to Allow, then try again."
                }
                Browser::SafariOnPhone => {
                    "Touch the symbol left of the page’s address, then Website Settings, set Camera to Allow, and try again."
                }
                Browser::Other => {
                    "Allow the camera for this page in your browser’s settings, then try again."
                }
            },
        },
        CameraProblem::Missing => Explained {
            title: "There is no camera",
            next: "Connect one, or open this page on a phone or computer that has one.",
        },
        CameraProblem::NoScreen => Explained {
            title: words().feeds.no_screen_title,
            next: words().feeds.no_screen_next,
        },
        CameraProblem::ScreenUnknown => Explained {
            title: words().feeds.screen_unknown_title,
            next: words().feeds.screen_unknown_next,
        },
        CameraProblem::FilmUnplayable => Explained {
            title: words().feeds.unplayable_title,
            next: words().feeds.unplayable_next,
        },
        CameraProblem::Busy => Explained {
            title: "Another program is using your camera",
            next: "Close other calls, meetings or camera programs, then try again.",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Browser, clock, fill};

    #[test]
    fn a_clock_shows_hours_only_when_there_are_some() {
        for (seconds, expected) in [(0, "0:00"), (42, "0:42"), (725, "12:05"), (3725, "1:02:05")] {
            assert_eq!(clock(seconds), expected);
        }
    }

    #[test]
    fn a_template_is_filled_wherever_the_key_stands() {
        assert_eq!(fill("{who} and {who}", "who", "Anna"), "Anna and Anna");
    }

    #[test]
    fn each_browser_is_told_by_its_own_words() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
                Browser::Chrome,
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36",
                Browser::ChromeOnAndroid,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
                Browser::Firefox,
            ),
            (
                "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15",
                Browser::Safari,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) AppleWebKit/605.1.15 Mobile Safari/604.1",
                Browser::SafariOnPhone,
            ),
            ("curl/8", Browser::Other),
        ];
        for (agent, expected) in cases {
            assert_eq!(Browser::from_user_agent(agent), expected, "{agent}");
        }
    }
}
