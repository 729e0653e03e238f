//! What stands in the way of signing in, and of a camera, and what to do about it.

use super::{Browser, Explained, words};
use crate::phone::state::{CameraProblem, Registration, SignInProblem};

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
    let w = &words().problems;
    match problem {
        SignInProblem::WrongPassword => w.sign_in_wrong_password,
        SignInProblem::TokenRefused => w.sign_in_token_refused,
        SignInProblem::NotAllowed => w.sign_in_not_allowed,
        SignInProblem::TooManyTries => w.sign_in_too_many_tries,
        SignInProblem::Unreachable => w.sign_in_unreachable,
        SignInProblem::Confused => w.sign_in_confused,
    }
}

pub fn camera_problem(problem: CameraProblem, browser: Browser) -> Explained {
    let (w, feeds) = (&words().problems, &words().feeds);
    match problem {
        CameraProblem::Refused => Explained {
            title: w.camera_refused,
            next: match browser {
                Browser::Chrome => w.refused_chrome,
                Browser::ChromeOnAndroid => w.refused_chrome_on_android,
                Browser::Firefox => w.refused_firefox,
                Browser::Safari => w.refused_safari,
                Browser::SafariOnPhone => w.refused_safari_on_phone,
                Browser::Other => w.refused_elsewhere,
            },
        },
        CameraProblem::Missing => w.camera_missing,
        CameraProblem::NoScreen => feeds.no_screen,
        CameraProblem::ScreenUnknown => feeds.screen_unknown,
        CameraProblem::FilmUnplayable => feeds.unplayable,
        CameraProblem::Busy => w.camera_busy,
    }
}
