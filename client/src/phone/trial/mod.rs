//! A person tests their connection: a real call to a test phone that the gateway has itself, by our own
//! registration, connection and encoder. Nothing of it is a share: nobody is shown anything.

pub mod picture;
mod run;
#[cfg(test)]
pub(in crate::phone) mod tests;
mod wire;

use sip::agent::{CallHandle, End, How};
use sip::message::Response;
use sip::time::Instant;

use super::state::{Course, Trial, TrialCommand, TrialObstacle, TrialSource, TrialVerdict};
use super::{Desk, Effect, Identity, PeerEvent, Phone, desk, sdp_in};
use run::Run;
pub use wire::{TrialAct, TrialAnswer, TrialEvent, TrialId};

/// At most one test at a time.
#[derive(Debug, Default)]
pub(super) struct Trials {
    open: bool,
    source: TrialSource,
    run: Option<Run>,
    /// How the last one went.
    last: Option<Course>,
    count: u64,
}

/// Who calls, and by what they prove it over HTTP.
pub(super) struct Caller<'a> {
    pub(super) identity: Option<Identity>,
    pub(super) token: Option<&'a str>,
    /// A share or a call goes on, or somebody asks.
    pub(super) busy: bool,
}

impl Caller<'_> {
    fn obstacle(&self) -> Option<TrialObstacle> {
        match self {
            _ if self.busy => Some(TrialObstacle::Busy),
            Caller { identity: None, .. } => Some(TrialObstacle::NotConnected),
            Caller { token: None, .. } => Some(TrialObstacle::NotHere),
            Caller { .. } => None,
        }
    }
}

impl Phone {
    pub(super) fn test(&mut self, command: TrialCommand, now: Instant) {
        let tester = Caller {
            identity: self.account.identity(),
            token: self.account.token(),
            busy: self.is_busy(),
        };
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.trials.command(command, &tester, desk);
    }

    /// The browser or the gateway says something of a test.
    pub(super) fn test_heard(&mut self, id: TrialId, event: TrialEvent, now: Instant) {
        let identity = self.account.identity();
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.trials.heard(id, event, identity, desk);
    }

    pub(super) fn tester(&self) -> Caller<'_> {
        Caller {
            identity: self.account.identity(),
            token: self.account.token(),
            busy: self.is_busy(),
        }
    }

    /// Whatever goes on with others comes before a test.
    pub(super) fn test_gives_way(&mut self, now: Instant) {
        if self.is_busy() {
            let desk = &mut desk(&mut self.agent, &mut self.effects, now);
            self.trials.give_way(desk);
        }
    }

    fn is_busy(&self) -> bool {
        self.shares.needs_gateway() || self.voice.needs_gateway()
    }
}

impl Trials {
    pub(super) fn command(
        &mut self,
        command: TrialCommand,
        caller: &Caller<'_>,
        desk: &mut Desk<'_>,
    ) {
        match command {
            TrialCommand::Open => self.open = true,
            TrialCommand::Close => {
                self.open = false;
                self.stop(TrialVerdict::Stopped, desk);
            }
            TrialCommand::Choose(source) if self.run.is_none() => self.source = source,
            TrialCommand::Choose(_) => {}
            TrialCommand::Start => self.start(caller, desk),
            TrialCommand::Stop => self.stop(TrialVerdict::Stopped, desk),
        }
    }

    fn start(&mut self, caller: &Caller<'_>, desk: &mut Desk<'_>) {
        let (None, None, Some(token)) = (&self.run, caller.obstacle(), caller.token) else {
            return;
        };
        self.count += 1;
        self.last = None;
        let run = Run::new(TrialId(self.count), self.source, token, desk);
        self.run = Some(run);
    }

    /// Ends the test that goes on.
    pub(super) fn stop(&mut self, verdict: TrialVerdict, desk: &mut Desk<'_>) {
        if let Some(run) = self.run.take() {
            self.last = Some(run.end(verdict, desk));
        }
    }

    /// Somebody calls, or the person turns to somebody: that comes first, and in front.
    pub(super) fn give_way(&mut self, desk: &mut Desk<'_>) {
        if self.run.is_some() {
            self.stop(TrialVerdict::Interrupted, desk);
            self.open = false;
        }
    }

    /// Nobody is signed in any more.
    pub(super) fn forget(&mut self, desk: &mut Desk<'_>) {
        self.stop(TrialVerdict::Stopped, desk);
        let count = self.count;
        *self = Self {
            count,
            ..Self::default()
        };
    }

    /// The browser or the gateway says something of it; what is late of another one says nothing.
    pub(super) fn heard(
        &mut self,
        id: TrialId,
        event: TrialEvent,
        identity: Option<Identity>,
        desk: &mut Desk<'_>,
    ) {
        let Some(run) = self.run.as_mut().filter(|run| run.id == id) else {
            return;
        };
        let over = match event {
            TrialEvent::Opened => run.opened(desk),
            TrialEvent::NoSource(problem) => Err(TrialVerdict::NoSource(problem)),
            TrialEvent::Asked(answer) => run.asked(answer, desk),
            TrialEvent::Peer(event) => run.peer(event, identity, desk),
            TrialEvent::Reached => {
                run.reached = true;
                Ok(())
            }
            TrialEvent::Looked { answer, figures } => run.looked(answer, figures, desk.now),
        };
        self.go_on(over, desk);
    }

    fn go_on(&mut self, over: Result<(), TrialVerdict>, desk: &mut Desk<'_>) {
        let all = self.run.as_ref().is_some_and(Run::is_through);
        match over {
            Err(verdict) => self.stop(verdict, desk),
            Ok(()) if all => self.stop(TrialVerdict::Works, desk),
            Ok(()) => {}
        }
    }

    pub(super) fn owns(&self, call: CallHandle) -> bool {
        self.call() == Some(call)
    }

    /// The call that it goes by.
    pub(super) fn call(&self) -> Option<CallHandle> {
        self.run.as_ref().and_then(|run| run.call)
    }

    pub(super) fn answered(&mut self, response: &Response, desk: &mut Desk<'_>) {
        let Some(run) = &mut self.run else {
            return;
        };
        let over = match sdp_in(response) {
            Some(answer) => {
                run.answered(answer, desk);
                Ok(())
            }
            None => Err(TrialVerdict::AnswerUnusable),
        };
        self.go_on(over, desk);
    }

    pub(super) fn ended(&mut self, call: CallHandle, end: &End, desk: &mut Desk<'_>) {
        let Some(run) = self.run.as_mut().filter(|run| run.call == Some(call)) else {
            return;
        };
        run.call = None;
        let verdict = match end.how {
            How::Bye | How::Cancelled => TrialVerdict::EndedThere,
            How::Refused(status) if status.code() == 503 => TrialVerdict::GatewayFull,
            How::Refused(_) | How::Overloaded => TrialVerdict::Refused,
            How::NoAnswer | How::NoResponse => TrialVerdict::NotAnswered,
            How::NoAck | How::SessionExpired | How::DialogLost | How::FlowLost => {
                TrialVerdict::LinkLost
            }
        };
        self.stop(verdict, desk);
    }

    pub(super) fn handle_timeout(&mut self, desk: &mut Desk<'_>) {
        let Some(run) = &mut self.run else {
            return;
        };
        let over = run.handle_timeout(desk);
        self.go_on(over, desk);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.run.as_ref().map(Run::poll_timeout)
    }

    pub(super) fn show(&self, caller: &Caller<'_>) -> Trial {
        let running = self.run.as_ref().map(|run| run.course.clone());
        Trial {
            open: self.open,
            source: self.source,
            obstacle: caller.obstacle().filter(|_| running.is_none()),
            course: running.or_else(|| self.last.clone()),
        }
    }
}
