//! One test, step by step: whatever is not done in its time is what is broken.

use sip::agent::{CallHandle, Invite};
use sip::message::{Body, Header, NameAddr, Uri};
use sip::time::{Duration, Instant};

use super::{Desk, Effect, Identity, PeerEvent, TrialAct, TrialAnswer, TrialId};
use crate::phone::diagnosis::{Figures, Stream};
use crate::phone::json::Json;
use crate::phone::state::{Course, TrialSeen, TrialSource, TrialStep, TrialVerdict};

#[derive(Debug)]
pub(super) struct Run {
    pub(super) id: TrialId,
    pub(super) call: Option<CallHandle>,
    /// Packets find their way.
    pub(super) reached: bool,
    pub(super) course: Course,
    source: TrialSource,
    token: String,
    /// Where the gateway tells of its test phone.
    path: Option<String>,
    /// What is to be called.
    address: Option<Uri>,
    /// When the last step was done.
    since: Instant,
    /// When the step that is not done is given up.
    until: Instant,
    /// When both sides are looked at next; none while one does.
    look_at: Option<Instant>,
    figures: Figures,
}

/// What the gateway says of its own test phones.
const HERE: &str = "/api/v1/selftest";

/// Between two looks at both sides.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// So many pictures are no luck.
const ENOUGH: u64 = 10;

/// Below this a person sees the damage: pictures of that size and rate have some 30.
const LIKENESS_DECIBELS: u64 = 22;

/// How long a step may take. Together those after [`TrialStep::Source`] take no longer than the
/// gateway's test phone lives.
fn patience(step: TrialStep) -> Duration {
    Duration::from_secs(match step {
        // The browser may ask the person.
        TrialStep::SignedIn | TrialStep::Source => 60,
        TrialStep::Handset | TrialStep::Answered | TrialStep::Back => 8,
        TrialStep::Connected | TrialStep::FirstPicture | TrialStep::Pictures => 11,
    })
}

impl Run {
    pub(super) fn new(id: TrialId, source: TrialSource, token: &str, desk: &mut Desk<'_>) -> Self {
        let mut run = Self {
            id,
            call: None,
            reached: false,
            course: Course::default(),
            source,
            token: token.to_owned(),
            path: None,
            address: None,
            since: desk.now,
            until: desk.now,
            look_at: None,
            figures: Figures::default(),
        };
        run.done(TrialStep::SignedIn, desk.now);
        run.act(TrialAct::Open(source), desk);
        run
    }

    fn act(&self, act: TrialAct, desk: &mut Desk<'_>) {
        let id = self.id;
        desk.effects.push_back(Effect::Trial { id, act });
    }

    /// Once each.
    fn done(&mut self, step: TrialStep, now: Instant) {
        let done = &mut self.course.done[step as usize];
        if done.is_some() {
            return;
        }
        let took = (now - self.since).as_millis();
        *done = Some(u32::try_from(took).unwrap_or(u32::MAX));
        self.since = now;
        if let Some(next) = self.course.next() {
            self.until = now + patience(next);
        }
    }

    pub(super) fn is_through(&self) -> bool {
        self.course.next().is_none()
    }

    pub(super) fn opened(&mut self, desk: &mut Desk<'_>) -> Result<(), TrialVerdict> {
        self.done(TrialStep::Source, desk.now);
        let token = self.token.clone();
        self.act(TrialAct::Ask { token }, desk);
        Ok(())
    }

    /// The gateway has a test phone for us, or not.
    pub(super) fn asked(
        &mut self,
        answer: TrialAnswer,
        desk: &mut Desk<'_>,
    ) -> Result<(), TrialVerdict> {
        let (status, text) = answer.ok_or(TrialVerdict::GatewaySilent)?;
        match status {
            200..=299 => {}
            429 => return Err(TrialVerdict::TooOften),
            503 => return Err(TrialVerdict::GatewayFull),
            401 | 403 | 404 | 405 | 501 => return Err(TrialVerdict::NotHere),
            _ => return Err(TrialVerdict::GatewayBroken),
        }
        let told = text.as_deref().and_then(Json::parse);
        let text = |name: &str| told.as_ref()?.get(name)?.text();
        let address: Option<Uri> = text("address").and_then(|text| text.parse().ok());
        // It stands in a path: nothing but what the gateway makes its ids of.
        let id = text("id").filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let (Some(id), Some(address)) = (id, address) else {
            return Err(TrialVerdict::GatewayBroken);
        };
        self.path = Some(format!("{HERE}/{id}"));
        self.address = Some(address);
        self.done(TrialStep::Handset, desk.now);
        self.act(TrialAct::Offer, desk);
        Ok(())
    }

    pub(super) fn peer(
        &mut self,
        event: PeerEvent,
        identity: Option<Identity>,
        desk: &mut Desk<'_>,
    ) -> Result<(), TrialVerdict> {
        match event {
            PeerEvent::Offer(offer) => match (identity, self.address.take()) {
                (Some(identity), Some(uri)) => self.invite(offer, uri, identity, desk),
                (None, _) => return Err(TrialVerdict::LinkLost),
                (Some(_), None) => {}
            },
            PeerEvent::NotApplied => return Err(TrialVerdict::AnswerUnusable),
            PeerEvent::Connected => {
                self.reached = true;
                self.done(TrialStep::Connected, desk.now);
                self.look_at = Some(desk.now);
            }
            PeerEvent::Failed if self.call.is_none() => {
                return Err(TrialVerdict::NoConnectionMade);
            }
            PeerEvent::Failed => return Err(self.stuck_at(TrialStep::Connected)),
            // What is silent may come back, until its time is over; nothing of the call is changed.
            PeerEvent::Silent
            | PeerEvent::Answer(_)
            | PeerEvent::ChangeReady(_)
            | PeerEvent::ChangeFailed
            | PeerEvent::Restarted(_)
            | PeerEvent::RestartFailed
            | PeerEvent::Redirected(_)
            | PeerEvent::RedirectFailed
            | PeerEvent::SoundOffered(_)
            | PeerEvent::SoundFailed(_)
            | PeerEvent::Applied
            | PeerEvent::Track
            | PeerEvent::Measured(_) => {}
        }
        Ok(())
    }

    fn invite(&mut self, offer: String, uri: Uri, identity: Identity, desk: &mut Desk<'_>) {
        let invite = Invite {
            hop: identity.hop,
            uri: uri.clone(),
            from: identity.from,
            to: NameAddr::new(uri),
            contact: identity.contact,
            route: Vec::new(),
            max_forwards: None,
            headers: vec![Header::fixed("Accept", "application/sdp")],
            body: Some(Body::sdp(offer)),
            credentials: Some(identity.credentials),
            answer_within: patience(TrialStep::Answered),
        };
        self.call = Some(desk.agent.invite(invite, desk.now));
    }

    pub(super) fn answered(&mut self, answer: String, desk: &mut Desk<'_>) {
        self.done(TrialStep::Answered, desk.now);
        self.act(TrialAct::Apply(answer), desk);
    }

    /// What both sides say of the pictures.
    pub(super) fn looked(
        &mut self,
        answer: TrialAnswer,
        figures: Option<Box<Figures>>,
        now: Instant,
    ) -> Result<(), TrialVerdict> {
        self.look_at = Some(now + LOOK_EVERY);
        let text = match answer {
            Some((204, _)) => return Err(TrialVerdict::EndedThere),
            Some((200, text)) => text,
            // Asked again, until its time is over.
            Some(_) | None => None,
        };
        if let Some(told) = text.as_deref().and_then(Json::parse) {
            self.course.seen = seen(&told);
        }
        if let Some(figures) = figures {
            self.figures = *figures;
        }
        let seen = &self.course.seen;
        let enough = match self.source {
            TrialSource::Camera => seen.pictures >= ENOUGH,
            TrialSource::Picture => seen.right >= ENOUGH && seen.decibels >= LIKENESS_DECIBELS,
        };
        if seen.pictures > 0 {
            self.done(TrialStep::FirstPicture, now);
        }
        if enough {
            self.done(TrialStep::Pictures, now);
        }
        if frames(self.figures.received.as_ref()) > 0 {
            self.done(TrialStep::Back, now);
        }
        Ok(())
    }

    pub(super) fn handle_timeout(&mut self, desk: &mut Desk<'_>) -> Result<(), TrialVerdict> {
        if self.until <= desk.now
            && let Some(step) = self.course.next()
        {
            return Err(self.stuck_at(step));
        }
        if self.look_at.take_if(|at| *at <= desk.now).is_some()
            && let Some(path) = self.path.clone()
        {
            let token = self.token.clone();
            self.act(TrialAct::Look { path, token }, desk);
        }
        Ok(())
    }

    pub(super) fn poll_timeout(&self) -> Instant {
        self.look_at.map_or(self.until, |at| at.min(self.until))
    }

    /// Why that step does not come about.
    fn stuck_at(&self, step: TrialStep) -> TrialVerdict {
        let (sent, received) = (self.figures.sent.as_ref(), self.figures.received.as_ref());
        match step {
            TrialStep::SignedIn | TrialStep::Handset => TrialVerdict::GatewaySilent,
            TrialStep::Source => TrialVerdict::SourceSilent,
            TrialStep::Answered if self.call.is_none() => TrialVerdict::NoConnectionMade,
            TrialStep::Answered => TrialVerdict::NotAnswered,
            TrialStep::Connected if !self.reached => TrialVerdict::NoPath,
            TrialStep::Connected if self.course.done[step as usize].is_none() => {
                TrialVerdict::NoKeys
            }
            TrialStep::Connected => TrialVerdict::LinkLost,
            TrialStep::FirstPicture if frames(sent) == 0 => TrialVerdict::SourceSilent,
            TrialStep::FirstPicture if packets(sent) == 0 => TrialVerdict::NothingLeaves,
            TrialStep::FirstPicture => TrialVerdict::NothingSeen,
            TrialStep::Pictures => TrialVerdict::NotRight,
            TrialStep::Back if packets(received) > 0 => TrialVerdict::NotShown,
            TrialStep::Back => TrialVerdict::NothingBack,
        }
    }

    /// Whoever is called hears of it, and nothing stays open.
    pub(super) fn end(mut self, verdict: TrialVerdict, desk: &mut Desk<'_>) -> Course {
        if let Some(call) = self.call.take() {
            desk.agent.hang_up(call, None, desk.now);
        }
        let (path, token) = (self.path.take(), std::mem::take(&mut self.token));
        self.act(TrialAct::Close { path, token }, desk);
        self.course.verdict = Some(verdict);
        self.course
    }
}

fn frames(stream: Option<&Stream>) -> u64 {
    stream.map_or(0, |stream| stream.frames)
}

fn packets(stream: Option<&Stream>) -> u64 {
    stream.map_or(0, |stream| stream.packets)
}

fn seen(told: &Json) -> TrialSeen {
    let number = |of: Option<&Json>, name: &str| {
        let number = of.and_then(|of| of.get(name)?.integer());
        number.unwrap_or_default()
    };
    let codec = told.get("codec").and_then(Json::text).unwrap_or_default();
    let likeness = told.get("likeness");
    TrialSeen {
        pictures: number(Some(told), "pictures"),
        width: number(Some(told), "width"),
        height: number(Some(told), "height"),
        // No name is longer.
        codec: codec.chars().take(20).collect(),
        right: number(likeness, "right"),
        decibels: number(likeness, "decibels"),
    }
}
