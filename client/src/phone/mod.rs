//! Everything that this telephone decides, without a browser.
//!
//! The four verbs: [`Phone::handle`], [`Phone::handle_timeout`], [`Phone::poll_output`] and
//! [`Phone::poll_timeout`]. Drain the outputs after each of the first two.

mod account;
mod asking;
pub mod attention;
mod audience;
pub mod call_context;
mod camera;
mod capability;
mod cause;
mod commands;
pub mod contacts;
pub mod diagnosis;
pub mod embed;
pub mod files;
pub mod history;
pub mod json;
mod kept;
mod life;
pub mod limit;
pub mod link;
mod network_calls;
mod order;
mod others;
mod own;
pub mod quality;
pub mod recording;
mod recovery;
pub mod share;
pub mod state;
pub mod tabs;
mod talking;
#[cfg(test)]
mod tests;
pub mod trial;
mod unfinished;
pub mod voice;
mod wire;

use std::collections::VecDeque;

use sip::agent::{
    Agent, AgentConfig, CallHandle, Event, Output, Oversize, Reply, ServerRequestId, SessionTimers,
};
use sip::id::IdSource;
use sip::limits::Limits;
use sip::message::{Header, Method, Request, Response, Status, Text, Uri};
use sip::time::Instant;
use sip::transaction::Timers;
use sip::transport::Hop;

use account::{Account, Haste, Told};
use audience::Audience;
use call_context::CallContext;
use camera::Slot;
use capability::{Capabilities, Occasion};
use contacts::{Contacts, Reach};
use diagnosis::{Journal, Way};
use history::{Calendar, History};
use network_calls::{NetworkCalls, unheard};
use others::{ALLOW, answer};
use recording::Recorder;
use share::Shares;
use state::{Past, State, TrialVerdict, Willing};
use tabs::Tabs;
use trial::Trials;
use unfinished::Unfinished;
use voice::Voices;
pub use wire::{
    CameraEvent, Effect, Input, Origin, PeerEvent, PeopleEffect, PeopleInput, Picked, Setup,
    SocketEvent, Ways,
};

/// The telephone.
pub struct Phone {
    state: State,
    agent: Agent,
    account: Account,
    contacts: Contacts,
    capabilities: Capabilities,
    call: CallContext,
    network_calls: NetworkCalls,
    slot: Slot,
    shares: Shares,
    voice: Voices,
    audience: Audience,
    recorder: Recorder,
    history: History,
    journal: Journal,
    trials: Trials,
    tabs: Tabs,
    unfinished: Unfinished,
    /// Nothing of the microphone beside shares is to be heard, as the browser was told last.
    hushed: bool,
    /// None until the first input: a phone reads no clock.
    calendar: Option<Calendar>,
    unix_seconds: u64,
    effects: VecDeque<Effect>,
}

/// What the rooms of the phone share while one of them handles something.
struct Desk<'a> {
    agent: &'a mut Agent,
    effects: &'a mut VecDeque<Effect>,
    now: Instant,
}

impl Desk<'_> {
    /// Answers a request inside a call. Too late for an answer means that nobody waits for it.
    fn respond(&mut self, id: ServerRequestId, reply: Reply) {
        let _ = self.agent.respond(id, reply, self.now);
    }
}

/// The description in a response.
fn sdp_in(response: &Response) -> Option<String> {
    let sdp = response.content("application/sdp")?;
    Some(String::from_utf8_lossy(sdp).into_owned())
}

impl Phone {
    /// `keep_instance` is given a fresh instance id (RFC 5626 §4.1) and gives back the one to use.
    pub fn new(setup: Setup, keep_instance: impl FnOnce(&str) -> String) -> Self {
        let mut ids = IdSource::new(setup.seed);
        let mut agent = Agent::new(AgentConfig {
            user_agent: concat!("Sidecam/", env!("CARGO_PKG_VERSION")).to_owned(),
            seed: ids.seed(),
            limits: Limits::default(),
            timers: Timers::default(),
            session: Some(SessionTimers::default()),
            oversize: Oversize::Datagram,
        });
        agent.set_supported(["timer", "replaces"].map(Text::from).into());
        let mut phone = Self {
            state: State::default(),
            agent,
            contacts: Contacts::new(IdSource::new(ids.seed())),
            tabs: Tabs::default(),
            unfinished: Unfinished::read(setup.unfinished.as_deref(), setup.unix_seconds),
            unix_seconds: setup.unix_seconds,
            calendar: None,
            account: Account::new(setup, ids, keep_instance),
            capabilities: Capabilities::default(),
            call: CallContext::default(),
            network_calls: NetworkCalls::default(),
            slot: Slot::default(),
            shares: Shares::default(),
            voice: Voices::default(),
            audience: Audience::default(),
            recorder: Recorder::default(),
            history: History::default(),
            journal: Journal::default(),
            trials: Trials::default(),
            hushed: false,
            effects: VecDeque::from([Effect::ReadSettings]),
        };
        phone.refresh_state();
        phone
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        let unix_seconds = self.unix_seconds;
        self.calendar.get_or_insert(Calendar {
            began: now,
            unix_seconds,
        });
        match input {
            Input::Command(command) => self.command(command, now),
            Input::Settings(text) => {
                let told = self.account.settings(
                    text.as_deref(),
                    &mut desk(&mut self.agent, &mut self.effects, now),
                );
                if let Some(grace) = self.account.call_grace() {
                    self.shares.set_grace(grace);
                    self.voice.set_grace(grace);
                }
                self.contacts.set_home(self.account.home());
                if let Some((without, network_only)) = self.account.call_rules() {
                    self.call.set_rules(without, network_only);
                }
                self.account_told(told, now);
            }
            Input::Socket { flow, event } => {
                self.journal.socket(&event, now);
                let told = self.account.socket(
                    flow,
                    event,
                    &mut desk(&mut self.agent, &mut self.effects, now),
                );
                self.account_told(told, now);
            }
            Input::Seen { share, seen } => self.journal.seen(share, seen, now),
            Input::Packets { key, answer } => self.journal.packets_told(key, &answer, now),
            Input::Directory(answer) => self.directory_read(answer, now),
            Input::People(input) => self.people(input),
            Input::Camera(event) => self.camera(event, now),
            Input::Recording(event) => self.recording_said(event, now),
            Input::Peer { share, event } => {
                self.journal.peer(share, &event, now);
                let identity = self.identity_toward(self.shares.peer_of(share));
                let desk = &mut desk(&mut self.agent, &mut self.effects, now);
                if self.shares.is_broken_by(share, &event) {
                    // What took the pictures' way may have taken the gateway's.
                    self.account.ping_now(desk);
                }
                self.shares.peer(share, event, identity, desk);
            }
            Input::Trial { id, event } => self.test_heard(id, event, now),
            Input::Voice { call, event } => {
                self.voice_heard(call, event, now);
            }
            Input::Online => {
                self.account
                    .online(&mut desk(&mut self.agent, &mut self.effects, now));
            }
            Input::Visible => {
                self.contacts.reread(&mut self.effects);
                self.account
                    .visible(&mut desk(&mut self.agent, &mut self.effects, now));
            }
            Input::Leaving => self.leave(now),
            Input::Tabs(event) => self.other_tabs(event, now),
            Input::Back => self.come_back(now),
            Input::ClockMoved { unix_seconds } => self.clock_moved(unix_seconds, now),
        }
        self.settle(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        let told = self
            .account
            .handle_timeout(&mut desk(&mut self.agent, &mut self.effects, now));
        self.account_told(told, now);
        self.contacts
            .handle_timeout(self.account.token(), &mut self.effects, now);
        self.call.handle_timeout(now);
        self.refresh_calls(now);
        self.shares
            .handle_timeout(&mut desk(&mut self.agent, &mut self.effects, now));
        self.ask(now);
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.voice.handle_timeout(desk);
        self.trials.handle_timeout(desk);
        self.settle(now);
    }

    pub fn poll_output(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Phone::handle_timeout`] is wanted next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let contacts = self.contacts.poll_timeout(self.account.token().is_some());
        [
            self.agent.poll_timeout(),
            self.account.poll_timeout(),
            contacts,
            self.call.poll_timeout(),
            self.next_refresh_of_calls(),
            self.shares.poll_timeout(),
            self.next_question(),
            self.recorder.poll_timeout(),
            self.voice.poll_timeout(),
            self.trials.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// What the browser says of the people it keeps.
    fn people(&mut self, input: PeopleInput) {
        match input {
            PeopleInput::Stored {
                owner,
                contacts,
                history,
            } => {
                if self.contacts.stored(&owner, &contacts)
                    && self.history.stored(history.as_deref())
                {
                    self.history.keep(Some(&owner), &mut self.effects);
                }
            }
            PeopleInput::NotStored => self.contacts.not_stored(),
            PeopleInput::Picked(picked) => self.contacts.picked(picked, &mut self.effects),
        }
    }

    /// Turns to somebody, unless something goes on with somebody else.
    fn choose(&mut self, whom: Reach, now: Instant) {
        if self.shares.is_free() {
            self.shares.dismiss();
            if self.contacts.choose(whom) {
                self.slot.close(&mut self.effects);
            }
            self.ask_chosen(now);
        }
    }

    fn camera(&mut self, event: CameraEvent, now: Instant) {
        if self.slot.camera(event, &mut self.effects) {
            self.shares.resend(&mut self.effects);
        }
        // Who sees one's pictures already keeps the last one until there is another: the camera may
        // come back, or something else take its place.
        if self.slot.is_shut() || !self.slot.is_open() && !self.shares.is_live_out() {
            self.shares
                .stop_sending(&mut desk(&mut self.agent, &mut self.effects, now));
        }
    }

    fn account_told(&mut self, told: Option<Told>, now: Instant) {
        match told {
            Some(Told::Registered) => {
                if let Some(owner) = self.account.owner() {
                    self.contacts.open(owner, &mut self.effects);
                }
                if let Some(token) = self.account.token() {
                    self.contacts.read_now(token, &mut self.effects, now);
                }
                if let Some(identity) = self.account.identity() {
                    let desk = &mut desk(&mut self.agent, &mut self.effects, now);
                    self.voice.link_back(identity.hop, desk);
                    self.shares.link_back(identity.hop, desk);
                }
                self.ask_again(now);
                self.subscribe_to_calls(now);
            }
            Some(Told::LinkLost) => {
                let desk = &mut desk(&mut self.agent, &mut self.effects, now);
                self.voice.link_lost(desk);
                self.shares.link_lost(desk);
                self.trials.stop(TrialVerdict::LinkLost, desk);
            }
            Some(Told::Refused) => {
                let desk = &mut desk(&mut self.agent, &mut self.effects, now);
                self.voice.signed_out(desk);
                self.shares.signed_out(desk);
                self.trials.stop(TrialVerdict::LinkLost, desk);
            }
            None => {}
        }
    }

    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Transmit { hop, bytes } => {
                    self.journal.message(Way::Out, &bytes, now);
                    self.effects.push_back(Effect::Send {
                        flow: hop.flow,
                        bytes,
                    });
                }
                Output::Event(event) => self.event(event, now),
            }
        }
    }

    /// Takes what the agent has to say, and brings the state up to date.
    fn settle(&mut self, now: Instant) {
        self.write_down_shares();
        self.drain(now);
        self.test_gives_way(now);
        self.go_on_recording(now);
        self.drain(now);
        self.write_down_shares();
        for (share, cause) in self.shares.take_over() {
            self.journal.over(share, cause, now);
        }
        self.tell_of_voice(now);
        for (share, past) in self.shares.take_past() {
            if !self.shares.sends() {
                // Whatever ended, one's own camera is no longer wanted.
                self.slot.close(&mut self.effects);
            }
            self.capabilities
                .happened(Occasion::ShareOver, &past.peer, now);
            let at = self.calendar.map(|calendar| calendar.at(now));
            let call = self.journal.key_of(share);
            self.history.add(Past { at, call, ..past });
            let owner = self.contacts.owner_of_history();
            self.history.keep(owner, &mut self.effects);
        }
        self.note_what_goes_on(now);
        self.hear_or_not();
        self.account.set_haste(
            match self.shares.needs_gateway() || self.voice.needs_gateway() {
                true => Haste::InCall,
                false => Haste::Idle,
            },
            now,
        );
        self.refresh_state();
    }

    /// The journal learns which share goes by which call.
    fn write_down_shares(&mut self) {
        for (share, call, about) in self.shares.calls() {
            let call_id = call.and_then(|call| self.agent.call_id(call));
            let call_id = call_id.map(|call_id| call_id.as_str());
            self.journal.share(share, call_id, about);
        }
        let test = self.trials.call().and_then(|call| self.agent.call_id(call));
        if let Some(test) = test {
            self.journal.pass_over(test.as_str());
        }
    }

    /// The answer to a request that belongs to no call.
    fn reply_outside(&mut self, request: &Request, now: Instant) -> Reply {
        match request.method {
            Method::Options => self.what_we_can(request),
            Method::Notify => self
                .hear_of_calls(request, now)
                .unwrap_or_else(|| unheard(request)),
            _ => answer(request),
        }
    }

    fn event(&mut self, event: Event, now: Instant) {
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        match event {
            Event::Response { .. } | Event::RequestFailed { .. } => {
                let told = self.account.agent_said(&event, desk);
                self.shares.agent_said(&event, desk);
                self.audience.agent_said(&event);
                self.recorder.agent_said(&event);
                self.capabilities.agent_said(&event, now);
                self.voice.agent_said(&event, desk);
                self.network_calls.agent_said(&event, now);
                self.account_told(told, now);
            }
            Event::Request {
                id,
                hop: _,
                request,
            } => {
                let reply = self.reply_outside(&request, now);
                // Too late for an answer means that nobody waits for it.
                let _ = self.agent.respond(id, reply, now);
            }
            Event::CallRequest { id, call, request }
                if matches!(request.method, Method::Invite | Method::Update) =>
            {
                self.call_changed_by_peer(id, call, &request, now);
            }
            Event::CallRequest { id, call, request } => {
                let taken = self.recorder.told((id, call), &request, desk)
                    || self.audience.told((id, call), &request, desk);
                if !taken {
                    desk.respond(id, answer(&request));
                }
            }
            Event::Incoming {
                call,
                hop,
                request,
                replaces,
            } => {
                self.incoming((call, hop), &request, replaces, now);
            }
            Event::Progress { call, response } => {
                self.shares.progress(call, &response);
                self.voice.progress(call, &response);
            }
            Event::Answered { call, response } => self.call_answered(call, &response, now),
            Event::Confirmed { call, body } => {
                self.shares.confirmed(call, body.as_ref(), desk);
                self.voice.confirmed(call, body.as_ref(), desk);
            }
            // The account has told already, of all calls at once.
            Event::FlowLost { .. } => {}
            Event::Ended { call, end } => {
                self.trials.ended(call, &end, desk);
                self.audience.ended(call);
                self.recorder.ended(call);
                self.shares.ended(call, &end, desk);
                self.voice.ended(call, &end, desk);
            }
            // The agent has answered what can be answered; the far side is our own gateway.
            Event::Malformed { .. } => {}
        }
    }

    /// Somebody asks us to watch.
    fn incoming(
        &mut self,
        (call, hop): (CallHandle, Hop),
        request: &Request,
        replaces: Option<CallHandle>,
        now: Instant,
    ) {
        let peer = self.contacts.who_calls(request);
        if voice::is_voice(request) && replaces.is_none() {
            return self.voice_call(call, request, peer, now);
        }
        let identity = self.identity_toward(Some(&peer));
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        let unwilling = match self.state.willing {
            Willing::Yes => None,
            Willing::No => Some(Status::DECLINE),
        };
        let refusal = unwilling.or_else(|| self.call.refusal(&peer));
        if let Some(status) = refusal.filter(|_| replaces.is_none()) {
            // A caller who has gone already needs no answer.
            let _ = desk.agent.reject(call, Reply::new(status), now);
            return;
        }
        self.recorder.met(call, &request.headers);
        match replaces {
            Some(old) => {
                let of = (call, old);
                self.shares.replaced(of, request, peer, identity, desk);
            }
            None => self
                .shares
                .incoming(call, hop, request, peer, identity, desk),
        }
    }

    fn refresh_state(&mut self) {
        let state = &mut self.state;
        self.account.show(state);
        state.abilities = self.capabilities.show();
        state.people = self.contacts.show();
        state.camera = self.slot.show();
        state.feeds = self.slot.show_feeds();
        state.life.camera_dark = self.slot.is_dark();
        state.life.tabs = self.tabs.show();
        state.life.unfinished = self.unfinished.show(self.account.owner().as_deref());
        state.own = self.slot.show_own();
        state.recording = self.recorder.show();
        (state.share, state.beside) = self.shares.show_state();
        state.ways = self.shares.show_ways();
        state.audience = self.audience.show(&self.contacts);
        state.may_correct = self.shares.may_correct();
        state.call = self.call.show(|number| self.contacts.peer(number).name);
        state.network_tells_calls = self.call.is_told_by_network_alone();
        state.voice = self.voice.show_state();
        state.sound = self.shares.show_sound();
        state.history = self.history.show(|call| self.journal.keeps(call));
        state.diagnosis = self.journal.show();
        self.state.trial = self.trials.show(&self.tester());
    }
}

fn desk<'a>(agent: &'a mut Agent, effects: &'a mut VecDeque<Effect>, now: Instant) -> Desk<'a> {
    Desk {
        agent,
        effects,
        now,
    }
}

/// Who we are on the connection that stands.
#[derive(Clone, Debug)]
struct Identity {
    hop: Hop,
    /// `"Display" <sip:name@domain>`.
    from: sip::message::NameAddr,
    /// Where requests inside a dialog find us.
    contact: sip::message::NameAddr,
    credentials: sip::digest::Credentials,
    toward: Toward,
}

/// How whoever it is about is to be called, as far as more is known than their number.
#[derive(Clone, Debug, Default)]
struct Toward {
    /// In place of the number dialled (R1.7).
    address: Option<Uri>,
    /// Which of their devices is wanted most.
    accept_contact: Option<Header>,
}
