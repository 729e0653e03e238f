//! What must hold for any message of a page around ours.

use sidecam_client::phone::embed::message::{Field, read};
use sidecam_client::phone::embed::{Effect, Embed};
use sidecam_client::phone::state::{Command, State};

const HOST: &str = "https://crm.example";

/// A line is a field: a name, a tab, and a text, or a number where it begins with `=`.
fn fields(bytes: &[u8]) -> Vec<(String, Field)> {
    let text = String::from_utf8_lossy(bytes);
    let field = |line: &str| {
        let (name, value) = line.split_once('\t')?;
        let number = value.strip_prefix('=').and_then(|text| text.parse().ok());
        let value = match number {
            Some(number) => Field::Number(number),
            None => Field::Text(value.to_owned()),
        };
        Some((name.to_owned(), value))
    };
    text.lines().filter_map(field).collect()
}

/// Any message is understood or refused; what follows is little, and never that the camera is shown.
pub fn messages(bytes: &[u8]) {
    let fields = fields(bytes);
    let state = State {
        embedding: sidecam_client::phone::state::Embedding {
            inside: true,
            origins: Some([HOST.to_owned()].into()),
            token_wanted: false,
        },
        ..State::default()
    };
    let mut embed = Embed::default();
    embed.show(&state);
    embed.hear(HOST, &fields, &state);
    let effects: Vec<Effect> = std::iter::from_fn(|| embed.poll_output()).collect();
    assert!(effects.len() <= 4, "{effects:?}");
    for effect in effects {
        let sends = Effect::Command(Command::Show) == effect
            || Effect::Command(Command::Watch) == effect
            || Effect::Command(Command::Speak) == effect;
        assert!(!sends, "{effect:?}");
        if let Effect::Theme(theme) = effect {
            assert!(theme.tokens.len() <= 64, "{theme:?}");
        }
    }
    let _ = read(&fields);
}
