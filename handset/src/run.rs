//! THE loop: everything that can wake the handset, one after the other.

use std::{
    future::Future,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use serde::Serialize;
use tokio::{
    net::UdpSocket,
    sync::{mpsc, oneshot, watch},
};

use crate::{
    agent::{Agent, AgentConfig, Command, Company, End, EndedBy},
    leg,
    options::{Action, Options},
    page::{Ask, MAX_ASKS, Page},
    phone::{Notice, Phone},
    ports::Ports,
    profile::{Models, Profile},
    screen::Shown,
    sip::digest::Credentials,
};

/// The largest UDP payload.
const MAX_DATAGRAM_BYTES: usize = 65_535;
/// Leaving waits this long for the registrar's answer.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where the handset can be reached, once it can be.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    pub ready: bool,
    /// The page's address; empty without a page.
    pub page: String,
    pub sip: SocketAddr,
    pub registered: bool,
}

/// Everything that can wake the handset.
enum Wake {
    Sip(Vec<u8>, SocketAddr),
    Media(leg::Input),
    Sound(leg::Input),
    Page(Ask),
    Deadline,
    Shutdown,
}

/// Runs a handset until SIGTERM, Ctrl-C or, with `share`, the end of its call. Prints one line of
/// JSON when it is ready.
///
/// # Errors
/// When an address cannot be bound, a file cannot be read, or a share that was asked for did not
/// come about.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let (ready, is_ready) = oneshot::channel();
    let print = tokio::spawn(async move {
        if let Ok(ready) = is_ready.await {
            let line: Ready = ready;
            println!("{}", serde_json::to_string(&line).unwrap_or_default());
        }
    });
    let result = run_until(options, ready, interrupted()).await;
    print.abort();
    result
}

/// The same with another announcement and another end.
///
/// # Errors
/// As [`run`].
pub async fn run_until(
    options: Options,
    ready: oneshot::Sender<Ready>,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let profile = Arc::new(profile_of(&options)?);
    let (asks, questions) = mpsc::channel(MAX_ASKS);
    let (received_to, received) = watch::channel(None);
    let (sent_to, sent) = watch::channel(None);
    let page = Page {
        asks,
        received,
        sent,
        snapshots: options.snapshots.clone(),
        label: profile.label.clone(),
    };
    let page_at = options.page;
    let (page_address, page_task) = page
        .serve(page_at)
        .await
        .with_context(|| format!("the page cannot listen on {page_at}"))?;
    let page = format!("http://{page_address}/");
    let result = match phone_of(options, profile, (received_to, sent_to)).await {
        Ok(phone) => phone.run(questions, (ready, page), stop).await,
        Err(error) => Err(error),
    };
    page_task.abort();
    result
}

/// The same without a page, for whoever runs it in their own program: they ask by `questions`.
///
/// # Errors
/// As [`run`].
pub async fn run_asked(
    options: Options,
    ready: oneshot::Sender<Ready>,
    questions: mpsc::Receiver<Ask>,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let profile = Arc::new(profile_of(&options)?);
    let screens = (watch::Sender::new(None), watch::Sender::new(None));
    let phone = phone_of(options, profile, screens).await?;
    phone.run(questions, (ready, String::new()), stop).await
}

/// A phone with its sockets, before anything happens.
struct Switched {
    phone: Phone,
    sip: SocketAddr,
    action: Option<Action>,
    has_registrar: bool,
}

impl Switched {
    async fn run(
        self,
        questions: mpsc::Receiver<Ask>,
        (ready, page): (oneshot::Sender<Ready>, String),
        stop: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let ready = Announcement {
            to: Some(ready),
            page,
            sip: self.sip,
        };
        let own = Loop {
            phone: self.phone,
            questions,
            ready,
            action: self.action,
            hang_up_at: None,
            leaving: None,
        };
        own.run(self.has_registrar, stop).await
    }
}

async fn phone_of(
    options: Options,
    profile: Arc<Profile>,
    (received, sent): (watch::Sender<Option<Shown>>, watch::Sender<Option<Shown>>),
) -> anyhow::Result<Switched> {
    let sip = UdpSocket::bind(options.local)
        .await
        .with_context(|| format!("SIP cannot listen on {}", options.local))?;
    let local = reachable(sip.local_addr()?, options.registrar)?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let random = u32::from_be_bytes([seed[0], seed[1], seed[2], seed[3]]);
    let ports = Ports::bind(options.local.ip(), random, options.spared_ports.as_ref())
        .await
        .context("no ports for media")?;
    let agent = Agent::new(AgentConfig {
        profile: profile.clone(),
        local,
        registrar: options.registrar,
        domain: options.domain.clone(),
        credentials: Credentials {
            username: options.user.clone(),
            password: options.password()?,
        },
        on_invite: options.on_invite,
        on_options: options.on_options,
        both_ways: options.both_ways,
        company: Company::Nobody,
        media_port: ports.rtp_port,
        seed,
    });
    let action = options.action.clone();
    let company = company_of(&options, &profile);
    let has_registrar = options.registrar.is_some();
    let mut phone = Phone::new(agent, sip, ports, options, profile, received, sent);
    // Nothing can be wrong with it: a number that cannot be dialled is asked nothing.
    let _ = phone.command(Command::InCall(company), Instant::now());
    Ok(Switched {
        phone,
        sip: local,
        action,
        has_registrar,
    })
}

/// The model, with the codecs that were asked for.
fn profile_of(options: &Options) -> anyhow::Result<Profile> {
    let models = match &options.profiles_dir {
        None => Models::built_in()?,
        Some(folder) => Models::with_folder(folder).map_err(|errors| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            anyhow::anyhow!(errors.join("\n"))
        })?,
    };
    let mut profile = models.named(&options.profile)?.play.clone();
    if let Some(codec) = options.codec {
        profile = profile.with_only(codec)?;
    }
    if let Some(codec) = options.audio_codec {
        profile = profile.with_only_audio(codec)?;
    }
    Ok(profile)
}

/// With whom the phone is on a call at the start.
fn company_of(options: &Options, profile: &Profile) -> Company {
    let by_model = match profile.refusals.is_taken_as_in_call {
        true => Company::Anybody,
        false => Company::Nobody,
    };
    options.in_call.clone().unwrap_or(by_model)
}

struct Announcement {
    to: Option<oneshot::Sender<Ready>>,
    page: String,
    sip: SocketAddr,
}

struct Loop {
    phone: Phone,
    questions: mpsc::Receiver<Ask>,
    ready: Announcement,
    action: Option<Action>,
    /// When a share with `--seconds` is over.
    hang_up_at: Option<Instant>,
    /// Set once we are going: until then the registrar may answer.
    leaving: Option<Leaving>,
}

struct Leaving {
    until: Instant,
    result: anyhow::Result<()>,
}

impl Loop {
    async fn run(
        mut self,
        has_registrar: bool,
        stop: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let mut stop = pin!(stop);
        let mut buffers = Buffers::new();
        if has_registrar {
            let _ = self.phone.command(Command::Register, Instant::now());
        } else {
            self.announce(false);
            self.start_action()?;
        }
        loop {
            let now = Instant::now();
            for notice in self.phone.drain(now).await? {
                self.notice(notice, now)?;
            }
            if let Some(leaving) = self.leaving.take_if(|leaving| now >= leaving.until) {
                return leaving.result;
            }
            let deadline = [
                self.phone.deadline(),
                self.hang_up_at,
                self.leaving.as_ref().map(|leaving| leaving.until),
            ];
            let deadline = deadline.into_iter().flatten().min();
            let wake = tokio::select! {
                () = &mut stop, if self.leaving.is_none() => Wake::Shutdown,
                Some(ask) = self.questions.recv() => Wake::Page(ask),
                wake = buffers.receive(&self.phone.sip, &self.phone.ports) => wake,
                () = sleep_until(deadline) => Wake::Deadline,
            };
            self.handle(wake, Instant::now());
        }
    }

    fn handle(&mut self, wake: Wake, now: Instant) {
        match wake {
            Wake::Sip(bytes, from) => self.phone.sip_datagram(bytes, from, now),
            Wake::Media(input) => self.phone.media_datagram(input, now),
            Wake::Sound(input) => self.phone.sound_datagram(input, now),
            // Whoever asked may have gone; then nobody misses the answer.
            Wake::Page(Ask::Status(reply)) => {
                let _ = reply.send(self.phone.status(now));
            }
            Wake::Page(Ask::Confirm(reply)) => {
                let _ = reply.send(self.phone.confirm(now));
            }
            Wake::Page(Ask::Command(command, reply)) => {
                let _ = reply.send(self.phone.command(command, now));
            }
            Wake::Deadline => {
                if self.hang_up_at.take_if(|at| now >= *at).is_some() {
                    let _ = self.phone.command(Command::End { reason: None }, now);
                }
                self.phone.handle_timeout(now);
            }
            Wake::Shutdown => self.leave(Ok(()), now),
        }
    }

    fn notice(&mut self, notice: Notice, now: Instant) -> anyhow::Result<()> {
        match notice {
            Notice::Registered => {
                let is_first = self.ready.to.is_some();
                self.announce(true);
                if is_first {
                    self.start_action()?;
                }
            }
            Notice::Unregistered => {
                if let Some(leaving) = &mut self.leaving {
                    leaving.until = now;
                }
            }
            Notice::Sharing => {
                if let Some(Action::Share {
                    seconds: Some(seconds),
                    ..
                }) = self.action
                {
                    self.hang_up_at = Some(now + Duration::from_secs(seconds));
                }
            }
            Notice::Ended(end) => {
                self.hang_up_at = None;
                if self.action.is_some() && self.leaving.is_none() {
                    self.leave(outcome(&end), now);
                }
            }
        }
        Ok(())
    }

    /// Ends the call, leaves the registrar, and then the program.
    fn leave(&mut self, result: anyhow::Result<()>, now: Instant) {
        self.leaving = Some(Leaving {
            until: now + FAREWELL,
            result,
        });
        // Without a call there is nothing to end.
        let _ = self.phone.command(Command::End { reason: None }, now);
        let _ = self.phone.command(Command::Unregister, now);
    }

    fn announce(&mut self, registered: bool) {
        if let Some(to) = self.ready.to.take() {
            let Announcement { page, sip, .. } = &self.ready;
            let _ = to.send(Ready {
                ready: true,
                page: page.clone(),
                sip: *sip,
                registered,
            });
        }
    }

    fn start_action(&mut self) -> anyhow::Result<()> {
        let command = match self.action.clone() {
            Some(Action::Share { to, .. }) => Command::Share { to },
            Some(Action::Talk { to }) => Command::Talk { to },
            None => return Ok(()),
        };
        self.phone.command(command, Instant::now())?;
        Ok(())
    }
}

/// Room for one datagram of each socket.
struct Buffers {
    sip: Vec<u8>,
    rtp: Vec<u8>,
    rtcp: Vec<u8>,
    audio_rtp: Vec<u8>,
    audio_rtcp: Vec<u8>,
}

impl Buffers {
    fn new() -> Self {
        Self {
            sip: vec![0; MAX_DATAGRAM_BYTES],
            rtp: vec![0; MAX_DATAGRAM_BYTES],
            rtcp: vec![0; MAX_DATAGRAM_BYTES],
            audio_rtp: vec![0; MAX_DATAGRAM_BYTES],
            audio_rtcp: vec![0; MAX_DATAGRAM_BYTES],
        }
    }

    /// The next datagram of any socket. Also read while no call is up, so that nothing old waits
    /// for the next one.
    async fn receive(&mut self, sip: &UdpSocket, ports: &Ports) -> Wake {
        loop {
            // An error here is an ICMP message about a datagram of ours; the timers deal with it.
            tokio::select! {
                Ok((length, from)) = sip.recv_from(&mut self.sip) => {
                    return Wake::Sip(self.sip[..length].to_vec(), from);
                }
                Ok((length, _)) = ports.rtp.recv_from(&mut self.rtp) => {
                    return Wake::Media(leg::Input::Rtp(self.rtp[..length].to_vec()));
                }
                Ok((length, _)) = ports.rtcp.recv_from(&mut self.rtcp) => {
                    return Wake::Media(leg::Input::Rtcp(self.rtcp[..length].to_vec()));
                }
                Ok((length, _)) = ports.audio_rtp.recv_from(&mut self.audio_rtp) => {
                    return Wake::Sound(leg::Input::Rtp(self.audio_rtp[..length].to_vec()));
                }
                Ok((length, _)) = ports.audio_rtcp.recv_from(&mut self.audio_rtcp) => {
                    return Wake::Sound(leg::Input::Rtcp(self.audio_rtcp[..length].to_vec()));
                }
                else => tokio::task::yield_now().await,
            }
        }
    }
}

/// How a share that was asked for on the command line went.
fn outcome(end: &End) -> anyhow::Result<()> {
    match end.status {
        Some(200) if end.by != EndedBy::Timeout => Ok(()),
        Some(status) => bail!(
            "the share failed: {status} {}",
            end.reason.as_deref().unwrap_or_default()
        ),
        None => bail!("the share failed"),
    }
}

/// What others reach us by when the socket listens on every address.
fn reachable(bound: SocketAddr, registrar: Option<SocketAddr>) -> anyhow::Result<SocketAddr> {
    let (true, Some(registrar)) = (bound.ip().is_unspecified(), registrar) else {
        return Ok(bound);
    };
    // Connecting a UDP socket sends nothing; it asks the system for the way.
    let probe = std::net::UdpSocket::bind(SocketAddr::new(bound.ip(), 0))?;
    probe.connect(registrar)?;
    Ok(SocketAddr::new(probe.local_addr()?.ip(), bound.port()))
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    // Where there is no Ctrl-C either, the handset runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
