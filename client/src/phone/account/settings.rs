//! How the gateway wants to be reached, as it says at `/api/v1/settings`.

use sip::message::Host;
use sip::number::Home;

use crate::phone::call_context::WithoutCall;
use crate::phone::json::Json;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub domain: String,
    pub websocket: String,
    /// How long a call outlives its connection.
    pub call_grace_seconds: Option<u32>,
    /// How the country dials whose numbers are typed; none for numbers in full alone.
    pub home: Option<Home>,
    /// What a share meets without a voice call.
    pub share_without_call: WithoutCall,
    /// Who tells of voice calls.
    pub call_context: Teller,
    /// Whether the network tells the gateway of voice calls.
    pub call_events: bool,
    /// Whose pages may have this one inside.
    pub embedding_origins: Vec<String>,
}

/// Who tells of voice calls, by the operator's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Teller {
    /// The network alone.
    Network,
    /// The person, and the network where it does.
    #[default]
    Person,
}

impl Settings {
    /// `None` if they are not understood, or lead nowhere. What is not known takes its default.
    pub(super) fn read(text: &str) -> Option<Self> {
        let json = Json::parse(text)?;
        let word = |name| json.get(name).and_then(Json::text);
        let grace = json.get("call_grace_seconds").and_then(Json::integer);
        let settings = Self {
            domain: word("domain")?.to_owned(),
            websocket: word("websocket")?.to_owned(),
            call_grace_seconds: grace.and_then(|seconds| seconds.try_into().ok()),
            home: json.get("home").and_then(home),
            share_without_call: match word("share_without_call") {
                Some("refuse") => WithoutCall::Refuse,
                Some(_) | None => WithoutCall::Ask,
            },
            call_context: match word("call_context") {
                Some("network") => Teller::Network,
                Some(_) | None => Teller::Person,
            },
            call_events: json.get("call_events").is_some_and(Json::is_true),
            embedding_origins: json.get("embedding_origins").map(texts).unwrap_or_default(),
        };
        let is_usable =
            settings.domain.parse::<Host>().is_ok() && settings.websocket.starts_with('/');
        is_usable.then_some(settings)
    }
}

fn texts(json: &Json) -> Vec<String> {
    let texts = json.list().iter().filter_map(Json::text);
    texts.map(str::to_owned).collect()
}

fn home(json: &Json) -> Option<Home> {
    let word = |name| json.get(name).and_then(Json::text);
    Home::new(
        word("country_code")?,
        word("trunk_prefix"),
        word("international_prefix")?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_nowhere_is_refused() {
        let bad = [
            "",
            "{}",
            "[]",
            r#"{"domain":"example.net"}"#,
            r#"{"domain":"","websocket":"/ws"}"#,
            r#"{"domain":"example.net","websocket":"wss://elsewhere"}"#,
            r#"{"domain":1,"websocket":"/ws"}"#,
        ];
        for text in bad {
            assert!(Settings::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_takes_its_default() {
        let text = r#"{"domain":"example.net","websocket":"/ws","call_context":"stars","home":null,"new":{}}"#;
        let settings = Settings::read(text).unwrap();
        assert_eq!(settings.call_context, Teller::Person);
        assert_eq!(settings.share_without_call, WithoutCall::Ask);
        assert!(settings.home.is_none() && !settings.call_events);
        let all = r#"{"domain":"example.net","websocket":"/ws","call_grace_seconds":60,"call_context":"network",
            "share_without_call":"refuse","call_events":true,
            "home":{"country_code":"44","trunk_prefix":"0","international_prefix":"00"}}"#;
        let settings = Settings::read(all).unwrap();
        assert_eq!(settings.call_grace_seconds, Some(60));
        assert_eq!(settings.call_context, Teller::Network);
        assert_eq!(settings.share_without_call, WithoutCall::Refuse);
        assert!(settings.home.is_some() && settings.call_events);
    }
}
