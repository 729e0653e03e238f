//! RFC 4579 §3, RFC 8834 §5.1: several watchers of one upload. Those who can be shown the same are a
//! class: one relay, so at most one encoder, whatever their number. A class is sent what the slowest
//! of its members bears; who bears less than half of what the fastest does goes to the slow class
//! of its kind, which is encoded apart, so that it holds nobody else down.

mod source;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use media::rate::{Controller, Input};
use media::rtp::RtpPacket;

use super::fed::{Fed, Wish};
use super::format::StreamFormat;
use super::relay::{End, Reencoding, Relay, RelayOutput};
use super::sync::SenderClock;
use super::{BridgeId, ClassId, Medium, TranscodeJob, Transcoded};
use crate::operate::media::MediaCounts;
use media::rtp::VIDEO_CLOCK_HZ;
use source::Source;

/// How long a watcher is behind the others before it is moved: an estimate begins low, and one lost
/// burst is none.
const SLOW_FOR: Duration = Duration::from_secs(3);

/// How long it keeps up again before it is moved back: each move is a keyframe.
const WELL_FOR: Duration = Duration::from_secs(10);

/// How often one of several members gets a keyframe for the asking: each costs all of them.
const ASKS_EVERY: Duration = Duration::from_secs(2);

/// Who watches one upload beside the callee of its call. The switch bounds their number.
#[derive(Default)]
pub(super) struct Audience {
    classes: BTreeMap<ClassId, Class>,
    members: BTreeMap<BridgeId, Member>,
    source: Source,
    last_class: u32,
    outputs: VecDeque<AudienceOutput>,
    /// Of classes that are gone.
    counts: MediaCounts,
}

pub(super) enum AudienceOutput {
    Fed {
        viewer: BridgeId,
        fed: Fed,
    },
    Job {
        class: ClassId,
        job: TranscodeJob,
    },
    Close {
        class: ClassId,
    },
    Reencoding(Reencoding),
    /// PLI to who shows.
    AskSender,
    LimitSender {
        bits_per_second: u32,
    },
}

/// Those who are sent the same.
struct Class {
    relay: Relay,
    source: (StreamFormat, End),
    target: (StreamFormat, End),
    pace: Pace,
    /// What it wants of the upload, as its relay said last.
    wanted: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Full,
    /// Of those who bear less than half of what the others do.
    Slow,
}

struct Member {
    class: ClassId,
    target: (StreamFormat, End),
    rate: Controller,
    /// Since when it would be better off with the other pace.
    misplaced: Option<Instant>,
    asked: Option<Instant>,
}

impl Audience {
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// A packet of the upload, in the order of arrival.
    pub(super) fn handle_web(&mut self, extended: u64, packet: &RtpPacket, now: Instant) {
        for class in self.classes.values_mut() {
            class.relay.handle_web(extended, packet.clone(), now);
        }
    }

    pub(super) fn handle_transcoded(&mut self, class: ClassId, result: Transcoded, now: Instant) {
        if let Some(class) = self.classes.get_mut(&class) {
            class.relay.handle_transcoded(result, now);
        }
    }

    /// The upload begins from nothing, or anew.
    pub(super) fn answered(&mut self, now: Instant) {
        for class in self.classes.values_mut() {
            class.relay.begin(now);
        }
    }

    /// What a watcher wishes; `source` is what is uploaded.
    pub(super) fn handle_wish(
        &mut self,
        viewer: BridgeId,
        wish: Wish,
        source: Option<(StreamFormat, End)>,
        now: Instant,
    ) {
        match (wish, source) {
            (Wish::Join(target), Some(source)) => self.join(viewer, source, *target, now),
            (Wish::Join(_), None) => tracing::warn!("nothing is uploaded that could be watched"),
            (Wish::Leave, _) => self.leave(viewer, now),
            (Wish::Rate(input), _) => self.handle_rate(viewer, input, now),
            (Wish::Answered, _) => self.with_class_of(viewer, |relay| relay.joined(now)),
            (Wish::Keyframe(how), _) if self.may_ask(viewer, now) => {
                self.with_class_of(viewer, |relay| relay.viewer_asks(how, now));
            }
            (Wish::FastUpdate | Wish::Dropped, _) if self.may_ask(viewer, now) => {
                self.with_class_of(viewer, |relay| relay.fast_update(now));
            }
            (Wish::Keyframe(_) | Wish::FastUpdate | Wish::Dropped, _) => {}
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        for class in self.classes.values_mut() {
            class.relay.handle_timeout(now);
        }
        self.source.handle_timeout(now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let relays = self.classes.values().map(|class| &class.relay);
        let relays = relays.filter_map(Relay::poll_timeout);
        relays.chain(self.source.poll_timeout()).min()
    }

    pub(super) fn poll_output(&mut self) -> Option<AudienceOutput> {
        self.outputs.pop_front()
    }

    pub(super) fn take_counts(&mut self) -> MediaCounts {
        for class in self.classes.values_mut() {
            self.counts.add(&class.relay.take_counts());
        }
        std::mem::take(&mut self.counts)
    }

    pub(super) fn close(&mut self) {
        self.members.clear();
        self.sweep();
    }

    /// What the call's own relay wants of the upload, and whether it passes that on.
    pub(super) fn note_callee(&mut self, wanted: Option<(u32, bool)>) {
        self.source.callee = wanted;
    }

    /// Moves what the relays put out to their members; whether anything moved.
    pub(super) fn settle(&mut self, clock: &SenderClock, now: Instant) -> bool {
        let ids: Vec<ClassId> = self.classes.keys().copied().collect();
        let mut moved = false;
        for id in ids {
            while let Some(output) = self.next_output(id) {
                moved = true;
                self.take(id, output, clock, now);
            }
        }
        if moved {
            self.weigh(now);
        }
        if let Some(output) = self.source.poll_output() {
            self.outputs.push_back(output);
            moved = true;
        }
        moved
    }

    fn next_output(&mut self, class: ClassId) -> Option<RelayOutput> {
        self.classes.get_mut(&class)?.relay.poll_output()
    }

    fn take(&mut self, id: ClassId, output: RelayOutput, clock: &SenderClock, now: Instant) {
        let Some(class) = self.classes.get_mut(&id) else {
            return;
        };
        match output {
            RelayOutput::Job(job) => {
                self.outputs
                    .push_back(AudienceOutput::Job { class: id, job });
            }
            RelayOutput::LimitSender { bits_per_second } => class.wanted = Some(bits_per_second),
            RelayOutput::AskByRtcp(_) | RelayOutput::AskByInfo => self.source.ask(now),
            RelayOutput::Reencoding(why) => {
                self.outputs.push_back(AudienceOutput::Reencoding(why));
            }
            RelayOutput::FirstPicture => {}
            RelayOutput::Forward { .. }
            | RelayOutput::Picture { .. }
            | RelayOutput::Packet { .. }
            | RelayOutput::Gap => {
                let relay = &class.relay;
                let fed = Fed::of(output, |timestamp, is_own| {
                    let timestamp = match is_own {
                        true => timestamp,
                        false => relay.source_timestamp(timestamp),
                    };
                    clock.captured(Medium::Video, (timestamp, VIDEO_CLOCK_HZ), now)
                });
                if let Some(fed) = fed {
                    self.feed(id, &fed);
                }
            }
        }
    }

    fn feed(&mut self, class: ClassId, fed: &Fed) {
        let members = self.members.iter().filter(|(_, of)| of.class == class);
        for (viewer, _) in members {
            let (viewer, fed) = (*viewer, fed.clone());
            self.outputs.push_back(AudienceOutput::Fed { viewer, fed });
        }
    }

    fn join(
        &mut self,
        viewer: BridgeId,
        source: (StreamFormat, End),
        target: (StreamFormat, End),
        now: Instant,
    ) {
        if let Some(member) = self.members.get(&viewer)
            && is_alike(&member.target, &target)
        {
            return self.with_class_of(viewer, |relay| relay.resumed(now));
        }
        let class = self.class_for(&source, &target, Pace::Full, now);
        let ceiling = self.ceiling(class);
        let member = Member {
            class,
            target,
            rate: Controller::new(ceiling),
            misplaced: None,
            asked: None,
        };
        self.members.insert(viewer, member);
        self.begin(viewer, now);
        self.sweep();
    }

    fn leave(&mut self, viewer: BridgeId, now: Instant) {
        let Some(member) = self.members.remove(&viewer) else {
            return;
        };
        self.hold(member.class, now);
        self.sweep();
        self.weigh(now);
    }

    /// A member's pictures begin, or begin anew in another class.
    fn begin(&mut self, viewer: BridgeId, now: Instant) {
        let Some(member) = self.members.get(&viewer) else {
            return;
        };
        let class = member.class;
        let fed = Fed::Begin {
            bits_per_second: self.ceiling(class),
        };
        self.outputs.push_back(AudienceOutput::Fed { viewer, fed });
        self.hold(class, now);
        self.with_class_of(viewer, |relay| relay.joined(now));
    }

    /// The class of those who can be shown the same at that pace.
    fn class_for(
        &mut self,
        source: &(StreamFormat, End),
        target: &(StreamFormat, End),
        pace: Pace,
        now: Instant,
    ) -> ClassId {
        let mut classes = self.classes.iter();
        let found =
            classes.find(|(_, class)| class.pace == pace && is_alike(&class.target, target));
        if let Some((id, _)) = found {
            return *id;
        }
        let (source, target) = (source.clone(), target.clone());
        let mut relay = match pace {
            Pace::Full => Relay::new(source.clone(), target.clone()),
            Pace::Slow => {
                let why = Reencoding::TooMuch;
                Relay::encoding(source.clone(), target.clone(), why)
            }
        };
        relay.begin(now);
        self.last_class += 1;
        let id = ClassId(self.last_class);
        let class = Class {
            relay,
            source,
            target,
            pace,
            wanted: None,
        };
        self.classes.insert(id, class);
        id
    }

    fn handle_rate(&mut self, viewer: BridgeId, input: Input, now: Instant) {
        let Some(member) = self.members.get_mut(&viewer) else {
            return;
        };
        member.rate.handle(input, now);
        let class = member.class;
        self.with_class_of(viewer, |relay| relay.note_loss(input, now));
        self.hold(class, now);
        self.place(viewer, now);
    }

    /// A class is sent what the slowest of its members bears.
    fn hold(&mut self, id: ClassId, now: Instant) {
        let of_class = self.members.values().filter(|member| member.class == id);
        let least = of_class.map(|member| member.rate.bits_per_second()).min();
        if let (Some(class), Some(bits_per_second)) = (self.classes.get_mut(&id), least) {
            let limit = Input::Limit { bits_per_second };
            class.relay.handle_rate(limit, now);
        }
    }

    /// Moves a member that was long enough far behind the others, or keeps up with them again.
    fn place(&mut self, viewer: BridgeId, now: Instant) {
        let Some((pace, patience)) = self.better_pace(viewer) else {
            if let Some(member) = self.members.get_mut(&viewer) {
                member.misplaced = None;
            }
            return;
        };
        let Some(member) = self.members.get_mut(&viewer) else {
            return;
        };
        let since = *member.misplaced.get_or_insert(now);
        if now.saturating_duration_since(since) < patience {
            return;
        }
        let (before, target) = (member.class, member.target.clone());
        let Some(source) = self.classes.get(&before).map(|class| class.source.clone()) else {
            return;
        };
        let class = self.class_for(&source, &target, pace, now);
        if let Some(member) = self.members.get_mut(&viewer) {
            (member.class, member.misplaced) = (class, None);
        }
        tracing::info!(
            viewer = viewer.0,
            ?pace,
            "a watcher is shown another stream"
        );
        self.begin(viewer, now);
        self.hold(before, now);
        self.sweep();
    }

    /// The pace a member should go over to, and after what time.
    fn better_pace(&self, viewer: BridgeId) -> Option<(Pace, Duration)> {
        let member = self.members.get(&viewer)?;
        let class = self.classes.get(&member.class)?;
        let own = member.rate.bits_per_second();
        let at_full_pace = self.members.iter().filter(|(id, other)| {
            let full = self.classes.get(&other.class);
            **id != viewer
                && is_alike(&other.target, &member.target)
                && full.is_some_and(|class| class.pace == Pace::Full)
        });
        let fastest = at_full_pace
            .map(|(_, other)| other.rate.bits_per_second())
            .max();
        match (class.pace, fastest) {
            (Pace::Full, Some(fastest)) if own < fastest / 2 => Some((Pace::Slow, SLOW_FOR)),
            (Pace::Slow, Some(fastest)) if own >= fastest / 4 * 3 => Some((Pace::Full, WELL_FOR)),
            (Pace::Slow, None) => Some((Pace::Full, WELL_FOR)),
            (Pace::Full | Pace::Slow, _) => None,
        }
    }

    fn may_ask(&mut self, viewer: BridgeId, now: Instant) -> bool {
        let Some(class) = self.members.get(&viewer).map(|member| member.class) else {
            return false;
        };
        let of_class = self.members.values().filter(|member| member.class == class);
        let is_alone = of_class.count() == 1;
        let Some(member) = self.members.get_mut(&viewer) else {
            return false;
        };
        let is_soon = |at: Instant| now.saturating_duration_since(at) < ASKS_EVERY;
        if !is_alone && member.asked.is_some_and(is_soon) {
            return false;
        }
        member.asked = Some(now);
        true
    }

    /// Ends the classes that nobody is in.
    fn sweep(&mut self) {
        let members = &self.members;
        let is_empty = |id: &ClassId| !members.values().any(|member| member.class == *id);
        let gone: Vec<ClassId> = self.classes.keys().copied().filter(is_empty).collect();
        for class in gone {
            if let Some(mut over) = self.classes.remove(&class) {
                self.counts.add(&over.relay.take_counts());
            }
            self.outputs.push_back(AudienceOutput::Close { class });
        }
    }

    fn ceiling(&self, class: ClassId) -> u32 {
        let class = self.classes.get(&class);
        class.map_or(0, |class| class.relay.ceiling_bits_per_second())
    }

    fn with_class_of(&mut self, viewer: BridgeId, act: impl FnOnce(&mut Relay)) {
        let class = self.members.get(&viewer).map(|member| member.class);
        if let Some(class) = class.and_then(|class| self.classes.get_mut(&class)) {
            act(&mut class.relay);
        }
    }
}

/// Whether both can be shown the same: one codec packed alike, one size and frame rate, rates within
/// a factor of two, the same ways to ask. Payload types are each leg's own.
fn is_alike((one, to_one): &(StreamFormat, End), (other, to_other): &(StreamFormat, End)) -> bool {
    let shape = |format: &StreamFormat| {
        let limit = format.limit;
        (limit.width, limit.height, limit.frames_per_second)
    };
    let (low, high) = (
        one.limit.bits_per_second.min(other.limit.bits_per_second),
        one.limit.bits_per_second.max(other.limit.bits_per_second),
    );
    one.payload == other.payload
        && shape(one) == shape(other)
        && high <= low.saturating_mul(2)
        && to_one == to_other
}
