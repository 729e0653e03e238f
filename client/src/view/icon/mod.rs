//! Line drawings, always beside a word or on a control that has a name.

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Camera,
    CameraOff,
    People,
    Person,
    Stop,
    Close,
    Check,
    Right,
    Left,
    Search,
    Leave,
    Settings,
    Warning,
    Out,
    In,
    Eye,
    Phone,
    HangUp,
    Microphone,
    MicrophoneOff,
    Keys,
    Plus,
    Star,
    Details,
    Chart,
    Full,
    FullLeave,
    Float,
    Pause,
    Light,
    Picture,
    Record,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Camera => {
                "M3.5 7.5a2 2 0 0 1 2-2h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2zM16.5 10.5l4-2.5v8l-4-2.5"
            }
            Self::CameraOff => {
                "M3 3l18 18M16.5 13.5l4 2.5V8l-4 2.5M9 5.5h5.5a2 2 0 0 1 2 2V13M16 17.6a2 2 0 0 1-1.5.9h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 1.2-1.8"
            }
            Self::People => {
                "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.6-3.4 3.2-5 6.5-5s5.9 1.6 6.5 5M15.5 4.900a3.5 3.5 0 0 1 0 6.200M17.5 14.900c2.2.6 3.6 2.1 4 4.6"
            }
            Self::Person => {
                "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.7-3.7 3.7-5.5 7.5-5.5s6.8 1.8 7.5 5.5"
            }
            Self::Stop => {
                "M7.5 6h9A1.5 1.5 0 0 1 18 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 6 16.5v-9A1.5 1.5 0 0 1 7.5 6z"
            }
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Check => "M5 12.5l4.5 4.5L19 7.5",
            Self::Right => "M5 12h14M13 6l6 6-6 6",
            Self::Left => "M19 12H5M11 6l-6 6 6 6",
            Self::Search => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20.5 20.5L16 16",
            Self::Leave => "M10 4.5H6.5a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2H10M15 8l4 4-4 4M19 12H9.5",
            Self::Settings => {
                "M4 7h9M17 7h3M4 17h3M11 17h9M15 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM9 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z"
            }
            Self::Warning => {
                "M12 8.5v4.5M12 16.5v.1M10.3 4.300L2.9 17a2 2 0 0 0 1.7 3h14.800a2 2 0 0 0 1.7-3L13.7 4.300a2 2 0 0 0-3.4 0z"
            }
            Self::HangUp => {
                "M3 13.500c5-4.500 13-4.500 18 0l-1.500 3-4-1.200v-2.800c-2.300-.7-4.700-.7-7 0v2.800l-4 1.200z"
            }
            Self::Microphone => {
                "M12 14.500a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3zM5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3"
            }
            Self::MicrophoneOff => {
                "M3 3l18 18M15 9.500v-3a3 3 0 0 0-5.600-1.500M9 9v2.500a3 3 0 0 0 4.500 2.600M5.500 11.500a6.500 6.500 0 0 0 10 5.500M18.500 11.500a6.500 6.500 0 0 1-.4 2.200M12 18v3"
            }
            Self::Keys => "M6 6v.1m6-.1v.1m6-.1v.1M6 12v.1m6-.1v.1m6-.1v.1M6 18v.1m6-.1v.1m6-.1v.1",
            Self::Out => "M7 17L17 7M9 7h8v8",
            Self::In => "M17 7L7 17M15 17H7V9",
            Self::Phone => {
                "M6.5 3.5h2.800l1.700 4.600-2.300 1.700a12 12 0 0 0 5.500 5.500l1.700-2.300 4.600 1.700v2.800a2 2 0 0 1-2.200 2A16.500 16.500 0 0 1 4.500 5.700a2 2 0 0 1 2-2.200z"
            }
            Self::Plus => "M12 5v14M5 12h14",
            Self::Star => {
                "M12 3.800l2.5 5.100 5.600.8-4.050 3.950.95 5.600L12 16.600l-5 2.650.95-5.600L3.900 9.700l5.600-.8z"
            }
            Self::Pause => "M8.500 5.500v13M15.500 5.500v13",
            Self::Light => "M13 2.500L5.500 13.500H11.500L11 21.500L18.500 10.500H12.500z",
            Self::Picture => {
                "M4 8.500a2 2 0 0 1 2-2h2l1.500-2h5l1.500 2h2a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM12 15.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"
            }
            Self::Record => "M8 12a4 4 0 1 0 8 0 4 4 0 0 0-8 0M3 12a9 9 0 1 0 18 0 9 9 0 0 0-18 0",
            Self::Details => "M12 8v.1M12 11.5V16M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
            Self::Chart => "M4 4v14a2 2 0 0 0 2 2h14M8 15l3.5-4.5 3 2.500L20 7",
            Self::Full => {
                "M4 9V5.500A1.500 1.500 0 0 1 5.500 4H9M15 4h3.500A1.500 1.500 0 0 1 20 5.500V9M20 15v3.500a1.500 1.500 0 0 1-1.500 1.500H15M9 20H5.500A1.500 1.500 0 0 1 4 18.500V15"
            }
            Self::FullLeave => {
                "M9 4v3.500A1.500 1.500 0 0 1 7.500 9H4M20 9h-3.500A1.500 1.500 0 0 1 15 7.500V4M15 20v-3.500a1.500 1.500 0 0 1 1.500-1.500H20M4 15h3.500A1.500 1.500 0 0 1 9 16.500V20"
            }
            Self::Float => {
                "M20.500 10V6.500a1.500 1.500 0 0 0-1.500-1.500H5a1.500 1.500 0 0 0-1.500 1.500v10A1.500 1.500 0 0 0 5 18h4.500M13 13.500h7.500V19H13z"
            }
            Self::Eye => {
                "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"
            }
        }
    }
}

/// `size` in pixels.
#[component]
pub fn Glyph(#[prop(into)] icon: Signal<Icon>, #[prop(default = 22)] size: u16) -> impl IntoView {
    view! {
        <svg
            class="glyph"
            width=size
            height=size
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.9"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=move || icon.get().path() />
        </svg>
    }
}

/// The sign of the product: a lens with its cover slid half open.
#[component]
pub fn Mark(#[prop(default = 28)] size: u16) -> impl IntoView {
    view! {
        <svg class="mark" width=size height=size viewBox="0 0 32 32" aria-hidden="true">
            <rect class="mark__body" x="1" y="6" width="30" height="20" rx="10" />
            <circle class="mark__lens" cx="11.5" cy="16" r="6" />
            <circle class="mark__glint" cx="9.8" cy="14.2" r="1.6" />
            <rect class="mark__cover" x="17.5" y="9" width="10.5" height="14" rx="5.2" />
        </svg>
    }
}
