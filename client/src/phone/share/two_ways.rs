//! A share goes both ways: a re-INVITE with `sendrecv` on the same dialog (RFC 3264 §8.4, RFC 6337
//! §5.1). The other side's person is asked first; a Phase 1 phone keeps to one way (R1.14).
//!
//! The request waits for the person only as long as a transaction may last. Who takes longer asks
//! back with a request of their own, which is agreed to as long as the first wish stands; two wishes
//! that cross are met the same way.

use sip::agent::{Reply, RequestId, ServerRequestId};
use sip::message::{Body, Method, Response, Status};
use sip::sdp::{Description, Direction as Way, Kind};
use sip::time::{Duration, Instant};

use super::active::{Active, Stage};
use super::change::Change;
use super::{Sample, ShareId, Shares};
use crate::phone::quality::Meter;
use crate::phone::state::{
    Cause, Direction, Link, No, SendPhase, Sending, Share, TwoWays, WatchPhase, Watching, Wish,
};
use crate::phone::wire::Ways;
use crate::phone::{Desk, Effect};

/// The other direction of a share.
#[derive(Debug, Default)]
pub(super) enum Other {
    #[default]
    Off,
    /// We want it: the browser makes an offer.
    Offering,
    /// The gateway has our offer.
    Asked(RequestId),
    /// They want it, and the person is asked.
    Wished(Wished),
    /// The person agreed: the browser makes the answer.
    Answering,
    On(Back),
    /// One direction is being given up: the browser makes an offer, and the gateway is told.
    Narrowing(Option<RequestId>),
}

/// What they want.
#[derive(Debug)]
pub(super) struct Wished {
    /// Their request, as long as it can wait, and its offer.
    request: Option<(ServerRequestId, String)>,
    /// The request waits no longer than this.
    answer_by: Instant,
    /// The person is asked no longer than this.
    until: Instant,
}

/// The pictures of the other direction.
#[derive(Debug, Default)]
pub(super) struct Back {
    seen: bool,
    meter: Meter,
}

impl Active {
    /// Whether pictures go, or are to go, in that direction.
    pub(super) fn has(&self, direction: Direction) -> bool {
        self.stage.direction() == direction || matches!(self.other, Other::On(_))
    }

    pub(super) fn is_both(&self) -> bool {
        matches!(self.other, Other::On(_))
    }

    /// Whether the person is asked, and for what.
    pub(super) fn wish(&self) -> Option<Wish> {
        let Other::Wished(_) = self.other else {
            return None;
        };
        Some(match self.stage.direction() {
            Direction::In => Wish::SeeOurs,
            Direction::Out => Wish::ShowTheirs,
        })
    }

    /// Whether their offer wants the share to go both ways, and did not do so from the beginning.
    pub(super) fn is_wished_by(&self, offer: &str) -> bool {
        let is_free = matches!(self.other, Other::Off);
        is_free && !self.is_open_both_ways && way_of(offer) == Some(Way::SendRecv)
    }

    /// They want it both ways.
    pub(super) fn wished(&mut self, id: ServerRequestId, offer: String, desk: &mut Desk<'_>) {
        if self
            .wanted_until
            .take_if(|until| desk.now < *until)
            .is_some()
        {
            // We asked for just that.
            return self.answer_both(id, offer, desk);
        }
        self.other = Other::Wished(Wished {
            request: Some((id, offer)),
            answer_by: desk.now + REQUEST_WAITS,
            until: desk.now + PERSON_IS_ASKED,
        });
    }

    fn answer_both(&mut self, id: ServerRequestId, offer: String, desk: &mut Desk<'_>) {
        let share = self.id;
        self.change = Some(Change::both(id));
        self.other = Other::Answering;
        desk.effects.push_back(Effect::AnswerBoth { share, offer });
    }

    /// The person agrees to what they wish.
    pub(super) fn agree(&mut self, desk: &mut Desk<'_>) {
        let Other::Wished(wished) = std::mem::take(&mut self.other) else {
            return;
        };
        match wished.request {
            Some((id, offer)) => self.answer_both(id, offer, desk),
            None => self.offer_both(desk),
        }
    }

    /// The person does not, or nobody says anything.
    pub(super) fn disagree(&mut self, status: Status, desk: &mut Desk<'_>) {
        if let Other::Wished(wished) = &mut self.other
            && let Some((id, _)) = wished.request.take()
        {
            desk.respond(id, Reply::new(status));
        }
    }

    pub(super) fn forget_wish(&mut self) {
        if matches!(self.other, Other::Wished(_)) {
            self.other = Other::Off;
        }
    }

    pub(super) fn offer_both(&mut self, desk: &mut Desk<'_>) {
        self.other = Other::Offering;
        let (share, ways) = (self.id, Ways::Both);
        desk.effects.push_back(Effect::Redirect { share, ways });
    }

    /// The browser has an offer with other directions: tell the gateway.
    pub(super) fn redirected(&mut self, offer: String, desk: &mut Desk<'_>) {
        let Some(call) = self.call else {
            return;
        };
        if !matches!(self.other, Other::Offering | Other::Narrowing(None)) {
            return;
        }
        let body = Some(Body::sdp(offer));
        let id = desk
            .agent
            .request_in_call(call, Method::Invite, Vec::new(), body, desk.now);
        self.other = match matches!(self.other, Other::Narrowing(_)) {
            true => Other::Narrowing(Some(id)),
            false => Other::Asked(id),
        };
    }

    /// Whether the request was about the directions.
    pub(super) fn redirects_by(&self, id: RequestId) -> bool {
        match &self.other {
            Other::Asked(asked) => *asked == id,
            Other::Narrowing(told) => *told == Some(id),
            Other::Off | Other::Offering | Other::Wished(_) | Other::Answering | Other::On(_) => {
                false
            }
        }
    }

    /// What the gateway says to our offer with other directions; `None` when it says nothing.
    pub(super) fn redirect_answered(&mut self, said: Option<&Response>, desk: &mut Desk<'_>) {
        let asked = matches!(self.other, Other::Asked(_));
        let answer = said
            .filter(|said| said.status.is_success())
            .and_then(|said| said.content("application/sdp"))
            .map(|sdp| String::from_utf8_lossy(sdp).into_owned());
        let share = self.id;
        let goes_both = asked && answer.as_deref().and_then(way_of) == Some(Way::SendRecv);
        if let Some(answer) = answer {
            self.take_flow(&answer);
            desk.effects.push_back(Effect::Apply { share, answer });
        }
        if goes_both {
            self.wanted_until = None;
            self.other = Other::On(Back::default());
            return;
        }
        self.other = Other::Off;
        self.settle_ways(desk);
        if asked {
            let status = said.map(|said| said.status);
            self.told = Some(match status {
                Some(Status::DECLINE) => No::Declined,
                Some(Status::TEMPORARILY_UNAVAILABLE) => No::NoAnswer,
                _ => No::Cannot,
            });
            // Whoever only took too long may still agree.
            if self.told != Some(No::NoAnswer) {
                self.wanted_until = None;
            }
        }
    }

    /// The browser could not make an offer with other directions.
    pub(super) fn redirect_failed(&mut self, desk: &mut Desk<'_>) {
        match self.other {
            Other::Offering => self.told = Some(No::Cannot),
            Other::Narrowing(None) => {}
            Other::Off
            | Other::Asked(_)
            | Other::Wished(_)
            | Other::Answering
            | Other::On(_)
            | Other::Narrowing(Some(_)) => return,
        }
        (self.other, self.wanted_until) = (Other::Off, None);
        self.settle_ways(desk);
    }

    /// The browser is to keep to the directions there are.
    fn settle_ways(&self, desk: &mut Desk<'_>) {
        let (share, ways) = (self.id, Ways::only(self.stage.direction()));
        desk.effects.push_back(Effect::SettleWays { share, ways });
    }

    /// Our answer to what they wished is on its way: pictures go both ways if it says so.
    pub(super) fn answered_both(&mut self, answer: &str) {
        if matches!(self.other, Other::Answering) {
            self.other = match way_of(answer) {
                Some(Way::SendRecv) => Other::On(Back::default()),
                _ => Other::Off,
            };
        }
    }

    pub(super) fn refused_both(&mut self) {
        if matches!(self.other, Other::Answering) {
            self.other = Other::Off;
        }
    }

    /// Nothing under way will be answered: the connection to the gateway is gone.
    pub(super) fn drop_wishes(&mut self, desk: &mut Desk<'_>) {
        match self.other {
            Other::Off | Other::On(_) => {}
            Other::Wished(_) | Other::Answering => self.other = Other::Off,
            Other::Offering | Other::Asked(_) | Other::Narrowing(_) => {
                self.other = Other::Off;
                self.settle_ways(desk);
            }
        }
        self.wanted_until = None;
    }

    /// Which of both directions their offer leaves, if it takes one away.
    pub(super) fn narrowed_by(&self, offer: &str) -> Option<Direction> {
        let Other::On(_) = self.other else {
            return None;
        };
        match way_of(offer)? {
            Way::SendOnly => Some(Direction::In),
            Way::RecvOnly => Some(Direction::Out),
            Way::SendRecv | Way::Inactive => None,
        }
    }

    /// Only that direction is left.
    pub(super) fn keep(&mut self, direction: Direction) {
        let Other::On(back) = std::mem::take(&mut self.other) else {
            return;
        };
        if self.stage.direction() == direction {
            return;
        }
        self.stage = match direction {
            Direction::Out => Stage::Showing,
            Direction::In if back.seen => Stage::Watching,
            Direction::In => Stage::Waiting,
        };
        self.forget_figures();
        self.meter = back.meter;
    }

    /// They gave one direction up, and our answer is on its way.
    pub(super) fn kept(&mut self, direction: Direction, desk: &mut Desk<'_>) {
        self.keep(direction);
        self.settle_ways(desk);
    }

    /// We give one direction up.
    fn narrow(&mut self, direction: Direction, desk: &mut Desk<'_>) {
        self.keep(direction);
        if self.recovery.is_cut_off() {
            return self.settle_ways(desk);
        }
        self.other = Other::Narrowing(None);
        let (share, ways) = (self.id, Ways::only(direction));
        desk.effects.push_back(Effect::Redirect { share, ways });
    }

    /// The page shows a picture of the other direction.
    pub(super) fn back_seen(&mut self) -> bool {
        let is_first = self.stage.direction() == Direction::In;
        let Other::On(back) = &mut self.other else {
            return false;
        };
        back.seen |= !is_first;
        !is_first
    }

    /// Figures of the other direction; false if they are of the first.
    pub(super) fn back_measured(&mut self, sample: &Sample) -> bool {
        let is_back = sample.is_sent != (self.stage.direction() == Direction::Out);
        let Other::On(back) = &mut self.other else {
            return false;
        };
        if is_back {
            back.meter.take(sample.clone());
        }
        is_back
    }

    /// The other direction, for the views.
    pub(super) fn show_back(&self) -> Share {
        let Other::On(back) = &self.other else {
            return Share::None;
        };
        let (peer, seconds) = (self.peer.clone(), self.seconds());
        let (link, flow, moved) = (self.recovery.show(), self.flow, self.moved);
        let quality = back.meter.show();
        match self.stage.direction() {
            Direction::In => Share::Sending(Sending {
                peer,
                phase: SendPhase::Live,
                seconds,
                quality,
                link,
                flow,
                moved,
            }),
            Direction::Out => Share::Watching(Watching {
                peer,
                phase: match (back.seen, link) {
                    (true, Link::Up | Link::Reconnecting) => WatchPhase::Live,
                    (false, _) => WatchPhase::Waiting,
                },
                seconds,
                quality,
                link,
                flow,
                moved,
            }),
        }
    }

    /// Theirs, which is shown large, and ours.
    pub(super) fn show_both(&self) -> (Share, Share) {
        match self.stage.direction() {
            Direction::In => (self.show(), self.show_back()),
            Direction::Out => (self.show_back(), self.show()),
        }
    }

    fn show_ways(&self) -> TwoWays {
        match (&self.other, self.wish(), self.told) {
            (Other::Offering | Other::Asked(_), _, _) => TwoWays::Asking,
            (_, Some(wish), _) => TwoWays::Wished(wish),
            (_, None, Some(no)) => TwoWays::Told(no),
            (_, None, None) => TwoWays::None,
        }
    }

    fn wish_timeout(&mut self, desk: &mut Desk<'_>) {
        let Other::Wished(wished) = &self.other else {
            return;
        };
        let (late, over) = (wished.answer_by <= desk.now, wished.until <= desk.now);
        if late {
            self.disagree(Status::TEMPORARILY_UNAVAILABLE, desk);
        }
        if over {
            self.forget_wish();
        }
    }

    pub(super) fn next_wish(&self) -> Option<Instant> {
        match &self.other {
            Other::Wished(wished) if wished.request.is_some() => Some(wished.answer_by),
            Other::Wished(wished) => Some(wished.until),
            Other::Off
            | Other::Offering
            | Other::Asked(_)
            | Other::Answering
            | Other::On(_)
            | Other::Narrowing(_) => None,
        }
    }
}

impl Shares {
    /// Asks whoever sees our pictures to show theirs too.
    pub(in crate::phone) fn ask_for_theirs(&mut self, desk: &mut Desk<'_>) {
        if self.active.len() > 1 {
            return;
        }
        let showing = |active: &&mut Active| {
            matches!(active.stage, Stage::Showing)
                && matches!(active.other, Other::Off)
                && active.change.is_none()
                && !active.recovery.is_cut_off()
        };
        if let Some(active) = self.active.iter_mut().find(showing) {
            active.told = None;
            active.wanted_until = Some(desk.now + PERSON_IS_ASKED);
            active.offer_both(desk);
        }
    }

    /// Agrees to see theirs, or to show ours over the share that stands. False when nobody wishes it.
    pub(in crate::phone) fn agree(&mut self, wish: Wish, desk: &mut Desk<'_>) -> bool {
        let wished = |active: &&mut Active| active.wish() == Some(wish);
        match self.active.iter_mut().find(wished) {
            Some(active) => {
                active.agree(desk);
                true
            }
            None => false,
        }
    }

    /// Not now, to whatever they wish.
    pub(in crate::phone) fn disagree(&mut self, desk: &mut Desk<'_>) {
        for active in &mut self.active {
            active.disagree(Status::DECLINE, desk);
            active.forget_wish();
        }
    }

    /// The person has read that nothing came of it.
    pub(super) fn forget_told(&mut self) {
        for active in &mut self.active {
            active.told = None;
        }
    }

    pub(super) fn wish_timeouts(&mut self, desk: &mut Desk<'_>) {
        for active in &mut self.active {
            active.wish_timeout(desk);
        }
    }

    /// Gives up one direction of a share that goes both ways. False when there is none.
    pub(super) fn narrow(&mut self, gone: Direction, cause: Cause, desk: &mut Desk<'_>) -> bool {
        let Some(active) = self.active.iter_mut().find(|active| active.is_both()) else {
            return false;
        };
        let share = active.id;
        active.narrow(other_than(gone), desk);
        self.finish_part(share, gone, cause, desk.now);
        true
    }

    pub(in crate::phone) fn show_ways(&self) -> TwoWays {
        let mut ways = self.active.iter().map(Active::show_ways);
        ways.find(|ways| *ways != TwoWays::None).unwrap_or_default()
    }

    /// They gave one direction up.
    pub(super) fn narrowed(&mut self, share: ShareId, left: Direction, desk: &mut Desk<'_>) {
        if let Some(active) = self.with_id(share) {
            active.kept(left, desk);
        }
        self.finish_part(share, other_than(left), Cause::EndedByThem, desk.now);
    }
}

pub(super) fn other_than(direction: Direction) -> Direction {
    match direction {
        Direction::In => Direction::Out,
        Direction::Out => Direction::In,
    }
}

/// The writer's own direction of the pictures.
pub(super) fn way_of(sdp: &str) -> Option<Way> {
    let description = Description::parse(sdp.as_bytes()).ok()?;
    let mut media = description.media.iter();
    let video = media.find(|media| media.kind == Kind::Video && media.port != 0)?;
    Some(description.direction_of(video))
}

/// How long a re-INVITE waits for a person: less than the 32 s after which its sender cancels it.
const REQUEST_WAITS: Duration = Duration::from_secs(25);
/// How long a person is asked, and for how long what we asked still holds.
const PERSON_IS_ASKED: Duration = Duration::from_secs(60);
