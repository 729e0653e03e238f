//! RFC 3264 §8.1, §8.2: an audio line that comes inside the call, beside its video, or goes.

use sip::sdp::{Description, Direction};
use sip::time::Instant;

use super::ChangeStage;
use crate::bridge::web_leg::WebAudio;
use crate::bridge::{BridgeCommand, Medium, Side};
use crate::switch::Desk;
use crate::switch::call::session::{AudioTerms, Session, Terms};
use crate::switch::call::terms::leg_of;
use crate::switch::call::{Call, CallKey, Calls, Leg, command};
use crate::switch::offer;
use crate::switch::route::Access;

/// What a change makes of the sound.
pub(super) enum SoundChange {
    Stays,
    /// The line that there is takes another direction, or goes.
    Turned,
    /// There is to be a line.
    Added(Added),
}

/// The line that an asker wants.
#[derive(Clone)]
pub(super) struct Added {
    /// What a browser can be offered or held to for it.
    pub(super) codecs: Vec<WebAudio>,
    /// The asker's own.
    pub(super) direction: Direction,
}

impl SoundChange {
    /// Read before the terms take note of the offer. A voice call has no sound beside it.
    pub(super) fn of(terms: &Terms, from: Side, sdp: &[u8]) -> SoundChange {
        let Ok(description) = Description::parse(sdp) else {
            return SoundChange::Stays;
        };
        let line = offer::audio(&description).filter(|_| terms.has_video);
        let said = line.map(|line| offer::direction_of(&description, line));
        let audio = |side: Side| terms.of_side(side).audio;
        match (audio(from), audio(from.other()), said) {
            (Some(before), Some(_), said) if terms.has_video => {
                match said.unwrap_or(Direction::Inactive) == before.direction {
                    true => SoundChange::Stays,
                    false => SoundChange::Turned,
                }
            }
            (Some(_), Some(_), _) | (_, _, None) => SoundChange::Stays,
            (None, _, Some(direction)) | (_, None, Some(direction)) => {
                let of_browser = offer::web_audio(&description);
                let codecs = match offer::is_webrtc(&description) {
                    true => of_browser,
                    false => offer::web_audio_for_plain(&description),
                };
                match codecs.is_empty() {
                    true => SoundChange::Stays,
                    false => SoundChange::Added(Added { codecs, direction }),
                }
            }
        }
    }

    pub(super) fn added(&self) -> Option<Added> {
        match self {
            SoundChange::Added(added) => Some(added.clone()),
            SoundChange::Stays | SoundChange::Turned => None,
        }
    }
}

impl Calls {
    /// The plain peer of the call, if it has one, gets ports for its sound; those that it got once
    /// stay its own.
    pub(super) fn open_for_sound(&mut self, key: CallKey, desk: &mut Desk<'_>, now: Instant) {
        let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established) else {
            return;
        };
        let bridge = session.bridge;
        let sides = [Side::Caller, Side::Callee];
        let plain = sides
            .into_iter()
            .find(|side| leg_of(call, session, *side).access == Access::Plain);
        let Some(terms) = session.terms(call) else {
            return;
        };
        let side = plain.filter(|side| terms.of_side(*side).audio_port.is_none());
        match (side, &mut session.change) {
            (Some(side), Some(change)) => {
                change.stage = ChangeStage::OpeningSound;
                let medium = Medium::Audio;
                command(desk, bridge, BridgeCommand::OpenPlain { side, medium });
            }
            (None, _) | (_, None) => self.ask_other(key, desk, now),
        }
    }

    pub(super) fn opened_for_sound(
        &mut self,
        key: CallKey,
        (side, port): (Side, u16),
        desk: &mut Desk<'_>,
        now: Instant,
    ) {
        if let Some((call, session)) = self.calls.get_mut(&key).and_then(Call::established)
            && let Some(terms) = session.terms(call)
        {
            terms.set_audio_port(side, port);
        }
        self.ask_other(key, desk, now);
    }
}

/// Puts an audio line into an offer for a plain peer, where an earlier one was refused (RFC 3264
/// §8.1) or behind the others. It is a new offer, under the next version.
pub(super) fn add_line(told: &mut Description, port: u16, direction: Direction) {
    let before = told.origin.version;
    let slot = told
        .media
        .iter()
        .position(|media| media.kind == sip::sdp::Kind::Audio && media.port == 0);
    offer::add_audio_offer(told, port, direction);
    if let Some(slot) = slot
        && let Some(line) = told.media.pop()
    {
        told.media[slot] = line;
    }
    told.origin.version = before.saturating_add(1);
}

/// A plain peer answered the offer of a line: who takes it has it from here on.
pub(super) fn agreed_by_plain(
    caller: &mut Leg,
    session: &mut Session,
    (offer, answer): (&[u8], &[u8]),
) {
    let Some((from, added)) = added_in(session) else {
        return;
    };
    let ours = Description::parse(offer).ok();
    let spoken = ours.and_then(|ours| offer::read_audio_answer(&ours, answer));
    let web = spoken
        .as_ref()
        .and_then(|spoken| offer::web_audio_for(spoken.stream.format, &added.codecs));
    if let (Some(spoken), Some(web), Some(terms)) = (spoken, web, session.terms(caller)) {
        let asker = AudioTerms {
            direction: added.direction,
            web: Some(web),
        };
        let other = AudioTerms {
            direction: spoken.direction,
            web: None,
        };
        terms.set_audio(from, asker);
        terms.set_audio(from.other(), other);
    }
}

/// The same of a browser, with what it chose.
pub(super) fn agreed_by_browser(
    caller: &mut Leg,
    session: &mut Session,
    (chosen, answer): (Option<WebAudio>, &[u8]),
) {
    let (Some((from, added)), Some(chosen)) = (added_in(session), chosen) else {
        return;
    };
    let description = Description::parse(answer).ok();
    let said = description
        .as_ref()
        .and_then(|said| Some(offer::direction_of(said, offer::audio(said)?)));
    let is_browser = leg_of(caller, session, from).access == Access::Browser;
    if let (Some(direction), Some(terms)) = (said, session.terms(caller)) {
        let asker = AudioTerms {
            direction: added.direction,
            web: is_browser.then_some(chosen),
        };
        let other = AudioTerms {
            direction,
            web: Some(chosen),
        };
        terms.set_audio(from, asker);
        terms.set_audio(from.other(), other);
    }
}

fn added_in(session: &Session) -> Option<(Side, Added)> {
    let change = session.change.as_ref()?;
    Some((change.from, change.sound.added()?))
}
