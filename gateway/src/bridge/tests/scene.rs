//! A bridge with stand-ins at its ends, moved on in simulated time.

use super::handset;
use super::*;

/// A bridge, its ends and the clock.
pub(super) struct Scene {
    pub(super) now: Instant,
    pub(super) bridge: Bridge,
    pub(super) browsers: Vec<(Side, Browser)>,
    pub(super) transcoders: [Option<Studio<Option<ClassId>>>; 2],
    pub(super) sounds: [Option<AudioTranscoder>; 2],
    pub(super) plain_camera: Option<(Side, Camera)>,
    pub(super) plain_screen: Option<Screen>,
    /// A plain peer with a session of its own, in the place of the two above.
    pub(super) handset: Option<(Side, Handset)>,
    pub(super) network: Network,
    /// What goes to a plain peer is not lost, whatever becomes of the browsers' packets.
    pub(super) is_plain_way_whole: bool,
    /// Where the plain peer is.
    pub(super) plain_at: SocketAddr,
    /// What it was sent.
    pub(super) plain_seen: Vec<RtpPacket>,
    pub(super) rtcp_bytes: usize,
    pub(super) plain_voice: Option<(Side, sound::PlainVoice)>,
    pub(super) plain_sound_rtcp: Vec<Vec<u8>>,
    pub(super) plain_rtcp: Vec<Vec<u8>>,
    pub(super) events: Vec<String>,
    /// What it has for other bridges.
    pub(super) between: Vec<Output>,
}

impl Scene {
    pub(super) fn new() -> Scene {
        install_cryptography();
        Scene {
            now: Instant::now(),
            bridge: Bridge::new(
                42,
                PlainRules {
                    loopback: Loopback::Allowed,
                    ..PlainRules::default()
                },
            ),
            browsers: Vec::new(),
            transcoders: [None, None],
            sounds: [None, None],
            plain_camera: None,
            plain_screen: None,
            handset: None,
            network: Network::whole(),
            is_plain_way_whole: false,
            plain_at: handset(),
            plain_seen: Vec::new(),
            rtcp_bytes: 0,
            plain_voice: None,
            plain_sound_rtcp: Vec::new(),
            plain_rtcp: Vec::new(),
            events: Vec::new(),
            between: Vec::new(),
        }
    }

    pub(super) fn apply(&mut self, step: Step) -> Option<BridgeReply> {
        self.bridge
            .apply(step, worker(), self.now, Duration::from_secs(1_700_000_000))
    }

    /// A browser that was called, and watches or shows.
    pub(super) fn called_browser(
        &mut self,
        codecs: Vec<WebCodec>,
        direction: Direction,
    ) -> WebCodec {
        let side = Side::Callee;
        let mut browser = Browser::new(6001, codecs[0], self.now);
        let offer = Step::WebOffer {
            side,
            video: Some(VideoOffer { codecs, direction }),
            audio: None,
        };
        let Some(BridgeReply::Description { sdp, .. }) = self.apply(offer) else {
            panic!("no offer");
        };
        let answer = browser.answer(&sdp);
        self.browsers.push((side, browser));
        match self.apply(Step::WebAccept { side, answer }) {
            Some(BridgeReply::WebAccepted { codec, .. }) => codec.unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// A browser that calls and shows its camera.
    pub(super) fn calling_browser(
        &mut self,
        codec: WebCodec,
        limit: Option<PictureLimit>,
    ) -> String {
        self.caller(
            codec,
            str0m::media::Direction::SendOnly,
            Direction::RecvOnly,
            limit,
        )
    }

    /// A browser that calls, for a share either way.
    pub(super) fn calling_browser_both_ways(&mut self, codec: WebCodec) -> String {
        let theirs = str0m::media::Direction::SendRecv;
        self.caller(codec, theirs, Direction::SendRecv, None)
    }

    pub(super) fn caller(
        &mut self,
        codec: WebCodec,
        theirs: str0m::media::Direction,
        direction: Direction,
        limit: Option<PictureLimit>,
    ) -> String {
        let side = Side::Caller;
        let mut browser = Browser::new(6000, codec, self.now);
        let offer = browser.offer(theirs);
        let answer = Step::WebAnswer {
            side,
            offer,
            video: Some(VideoLine {
                codec,
                direction,
                limit,
            }),
            audio: None,
        };
        let sdp = match self.apply(answer) {
            Some(BridgeReply::Description { sdp, .. }) => sdp,
            other => panic!("{other:?}"),
        };
        browser.take_answer(&sdp);
        self.browsers.push((side, browser));
        sdp
    }

    pub(super) fn plain(&mut self, side: Side, payload: Format) {
        self.plain_with(
            side,
            StreamFormat {
                payload,
                payload_type: 96,
                limit: QCIF,
                orientation: None,
            },
        );
    }

    pub(super) fn plain_with(&mut self, side: Side, format: StreamFormat) {
        self.plain_with_feedback(side, format, Feedback::default());
    }

    pub(super) fn plain_with_feedback(
        &mut self,
        side: Side,
        format: StreamFormat,
        feedback: Feedback,
    ) {
        let address = handset();
        let plan = PlainPlan {
            remote: Some(Destination {
                address: address.ip(),
                rtp_port: address.port(),
                rtcp_port: address.port() + 1,
            }),
            to_peer: Some(format.clone()),
            from_peer: vec![format],
            silence: Silence::IsTheEnd,
            feedback,
            rtcp: RtcpTerms::default(),
        };
        assert!(self.apply(Step::PlainConnect { side, plan }).is_none());
    }

    pub(super) fn browser(&mut self, side: Side) -> &mut Browser {
        let found = self.browsers.iter_mut().find(|(of, _)| *of == side);
        &mut found.unwrap().1
    }

    /// Lets time pass, with pictures at 15 a second.
    pub(super) fn run(&mut self, time: Duration) {
        let steps = (time.as_millis() / STEP.as_millis()) as u32;
        for step in 0..steps {
            self.tick(step);
        }
    }

    /// Lets one step pass.
    pub(super) fn tick(&mut self, step: u32) {
        self.now += STEP;
        let now = self.now;
        {
            if step.is_multiple_of(FRAME_EVERY) {
                for (_, browser) in &mut self.browsers {
                    browser.shoot(now);
                }
                if let Some((_, handset)) = &mut self.handset {
                    handset.shoot(now);
                }
                if let Some((side, camera)) = &mut self.plain_camera {
                    let side = *side;
                    for packet in camera.shoot() {
                        let bytes = packet.to_bytes();
                        let source = self.plain_at;
                        self.bridge.handle(
                            Input::Rtp {
                                side,
                                medium: Medium::Video,
                                source,
                                bytes,
                            },
                            now,
                        );
                    }
                }
            }
            if step.is_multiple_of(VOICE_EVERY) {
                for (_, browser) in &mut self.browsers {
                    browser.speak(now);
                }
                self.plain_speaks();
            }
            if self.bridge.poll_timeout().is_some_and(|at| at <= now) {
                self.bridge.handle_timeout(now);
            }
            self.exchange();
        }
    }

    pub(super) fn exchange(&mut self) {
        let now = self.now;
        loop {
            let mut moved = false;
            for (side, browser) in &mut self.browsers {
                for bytes in browser.poll(now) {
                    moved = true;
                    if !self.network.passes(now) {
                        continue;
                    }
                    let input = Input::Web {
                        side: *side,
                        source: browser.local,
                        bytes: &bytes,
                    };
                    self.bridge.handle(input, now);
                }
            }
            moved |= self.poll_handset();
            while let Some(output) = self.bridge.poll_output() {
                moved = true;
                self.perform(output);
            }
            if !moved {
                return;
            }
        }
    }

    /// What the handset sends reaches the bridge, or is lost.
    pub(super) fn poll_handset(&mut self) -> bool {
        let now = self.now;
        let Some((side, handset)) = &mut self.handset else {
            return false;
        };
        let side = *side;
        let sent = handset.poll(now);
        let moved = !sent.is_empty();
        for datagram in sent {
            match datagram {
                handset::Sent::Rtp(bytes) if self.network.passes(now) => {
                    self.plain_rtp(side, self.plain_at, bytes);
                }
                handset::Sent::Rtcp(bytes) if self.network.passes(now) => {
                    self.plain_rtcp(side, self.plain_at, bytes);
                }
                // SIP comes through in the end.
                handset::Sent::Info => {
                    self.apply(Step::FastUpdate { side });
                }
                handset::Sent::Rtp(_) | handset::Sent::Rtcp(_) => {}
            }
        }
        moved
    }

    pub(super) fn plain_rtp(&mut self, side: Side, source: SocketAddr, bytes: Vec<u8>) {
        let medium = Medium::Video;
        let input = Input::Rtp {
            side,
            medium,
            source,
            bytes,
        };
        self.bridge.handle(input, self.now);
    }

    pub(super) fn plain_rtcp(&mut self, side: Side, mut source: SocketAddr, bytes: Vec<u8>) {
        source.set_port(source.port() + 1);
        let medium = Medium::Video;
        let input = Input::Rtcp {
            side,
            medium,
            source,
            bytes,
        };
        self.bridge.handle(input, self.now);
    }

    pub(super) fn perform(&mut self, output: Output) {
        let now = self.now;
        let is_sent = matches!(
            output,
            Output::Web { .. } | Output::Rtp { .. } | Output::Rtcp { .. }
        );
        let is_plain = matches!(output, Output::Rtp { .. } | Output::Rtcp { .. });
        let is_safe = self.is_plain_way_whole && is_plain;
        if is_sent && !is_safe && !self.network.passes(now) {
            return;
        }
        match output {
            Output::Web { destination, bytes } => {
                for (_, browser) in &mut self.browsers {
                    if browser.local == destination {
                        browser.receive(&bytes, now);
                    }
                }
            }
            Output::Rtp {
                medium: Medium::Audio,
                bytes,
                ..
            } => self.plain_hears(&bytes),
            Output::Rtcp {
                medium: Medium::Audio,
                bytes,
                ..
            } => self.plain_sound_rtcp.push(bytes),
            Output::Rtp {
                destination, bytes, ..
            } => {
                assert_eq!(destination, self.plain_at);
                let packet = RtpPacket::parse(&bytes).unwrap();
                if let Some(screen) = &mut self.plain_screen {
                    screen.show(&packet);
                }
                self.plain_seen.push(packet);
                if let Some((_, handset)) = &mut self.handset {
                    handset.receive(session::Input::Rtp(bytes), now);
                }
            }
            Output::Rtcp {
                destination, bytes, ..
            } => {
                assert_eq!(destination.port(), self.plain_at.port() + 1);
                self.rtcp_bytes += bytes.len();
                self.plain_rtcp.push(bytes.clone());
                if let Some((_, handset)) = &mut self.handset {
                    handset.receive(session::Input::Rtcp(bytes), now);
                }
            }
            Output::Transcode {
                from,
                medium: Medium::Video,
                class,
                job,
            } => self.transcode((from, class), job),
            Output::Transcode {
                from,
                medium: Medium::Audio,
                job,
                ..
            } => self.transcode_sound(from, job),
            Output::Fed { .. } | Output::Wish { .. } => self.between.push(output),
            Output::Event(event) => self.hear(&event),
        }
    }

    fn hear(&mut self, event: &BridgeEvent) {
        let asked = matches!(event, BridgeEvent::FastUpdateWanted { .. });
        if let (true, Some((_, handset))) = (asked, &mut self.handset) {
            handset.asked_by_info();
        }
        self.events.push(format!("{event:?}"));
    }

    fn transcode(&mut self, (from, class): (Side, Option<ClassId>), job: TranscodeJob) {
        let slot = &mut self.transcoders[from.index()];
        if let Some(result) = work(slot, class, job) {
            let input = Input::Transcoded {
                from,
                medium: Medium::Video,
                class,
                result,
            };
            self.bridge.handle(input, self.now);
        }
    }
}

type Kinds = Studio<Option<ClassId>>;

fn work(slot: &mut Option<Kinds>, class: Option<ClassId>, job: TranscodeJob) -> Option<Transcoded> {
    let studio = slot.get_or_insert_default();
    match job {
        TranscodeJob::Open(plan) => {
            let size = match plan.size {
                TargetSize::Fixed => transcode::Size::Targets,
                TargetSize::AsSource => transcode::Size::Sources,
            };
            studio.open(class, plan.from, plan.to, size).unwrap();
        }
        TranscodeJob::Close => studio.close(class),
        TranscodeJob::SetRotation(rotation) => studio.set_rotation(class, rotation),
        TranscodeJob::ForceKeyframe => studio.request_keyframe(class),
        TranscodeJob::HoldRate { bits_per_second } => studio.hold(class, bits_per_second).unwrap(),
        TranscodeJob::Picture(id, frame) => {
            assert!(studio.is_open(class));
            return Some(match studio.push(class, id, &frame) {
                Ok(Some(picture)) => Transcoded::Picture(picture),
                Ok(None) => Transcoded::Skipped,
                Err(_) => Transcoded::Broken,
            });
        }
        other => panic!("{other:?}"),
    }
    if studio.is_empty() {
        *slot = None;
    }
    None
}
