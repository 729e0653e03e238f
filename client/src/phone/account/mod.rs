//! Signing in and staying signed in: the settings, the one connection, the binding, and what
//! happens when any of them goes.

mod binding;
mod link;
mod pass;
mod settings;

use std::sync::Arc;

use sip::agent::{RequestId, registration};
use sip::digest::Credentials;
use sip::id::IdSource;
use sip::message::{Host, NameAddr, Text, Uri};
use sip::number::Home;
use sip::time::{Duration, Instant};

use super::call_context::WithoutCall;
use super::state::{Me, Number, Registration, SignInProblem, State};
use super::{Desk, Effect, Identity, Setup, Toward};
use link::{Keepalive, Link};
use pass::Pass;
pub(super) use pass::name_in;
use settings::{Settings, Teller};

/// What the rest of the phone has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Registered,
    /// The connection is gone; it is being made again.
    LinkLost,
    /// We are out: nothing more is tried by itself.
    Refused,
}

/// How much depends on the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Haste {
    #[default]
    Idle,
    /// The gateway keeps a call for a minute, no longer.
    InCall,
}

pub(super) struct Account {
    ids: IdSource,
    secure: bool,
    /// Inside another page.
    embedded: bool,
    /// Whose pages may have this one inside; none before the settings were read.
    origins: Option<Arc<[String]>>,
    /// `urn:uuid:…` of this tab.
    instance: String,
    /// The user part of our Contact: says nothing of who we are.
    contact_user: Text,
    contact_host: Host,
    settings: Option<Settings>,
    /// The name typed last.
    name: String,
    me: Option<Me>,
    /// Kept only while signed in, to answer the gateway's challenges.
    credentials: Option<Credentials>,
    registration: Registration,
    problem: Option<SignInProblem>,
    link: Link,
    flows: u64,
    /// From the first connection after signing in until signing out.
    binding: Option<registration::Registration>,
    /// The REGISTER under way.
    registering: Option<RequestId>,
    token: Option<String>,
    pass: Pass,
    /// Of the connection, in a row.
    failures: u32,
    next: Option<Next>,
    keepalive: Keepalive,
    haste: Haste,
    /// While we are not in: when that takes longer than a person expects.
    slow_at: Option<Instant>,
    is_slow: bool,
    /// The page went away, and said goodbye.
    has_left: bool,
}

/// What the clock is set for.
#[derive(Clone, Copy, Debug)]
struct Next {
    at: Instant,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Connect again.
    Retry,
    /// The connection takes too long.
    GiveUp,
    /// The goodbye was answered or not; close.
    Close,
    /// Read the settings again.
    Ask,
}

impl Account {
    pub(super) fn new(
        setup: Setup,
        mut ids: IdSource,
        keep_instance: impl FnOnce(&str) -> String,
    ) -> Self {
        let instance = keep_instance(&urn_uuid(ids.bytes()));
        let contact_user = ids.tag();
        // What `invalid_host` makes is a host; an address that resolves to nothing is the next best.
        let contact_host = ids
            .invalid_host()
            .parse()
            .unwrap_or(Host::from(std::net::IpAddr::from([0, 0, 0, 0])));
        Self {
            ids,
            secure: setup.secure,
            embedded: setup.embedded,
            origins: None,
            instance,
            contact_user,
            contact_host,
            settings: None,
            name: setup.name,
            me: None,
            credentials: None,
            registration: Registration::SignedOut,
            problem: None,
            link: Link::Down,
            flows: 0,
            binding: None,
            registering: None,
            token: None,
            pass: Pass::default(),
            failures: 0,
            next: None,
            keepalive: Keepalive::default(),
            haste: Haste::default(),
            slow_at: None,
            is_slow: false,
            has_left: false,
        }
    }

    pub(super) fn sign_in(&mut self, name: String, password: String, desk: &mut Desk<'_>) {
        desk.effects.push_back(Effect::KeepName(name.clone()));
        let credentials = Credentials::new(name.clone(), password);
        self.sign_in_with(name, credentials, desk);
    }

    fn sign_in_with(&mut self, name: String, credentials: Credentials, desk: &mut Desk<'_>) {
        self.drop_link(desk);
        self.credentials = Some(credentials);
        self.pass = Pass::default();
        self.name = name;
        self.me = None;
        self.registration = Registration::SigningIn;
        self.problem = None;
        self.failures = 0;
        self.binding = None;
        self.not_slow();
        self.connect(desk);
    }

    /// Says goodbye, waits a moment for the answer, and forgets the password.
    pub(super) fn sign_out(&mut self, desk: &mut Desk<'_>) {
        let bound = self.registration == Registration::Registered;
        self.registration = Registration::SignedOut;
        self.problem = None;
        self.me = None;
        self.token = None;
        self.credentials = None;
        self.not_slow();
        self.pass = Pass::default();
        if bound {
            self.next = Some(Next {
                at: desk.now + GOODBYE,
                what: What::Close,
            });
            self.unregister(desk);
        } else {
            self.drop_link(desk);
            self.binding = None;
        }
    }

    /// The page goes away: the binding goes too, if there is still time for it.
    pub(super) fn leave(&mut self, desk: &mut Desk<'_>) {
        if self.registration == Registration::Registered {
            self.has_left = true;
            self.unregister(desk);
        }
    }

    /// The browser had put the page aside whole, and brought it back: we are signed out, and go in
    /// again.
    pub(super) fn come_back(&mut self, desk: &mut Desk<'_>) -> Option<Told> {
        if !std::mem::take(&mut self.has_left) || self.credentials.is_none() {
            return None;
        }
        self.drop_link(desk);
        self.binding = None;
        self.registration = Registration::Reconnecting;
        self.connect(desk);
        Some(Told::LinkLost)
    }

    /// More or less time went by outside than here: the machine slept, or somebody set its clock.
    /// The gateway may have forgotten us, and is told again.
    pub(super) fn clock_moved(&mut self, desk: &mut Desk<'_>) {
        if let (Link::Up(flow), Registration::Registered) = (self.link, self.registration) {
            // It says by itself how it went.
            let told = self.register(self.hop(flow), desk);
            debug_assert_eq!(told, None);
            self.ping_now(desk);
        }
    }

    pub(super) fn settings(&mut self, text: Option<&str>, desk: &mut Desk<'_>) -> Option<Told> {
        if let Some(text) = text {
            self.settings = Settings::read(text);
            let origins = self.settings.as_ref().map(|one| &one.embedding_origins);
            self.origins = origins.map(|all| Arc::from(all.as_slice()));
        }
        if self.link != Link::Asking {
            if self.must_ask_again() {
                let (at, what) = (desk.now + self.pause(), What::Ask);
                self.failures += 1;
                self.next = Some(Next { at, what });
            }
            return None;
        }
        self.link = Link::Down;
        match self.settings {
            Some(_) => {
                self.connect(desk);
                None
            }
            None => self.lost(SignInProblem::Unreachable, desk),
        }
    }

    /// There is a network again: what was begun on another is begun anew, and no need to wait for
    /// the next try.
    pub(super) fn online(&mut self, desk: &mut Desk<'_>) {
        match self.link {
            Link::Connecting(_) => {
                self.drop_link(desk);
                self.connect(desk);
            }
            Link::Down | Link::Asking | Link::Up(_) => self.visible(desk),
        }
    }

    /// Somebody looks: no need to wait, and what slept with the page may be gone.
    pub(super) fn visible(&mut self, desk: &mut Desk<'_>) {
        if self.next.is_some_and(|next| next.what == What::Retry) {
            self.connect(desk);
        } else {
            self.ping_now(desk);
        }
    }

    pub(super) fn set_haste(&mut self, haste: Haste, now: Instant) {
        if self.haste != haste {
            self.haste = haste;
            self.keepalive.ping_within(self.ping_every(), now);
        }
    }

    /// How the country dials whose numbers are typed here, as far as the gateway says so.
    pub(super) fn home(&self) -> Home {
        let settings = self.settings.as_ref();
        let home = settings.and_then(|settings| settings.home.clone());
        home.unwrap_or_default()
    }

    /// Under what the browser keeps what is this account's, once signed in.
    pub(super) fn owner(&self) -> Option<String> {
        let domain = &self.settings.as_ref()?.domain;
        let name = self.name.trim().to_lowercase();
        self.registration
            .is_signed_in()
            .then(|| format!("{name}@{domain}"))
    }

    /// How long the gateway keeps a call whose connection is gone, where it says so.
    pub(super) fn call_grace(&self) -> Option<Duration> {
        let seconds = self.settings.as_ref()?.call_grace_seconds?;
        Some(Duration::from_secs(u64::from(seconds)))
    }

    /// Whether the network tells the gateway of voice calls.
    pub(super) fn hears_of_calls(&self) -> bool {
        let settings = self.settings.as_ref();
        settings.is_some_and(|settings| settings.call_events)
    }

    /// What a share meets without a voice call, and whether the network alone tells of calls.
    pub(super) fn call_rules(&self) -> Option<(WithoutCall, bool)> {
        let settings = self.settings.as_ref()?;
        let network_only = settings.call_context == Teller::Network;
        Some((settings.share_without_call, network_only))
    }

    pub(super) fn handle_timeout(&mut self, desk: &mut Desk<'_>) -> Option<Told> {
        if let Some(told) = self.binding_timeout(desk) {
            return Some(told);
        }
        self.wake_up(desk);
        if self.slow_at.is_some_and(|at| at <= desk.now) {
            (self.slow_at, self.is_slow) = (None, true);
        }
        if self.keepalive.is_dead(desk.now) {
            return self.lost(SignInProblem::Unreachable, desk);
        }
        self.pass.handle_timeout(desk.now);
        self.ping(desk);
        let next = self.next.take_if(|next| next.at <= desk.now)?;
        match next.what {
            What::Retry => {
                self.connect(desk);
                None
            }
            What::GiveUp => self.lost(SignInProblem::Unreachable, desk),
            What::Ask => {
                desk.effects.push_back(Effect::ReadSettings);
                None
            }
            What::Close => {
                self.drop_link(desk);
                self.binding = None;
                None
            }
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let binding = self
            .binding
            .as_ref()
            .and_then(|binding| binding.poll_timeout());
        [
            self.next.map(|next| next.at),
            self.keepalive.poll_timeout(),
            self.pass.poll_timeout(),
            binding,
            self.slow_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(super) fn number(&self) -> Option<&Number> {
        self.me.as_ref()?.number.as_ref()
    }

    /// The key to the directory, while signed in.
    pub(super) fn token(&self) -> Option<&str> {
        self.token
            .as_deref()
            .filter(|_| self.registration == Registration::Registered)
    }

    /// Who we are, while calls can be made.
    pub(super) fn identity(&self) -> Option<Identity> {
        let Link::Up(flow) = self.link else {
            return None;
        };
        if self.registration != Registration::Registered {
            return None;
        }
        let credentials = self.credentials.clone()?;
        let display = self
            .me
            .as_ref()
            .map_or(self.name.as_str(), |me| me.name.as_str());
        Some(Identity {
            hop: self.hop(flow),
            from: NameAddr::new(self.address()?).with_display(Text::cleaned(display)),
            contact: NameAddr::new(Uri::Sip(self.contact_uri().with_flag("ob"))),
            credentials,
            toward: Toward::default(),
        })
    }

    pub(super) fn show(&self, state: &mut State) {
        state.embedding.inside = self.embedded;
        state.embedding.token_wanted = self.pass.is_wanted();
        state.embedding.origins = self.origins.clone();
        state.registration = self.registration;
        state.sign_in_problem = self.problem;
        state.life.slow = self.is_slow;
        state.me = self.me.clone().unwrap_or_else(|| Me {
            name: self.name.clone(),
            number: None,
        });
    }

    /// We are in, or nothing is tried.
    fn not_slow(&mut self) {
        (self.slow_at, self.is_slow) = (None, false);
    }

    /// The gateway said no: nothing more is tried by itself.
    fn refused(&mut self, problem: SignInProblem, desk: &mut Desk<'_>) -> Option<Told> {
        self.drop_link(desk);
        self.binding = None;
        self.registration = Registration::Failed;
        self.problem = Some(self.of_token(problem));
        self.credentials = None;
        self.pass = Pass::default();
        self.token = None;
        self.not_slow();
        Some(Told::Refused)
    }

    /// The way is gone. Who was in keeps trying; who was at the door is told.
    fn lost(&mut self, problem: SignInProblem, desk: &mut Desk<'_>) -> Option<Told> {
        self.drop_link(desk);
        match self.registration {
            Registration::SignedOut | Registration::Failed => None,
            Registration::SigningIn => self.refused(problem, desk),
            Registration::Registered | Registration::Reconnecting => {
                self.registration = Registration::Reconnecting;
                self.next = Some(Next {
                    at: desk.now + self.pause(),
                    what: What::Retry,
                });
                self.failures += 1;
                Some(Told::LinkLost)
            }
        }
    }

    /// The first try within a second, then 1, 2, 4 … seconds, a quarter more or less, so that not
    /// everybody comes back at once (RFC 5626 §4.5).
    fn pause(&mut self) -> Duration {
        let Some(doublings) = self.failures.checked_sub(1) else {
            return Duration::from_millis(self.ids.below(1000).into());
        };
        let longest = match self.haste {
            Haste::Idle => LONGEST_PAUSE_SECONDS,
            Haste::InCall => LONGEST_PAUSE_IN_CALL_SECONDS,
        };
        let seconds = 1_u32
            .checked_shl(doublings)
            .unwrap_or(u32::MAX)
            .min(longest);
        let jitter = 750 + self.ids.below(500);
        Duration::from_millis(u64::from(seconds) * u64::from(jitter))
    }
}

/// A version 4 UUID (RFC 9562 §5.4) as RFC 5626 §4.1 wants it.
fn urn_uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::from("urn:uuid:");
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

const LONGEST_PAUSE_SECONDS: u32 = 30;
/// A call that waits is worth a dozen tries in its minute.
const LONGEST_PAUSE_IN_CALL_SECONDS: u32 = 4;
/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);
