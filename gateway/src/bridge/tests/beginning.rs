//! The first picture, whenever it is sent and whenever its viewer comes.

use super::*;

/// What a handset sends, and what a browser is shown of it: through the codec pool, and passed on.
fn ways() -> [(VideoCodec, Format, WebCodec); 2] {
    let passed = format::h264(PacketizationMode::NonInterleaved);
    [
        (VideoCodec::H263, Format::H263, WebCodec::Vp8),
        (VideoCodec::H264, passed, H264_MODE_1),
    ]
}

/// A handset whose pictures are sent by hand, and a browser that no packet reaches yet.
struct Beginning {
    scene: Scene,
    camera: Camera,
    /// Whether it sends a keyframe when it is asked by INFO; else it refuses.
    takes_info: bool,
    /// How many pictures were sent.
    sent: usize,
    connected: Option<usize>,
    shown: Option<usize>,
}

impl Beginning {
    fn new((codec, format, web): &(VideoCodec, Format, WebCodec), takes_info: bool) -> Beginning {
        let mut scene = Scene::new();
        scene.called_browser(vec![*web], Direction::SendOnly);
        let web = StreamFormat::of_web(*web);
        scene.browser(Side::Callee).screen = Some(Screen::new(web.codec(), &web.payload));
        scene.network = Network::new(Loss::Random(1000), 1);
        Beginning {
            scene,
            camera: Camera::new(*codec, format, (176, 144), 64_000),
            takes_info,
            sent: 0,
            connected: None,
            shown: None,
        }
    }

    fn start(&mut self, format: &Format) {
        self.scene.plain(Side::Caller, format.clone());
        let flows = Flows::From(Side::Caller);
        self.scene.apply(Step::Start { flows });
    }

    fn pictures(&mut self, count: usize) {
        for _ in 0..count {
            self.sent += 1;
            for packet in self.camera.shoot() {
                let source = self.scene.plain_at;
                self.scene
                    .plain_rtp(Side::Caller, source, packet.to_bytes());
            }
            self.scene.run(Duration::from_millis(65));
            self.hear();
        }
    }

    fn hear(&mut self) {
        for event in std::mem::take(&mut self.scene.events) {
            if event.starts_with("FastUpdateWanted") {
                assert!(self.connected.is_some(), "asked for who cannot see");
                if self.takes_info {
                    self.camera.force = ForceKeyframe::Yes;
                } else {
                    self.scene
                        .apply(Step::FastUpdateRefused { side: Side::Caller });
                }
            } else if event.starts_with("Connected") {
                self.connected = Some(self.sent);
            }
        }
        let screen = self.scene.browser(Side::Callee).screen.as_ref().unwrap();
        if !screen.counters.is_empty() {
            self.shown.get_or_insert(self.sent);
        }
    }

    /// Packets reach the browser now: it is shown one of the next three pictures, and goes on with the newest.
    fn assert_seen_from_now_on(&mut self, pictures: usize, what: &str) {
        self.scene.network = Network::whole();
        self.pictures(pictures);
        self.assert_shown_within(3, what);
        self.assert_live(what);
    }

    fn assert_shown_within(&self, pictures: usize, what: &str) {
        let (connected, shown) = (self.connected.unwrap(), self.shown);
        let shown = shown.unwrap_or_else(|| panic!("{what}: never shown"));
        assert!(
            shown - connected <= pictures,
            "{what}: {connected}, {shown}"
        );
    }

    /// What was shown goes on with the newest, in order.
    fn assert_live(&mut self, what: &str) {
        let sent = self.sent as u16;
        let screen = self.scene.browser(Side::Callee).screen.as_ref().unwrap();
        assert!(screen.counters.is_sorted(), "{what}: {:?}", screen.counters);
        let newest = *screen.counters.last().unwrap();
        assert!(newest + 2 >= sent, "{what}: {newest} of {sent}");
    }
}

#[test]
fn a_browser_that_connects_late_is_shown_one_of_the_next_pictures() {
    for way in ways() {
        let mut beginning = Beginning::new(&way, true);
        beginning.start(&way.1);
        beginning.pictures(6);
        beginning.assert_seen_from_now_on(30, &way.0.to_string());
    }
}

/// Its only keyframe comes right after the answer, and its `Allow` has no INFO.
#[test]
fn a_browser_that_connects_late_sees_a_handset_that_takes_no_request() {
    for way in ways() {
        let mut beginning = Beginning::new(&way, false);
        beginning.start(&way.1);
        beginning.pictures(12);
        beginning.assert_seen_from_now_on(40, &way.0.to_string());
    }
}

/// RFC 3264 §5.1: its pictures are here before its answer, which takes the longer way.
#[test]
fn pictures_that_come_before_the_answer_are_not_lost() {
    for way in ways() {
        let mut beginning = Beginning::new(&way, false);
        beginning.pictures(20);
        beginning.start(&way.1);
        beginning.pictures(4);
        beginning.assert_seen_from_now_on(40, &way.0.to_string());
    }
}

/// A browser whose decoder lost its way says so; where the handset does not help, we do.
#[test]
fn a_browser_that_asks_is_sent_once_more_what_a_handset_that_takes_no_request_has_sent() {
    let way = &ways()[1];
    let mut beginning = Beginning::new(way, false);
    beginning.scene.network = Network::whole();
    beginning.start(&way.1);
    beginning.pictures(20);
    for asked in 2..4 {
        let screen = beginning.scene.browser(Side::Callee).screen.as_mut();
        screen.unwrap().wish = true;
        beginning.pictures(25);
        let screen = beginning.scene.browser(Side::Callee).screen.as_ref();
        let screen = screen.unwrap();
        let firsts = screen.counters.iter().filter(|counter| **counter == 1);
        assert_eq!(firsts.count(), asked, "{:?}", screen.counters);
        assert_eq!(screen.counters.last(), Some(&(beginning.sent as u16)));
        assert_eq!(screen.garbage, 0);
    }
}
