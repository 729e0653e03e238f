//! The handset between its cores and its sockets: carries out what the agent and the media ask for.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use media::rtp::rtcp::NtpTime;
use tokio::{net::UdpSocket, sync::watch};

use crate::{
    agent::{self, Agent, Command, CommandError, Direction, End, Event},
    audio::AudioAgreement,
    leg::{self, Leg},
    options::{Confirm, Options},
    ports::Ports,
    profile::Profile,
    screen::Shown,
    source::Source,
    status::{CallStatus, Receive, Sent, Sound, Status},
    voice::{self, Voice},
};

/// Said to the peer when its media stopped (RFC 3326).
const NO_MEDIA: &str = "SIP;cause=408;text=\"no media for 20 seconds\"";

pub struct Phone {
    pub agent: Agent,
    pub sip: UdpSocket,
    pub ports: Ports,
    options: Options,
    profile: Arc<Profile>,
    call: Option<Media>,
    /// The sound of a share, or of a call of sound alone.
    voice: Option<Voice>,
    received: watch::Sender<Option<Shown>>,
    sent: watch::Sender<Option<Shown>>,
    receive: Receive,
    send: Sent,
    audio: Option<Sound>,
    shown: u64,
    last_end: Option<End>,
    ended_calls: u64,
}

/// The media of the call that is up.
struct Media {
    leg: Leg,
    /// Of a call both ways: what shows, beside what watches.
    back: Option<Leg>,
    remote: SocketAddr,
    source: Option<Source>,
    /// When the user lets the camera open.
    confirms_at: Option<Instant>,
}

/// What the loop must know of what happened.
#[derive(Debug, PartialEq, Eq)]
pub enum Notice {
    Registered,
    Unregistered,
    /// A share of ours is up.
    Sharing,
    Ended(End),
}

impl Phone {
    pub fn new(
        agent: Agent,
        sip: UdpSocket,
        ports: Ports,
        options: Options,
        profile: Arc<Profile>,
        received: watch::Sender<Option<Shown>>,
        sent: watch::Sender<Option<Shown>>,
    ) -> Self {
        Self {
            agent,
            sip,
            ports,
            options,
            profile,
            call: None,
            voice: None,
            received,
            sent,
            receive: Receive::default(),
            send: Sent::default(),
            audio: None,
            shown: 0,
            last_end: None,
            ended_calls: 0,
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        let call = self.call.as_ref();
        let media = call.and_then(Media::poll_timeout);
        let sound = self.voice.as_ref().and_then(Voice::poll_timeout);
        let user = call.and_then(|call| call.confirms_at);
        [self.agent.poll_timeout(), media, sound, user]
            .into_iter()
            .flatten()
            .min()
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        if let Some(call) = &mut self.call {
            if call.confirms_at.take_if(|at| now >= *at).is_some() {
                call.showing().confirm(now);
            }
            call.leg.handle_timeout(now);
            if let Some(back) = &mut call.back {
                back.handle_timeout(now);
            }
        }
        if let Some(voice) = &mut self.voice {
            voice.handle_timeout(now);
        }
    }

    pub fn sip_datagram(&mut self, bytes: Vec<u8>, from: SocketAddr, now: Instant) {
        // Only commands can fail.
        let _ = self
            .agent
            .handle(agent::Input::Datagram { from, bytes }, now);
    }

    pub fn media_datagram(&mut self, input: leg::Input, now: Instant) {
        if let Some(call) = &mut self.call {
            // Reports are about both.
            if let (Some(back), leg::Input::Rtcp(report)) = (&mut call.back, &input) {
                back.handle(leg::Input::Rtcp(report.clone()), now);
            }
            call.leg.handle(input, now);
        }
    }

    pub fn sound_datagram(&mut self, input: leg::Input, now: Instant) {
        if let Some(voice) = &mut self.voice {
            voice.handle(input, now);
        }
    }

    /// The user lets the camera open.
    pub fn confirm(&mut self, now: Instant) -> Result<(), CommandError> {
        let call = self.call.as_mut().ok_or(CommandError::NoCall)?;
        call.showing().confirm(now);
        Ok(())
    }

    pub fn command(&mut self, command: Command, now: Instant) -> Result<(), CommandError> {
        self.agent.handle(agent::Input::Command(command), now)
    }

    /// Sends and does everything that the cores have asked for.
    pub async fn drain(&mut self, now: Instant) -> anyhow::Result<Vec<Notice>> {
        let mut notices = Vec::new();
        loop {
            if let Some(output) = self.agent.poll_output() {
                match output {
                    agent::Output::Send { to, bytes } => send(&self.sip, &bytes, to).await,
                    agent::Output::Event(event) => notices.extend(self.event(event, now).await?),
                }
            } else if let Some(output) = self.call.as_mut().and_then(Media::poll_output) {
                self.media_output(output, now).await;
            } else if let Some((output, remote)) = self.next_sound() {
                self.sound_output(output, remote).await;
            } else {
                return Ok(notices);
            }
        }
    }

    fn next_sound(&mut self) -> Option<(voice::Output, SocketAddr)> {
        let voice = self.voice.as_mut()?;
        let output = voice.poll_output()?;
        Some((output, voice.agreement().remote))
    }

    async fn sound_output(&mut self, output: voice::Output, remote: SocketAddr) {
        match output {
            voice::Output::Rtp(bytes) => send(&self.ports.audio_rtp, &bytes, remote).await,
            voice::Output::Rtcp(bytes) => {
                send(&self.ports.audio_rtcp, &bytes, rtcp_address(remote)).await;
            }
        }
    }

    pub fn status(&mut self, now: Instant) -> Status {
        self.refresh(now);
        Status {
            profile: self.profile.name.clone(),
            number: self.options.number.clone(),
            registered: self.agent.is_registered(),
            on_invite: self.agent.on_invite(),
            peer_can: self.agent.peer_can(),
            call: self.agent.call().map(|call| CallStatus::of(call, now)),
            receive: self.receive.clone(),
            send: self.send.clone(),
            audio: self.audio.clone(),
            last_end: self.last_end.clone(),
            ended_calls: self.ended_calls,
            malformed: self.agent.malformed(),
        }
    }

    async fn event(&mut self, event: Event, now: Instant) -> anyhow::Result<Option<Notice>> {
        match event {
            Event::Registered { expires_seconds } => {
                tracing::info!(expires_seconds, "registered");
                return Ok(Some(Notice::Registered));
            }
            Event::RegistrationFailed { status } => {
                tracing::warn!(?status, "registration failed, trying again");
            }
            Event::Unregistered => return Ok(Some(Notice::Unregistered)),
            Event::Ringing { peer } => tracing::info!(peer, "rings"),
            Event::MediaOpen {
                direction,
                agreement,
            } => {
                let codec = agreement.encoding.name();
                tracing::info!(?direction, codec, "share is up");
                if let Err(error) = self.open_media(direction, &agreement, now) {
                    tracing::error!(%error, "no media");
                    let _ = self.command(Command::End { reason: None }, now);
                } else if direction == Direction::Outgoing {
                    return Ok(Some(Notice::Sharing));
                }
            }
            Event::VoiceOpen { agreement, speaks } => {
                let codec = agreement.codec.encoding.name();
                tracing::info!(codec, speaks, "sound is up");
                if let Err(error) = self.open_voice(&agreement, speaks, now) {
                    tracing::error!(%error, "no sound");
                    let _ = self.command(Command::End { reason: None }, now);
                }
            }
            Event::MediaMoved { agreement } => {
                if let Some(call) = &mut self.call {
                    call.remote = agreement.remote;
                }
                if let Some(audio) = &agreement.audio {
                    let speaks = self.profile.audio.as_ref().is_some_and(|own| own.sends);
                    self.open_voice(audio, speaks, now)?;
                } else {
                    // The line is gone, if there was one.
                    self.voice = None;
                }
            }
            Event::PictureWanted => {
                if let Some(call) = &mut self.call {
                    call.showing().force_keyframe();
                }
            }
            Event::Ended(end) => {
                tracing::info!(by = ?end.by, status = end.status, "share is over");
                self.close_media(now).await?;
                self.ended_calls += 1;
                self.last_end = Some(end.clone());
                return Ok(Some(Notice::Ended(end)));
            }
        }
        Ok(None)
    }

    /// Opens the sound of a call, or changes the one there is.
    fn open_voice(
        &mut self,
        agreement: &AudioAgreement,
        speaks: bool,
        now: Instant,
    ) -> anyhow::Result<()> {
        if let Some(voice) = &mut self.voice {
            voice.change(agreement.remote, !speaks);
            return Ok(());
        }
        let mut seed = [0; 8];
        getrandom::fill(&mut seed)?;
        let wall = NtpTime::from_unix(since_1970());
        let sends = self.profile.audio.as_ref().is_some_and(|of| of.sends);
        let tone = sends.then_some(self.options.tone);
        let seed = u64::from_be_bytes(seed);
        let mut voice = Voice::open(agreement, tone, seed, wall, now)?;
        voice.change(agreement.remote, !speaks);
        self.voice = Some(voice);
        Ok(())
    }

    fn open_media(
        &mut self,
        direction: Direction,
        agreement: &crate::offer::Agreement,
        now: Instant,
    ) -> anyhow::Result<()> {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed)?;
        let wall = NtpTime::from_unix(since_1970());
        let seed = u64::from_be_bytes(seed);
        let leg = Leg::open(&self.profile, direction, agreement, seed, wall, now)?;
        let out = Direction::Outgoing;
        let back = agreement
            .both_ways
            .then(|| Leg::open(&self.profile, out, agreement, !seed, wall, now));
        let back = back.transpose()?;
        let video = &self.profile.video;
        let source = match direction {
            Direction::Incoming if back.is_none() => None,
            Direction::Incoming | Direction::Outgoing => Some(Source::open(
                &self.options.send,
                self.options.pattern_text,
                video.width,
                video.height,
            )?),
        };
        let sends = self.profile.audio.as_ref().is_some_and(|of| of.sends);
        let tone = sends.then_some(self.options.tone);
        self.voice = match &agreement.audio {
            Some(audio) => Some(Voice::open(audio, tone, seed, wall, now)?),
            None => None,
        };
        let confirms_at = match self.options.confirm {
            Confirm::After(after) => Some(now + after),
            Confirm::Asked => None,
        };
        self.call = Some(Media {
            confirms_at,
            leg,
            back,
            remote: agreement.remote,
            source,
        });
        Ok(())
    }

    /// Says BYE by RTCP, keeps the figures, and takes fresh ports for the next call.
    async fn close_media(&mut self, now: Instant) -> anyhow::Result<()> {
        self.refresh(now);
        let (call, voice) = (self.call.take(), self.voice.take());
        if call.is_none() && voice.is_none() {
            return Ok(());
        }
        if let Some(mut call) = call {
            call.leg.close(now);
            if let Some(back) = &mut call.back {
                back.close(now);
            }
            while let Some(output) = call.poll_output() {
                if let leg::Output::Rtcp(bytes) = output {
                    send(&self.ports.rtcp, &bytes, rtcp_address(call.remote)).await;
                }
            }
        }
        if let Some(mut voice) = voice {
            voice.close(now);
            let remote = voice.agreement().remote;
            while let Some(output) = voice.poll_output() {
                self.sound_output(output, remote).await;
            }
        }
        let mut random = [0; 4];
        getrandom::fill(&mut random)?;
        let address = self.sip.local_addr()?.ip();
        let spared = self.options.spared_ports.as_ref();
        self.ports = Ports::bind(address, u32::from_be_bytes(random), spared).await?;
        let _ = self.command(Command::MediaPort(self.ports.rtp_port), now);
        Ok(())
    }

    async fn media_output(&mut self, output: leg::Output, now: Instant) {
        let Some(call) = &mut self.call else {
            return;
        };
        match output {
            leg::Output::Rtp(bytes) => send(&self.ports.rtp, &bytes, call.remote).await,
            leg::Output::Rtcp(bytes) => {
                send(&self.ports.rtcp, &bytes, rtcp_address(call.remote)).await
            }
            leg::Output::PictureDue { counter } => {
                let Some(source) = &mut call.source else {
                    return;
                };
                match source.picture(counter, since_1970()) {
                    Ok(picture) => {
                        call.showing().picture(&picture, now);
                        self.shown += 1;
                        let shown = Shown {
                            number: self.shown,
                            picture: Arc::new(picture),
                        };
                        self.sent.send_replace(Some(shown));
                    }
                    Err(error) => {
                        tracing::error!(%error, "nothing to show");
                        let _ = self.command(Command::End { reason: None }, now);
                    }
                }
            }
            leg::Output::Shown => {
                let shown = call
                    .leg
                    .view()
                    .screen
                    .and_then(|screen| screen.last().cloned());
                self.received.send_replace(shown);
            }
            leg::Output::Silent => {
                // Without a call there is nothing to end.
                let _ = self.command(
                    Command::End {
                        reason: Some(NO_MEDIA),
                    },
                    now,
                );
            }
        }
    }

    /// Takes the figures of the running call over into the status.
    fn refresh(&mut self, now: Instant) {
        if let Some(voice) = &self.voice {
            self.audio = Some(Sound::of(&voice.view()));
        }
        let Some(call) = &self.call else {
            return;
        };
        for view in std::iter::once(&call.leg).chain(&call.back).map(Leg::view) {
            if let Some(receive) = Receive::of(&view, now) {
                self.receive = receive;
            }
            if let Some(send) = Sent::of(&view) {
                self.send = send;
            }
        }
    }
}

impl Media {
    fn poll_timeout(&self) -> Option<Instant> {
        let back = self.back.as_ref().and_then(Leg::poll_timeout);
        self.leg.poll_timeout().into_iter().chain(back).min()
    }

    fn poll_output(&mut self) -> Option<leg::Output> {
        let output = self.leg.poll_output();
        output.or_else(|| self.back.as_mut()?.poll_output())
    }

    /// What the camera goes to.
    fn showing(&mut self) -> &mut Leg {
        self.back.as_mut().unwrap_or(&mut self.leg)
    }
}

/// A datagram that cannot be sent is lost, as any other may be.
async fn send(socket: &UdpSocket, bytes: &[u8], to: SocketAddr) {
    if let Err(error) = socket.send_to(bytes, to).await {
        tracing::debug!(%to, %error, "not sent");
    }
}

/// RFC 3550 §11: RTCP goes to the next port.
fn rtcp_address(rtp: SocketAddr) -> SocketAddr {
    SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1))
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
