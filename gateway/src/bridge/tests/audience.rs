//! R2.7: several watchers of one upload, each in a bridge of its own.

use super::handset::Asks;
use super::network::Loss;
use super::*;
use std::collections::BTreeSet;

/// The bridge of who shows, and those of the watchers; a bridge's name is its place here.
struct Hall {
    scenes: Vec<Scene>,
    steps: u32,
}

const FROM_SHARER: Flows = Flows::From(Side::Caller);

impl Hall {
    /// A page that shows its camera to nobody yet.
    fn new(codec: WebCodec) -> Hall {
        let mut scene = Scene::new();
        scene.calling_browser(codec, None);
        let (of, format) = match codec {
            WebCodec::Vp8 => (VideoCodec::Vp8, Format::Vp8),
            WebCodec::H264 { mode, .. } => (VideoCodec::H264, format::h264(mode)),
        };
        let camera = Camera::new(of, &format, (352, 288), 400_000);
        scene.browser(Side::Caller).camera = Some(camera);
        Hall {
            scenes: vec![scene],
            steps: 0,
        }
    }

    fn fed(&mut self, codec: WebCodec) -> Scene {
        let mut scene = Scene::new();
        scene.now = self.scenes[0].now;
        let rules = PlainRules {
            loopback: Loopback::Allowed,
            ..PlainRules::default()
        };
        scene.bridge = Bridge::new(1000 + self.scenes.len() as u64, rules);
        let fed = scene.apply(Step::Feed {
            side: Side::Caller,
            from: BridgeId(0),
            codec,
        });
        assert!(matches!(fed, Some(BridgeReply::Fed { .. })));
        scene
    }

    fn joins(&mut self, mut scene: Scene) -> usize {
        scene.apply(Step::Start { flows: FROM_SHARER });
        scene.exchange();
        self.scenes.push(scene);
        self.pass_on();
        self.scenes.len() - 1
    }

    /// A handset watches.
    fn handset(&mut self, upload: WebCodec, codec: VideoCodec, format: Format) -> usize {
        let mut scene = self.fed(upload);
        scene.plain(Side::Callee, format.clone());
        let mut handset = Handset::new(Feedback::default(), Asks::ByInfo, scene.now);
        handset.screen = Some(Screen::new(codec, &format));
        scene.handset = Some((Side::Callee, handset));
        self.joins(scene)
    }

    /// A page watches.
    fn page(&mut self, upload: WebCodec) -> usize {
        let mut scene = self.fed(upload);
        let codec = scene.called_browser(vec![upload], Direction::SendOnly);
        let (of, format) = match codec {
            WebCodec::Vp8 => (VideoCodec::Vp8, Format::Vp8),
            WebCodec::H264 { mode, .. } => (VideoCodec::H264, format::h264(mode)),
        };
        scene.browser(Side::Callee).screen = Some(Screen::new(of, &format));
        self.joins(scene)
    }

    fn leaves(&mut self, watcher: usize) {
        let scene = &mut self.scenes[watcher];
        scene.bridge.close(scene.now);
        scene.exchange();
        self.pass_on();
    }

    fn run(&mut self, time: Duration) {
        for _ in 0..(time.as_millis() / STEP.as_millis()) {
            for scene in &mut self.scenes {
                scene.tick(self.steps);
            }
            self.steps += 1;
            self.pass_on();
        }
    }

    /// What one bridge has for another.
    fn pass_on(&mut self) {
        loop {
            let mut moved = false;
            for at in 0..self.scenes.len() {
                for output in std::mem::take(&mut self.scenes[at].between) {
                    moved = true;
                    let viewer = BridgeId(at as u64);
                    let (to, input) = match output {
                        Output::Fed { viewer, fed } => (viewer, Input::Fed(fed)),
                        Output::Wish { source, wish } => (source, Input::Wish { viewer, wish }),
                        other => panic!("{other:?}"),
                    };
                    let scene = &mut self.scenes[to.0 as usize];
                    scene.bridge.handle(input, scene.now);
                    scene.exchange();
                }
            }
            if !moved {
                return;
            }
        }
    }

    fn screen(&mut self, watcher: usize) -> &mut Screen {
        let scene = &mut self.scenes[watcher];
        let screen = match &mut scene.handset {
            Some((_, handset)) => &mut handset.screen,
            None => &mut scene.browsers[0].1.screen,
        };
        screen.as_mut().unwrap()
    }

    fn seen(&mut self, watcher: usize) -> usize {
        self.screen(watcher).counters.len()
    }

    fn encoders(&self) -> usize {
        let of_caller = self.scenes[0].transcoders[0].as_ref();
        of_caller.map_or(0, Studio::outlets)
    }

    fn asked(&mut self) -> usize {
        self.scenes[0].browser(Side::Caller).keyframes_asked
    }
}

#[test]
fn three_watchers_of_two_classes_are_shown_one_upload_by_one_encoder() {
    let mut hall = Hall::new(WebCodec::Vp8);
    let page = hall.page(WebCodec::Vp8);
    let one = hall.handset(WebCodec::Vp8, VideoCodec::H263, Format::H263Plus);
    let two = hall.handset(WebCodec::Vp8, VideoCodec::H263, Format::H263Plus);
    hall.run(Duration::from_secs(5));
    for watcher in [page, one, two] {
        assert_live(hall.screen(watcher), 45);
        assert_eq!(hall.screen(watcher).garbage, 0);
    }
    assert!(
        hall.screen(one)
            .sizes
            .iter()
            .all(|size| *size == (176, 144))
    );
    assert!(
        hall.screen(page)
            .sizes
            .iter()
            .all(|size| *size == (352, 288))
    );
    assert_eq!(hall.encoders(), 1, "pages are passed on to");
    let names: BTreeSet<u32> = [one, two]
        .into_iter()
        .map(|watcher| hall.scenes[watcher].plain_seen[0].ssrc)
        .collect();
    assert_eq!(names.len(), 2, "each has a stream of its own");
    let first = "FirstPicture { side: Callee }";
    assert!(hall.scenes[one].events.iter().any(|event| event == first));
}

#[test]
fn who_joins_has_a_picture_within_a_second_and_who_leaves_disturbs_nobody() {
    for (codec, of, format) in [
        (WebCodec::Vp8, VideoCodec::H263, Format::H263),
        (
            H264_MODE_1,
            VideoCodec::H264,
            format::h264(PacketizationMode::SingleNal),
        ),
    ] {
        let mut hall = Hall::new(codec);
        let first = hall.handset(codec, of, format.clone());
        hall.run(Duration::from_millis(4100));
        let second = hall.handset(codec, of, format.clone());
        let page = hall.page(codec);
        hall.run(Duration::from_secs(1));
        assert!(hall.seen(second) > 0, "{codec:?}: a handset waits");
        assert!(hall.seen(page) > 0, "{codec:?}: a page waits");
        let before = hall.seen(second);
        hall.leaves(first);
        hall.run(Duration::from_secs(3));
        assert!(hall.seen(second) > before + 35, "{codec:?}");
        assert_eq!(hall.encoders(), 1);
        hall.leaves(second);
        assert_eq!(hall.encoders(), 0, "{codec:?}: no encoder without watchers");
        let before = hall.seen(page);
        hall.run(Duration::from_secs(2));
        assert!(hall.seen(page) > before + 20, "{codec:?}");
    }
}

#[test]
fn watchers_of_one_class_ask_the_sharer_once() {
    let mut hall = Hall::new(WebCodec::Vp8);
    let pages: Vec<usize> = (0..3).map(|_| hall.page(WebCodec::Vp8)).collect();
    hall.run(Duration::from_secs(5));
    let before = hall.asked();
    for page in &pages {
        for _ in 0..20 {
            let wish = fed::Wish::Keyframe(session::KeyframeRequest::Pli);
            let viewer = BridgeId(*page as u64);
            let scene = &mut hall.scenes[0];
            scene.bridge.handle(Input::Wish { viewer, wish }, scene.now);
        }
    }
    hall.run(Duration::from_secs(2));
    let asked = hall.asked() - before;
    assert!((1..=2).contains(&asked), "{asked} requests in 2 s");
}

#[test]
fn a_watcher_that_loses_stalls_or_sends_garbage_hurts_nobody() {
    let mut hall = Hall::new(WebCodec::Vp8);
    let well = hall.handset(WebCodec::Vp8, VideoCodec::H263, Format::H263Plus);
    let lossy = hall.handset(WebCodec::Vp8, VideoCodec::H263, Format::H263Plus);
    let stalled = hall.handset(WebCodec::Vp8, VideoCodec::H263, Format::H263Plus);
    hall.run(Duration::from_secs(2));
    hall.scenes[lossy].network = Network::new(Loss::Random(500), 7);
    hall.scenes[stalled].handset = None;
    let before = hall.seen(well);
    for round in 0..200_u32 {
        let noise = vec![0x80 | (round % 64) as u8; 40 + round as usize];
        let at = hall.scenes[lossy].plain_at;
        hall.scenes[lossy].plain_rtp(Side::Callee, at, noise.clone());
        hall.scenes[lossy].plain_rtcp(Side::Callee, at, noise);
        hall.run(Duration::from_millis(150));
    }
    let seen = hall.seen(well) - before;
    assert!(seen > 30 * 8, "{seen} pictures in 30 s");
    assert_eq!(hall.screen(well).garbage, 0);
    assert_eq!(
        hall.encoders(),
        2,
        "who bears less has an encoder of its own"
    );
    let before = hall.seen(well);
    hall.run(Duration::from_secs(10));
    let seen = hall.seen(well) - before;
    assert!(seen > 10 * 12, "{seen} pictures in 10 s, by itself");
    let silent = "Lost { side: Callee, cause: Silent }";
    let events = &hall.scenes[stalled].events;
    assert!(events.iter().any(|event| event == silent), "{events:?}");
    assert!(hall.scenes[well].events.iter().all(|event| event != silent));
    assert!(hall.scenes[0].bridge.waiting_outputs() == 0);
}

#[test]
fn a_handset_does_not_hold_down_a_page_that_watches_the_same_codec() {
    let mut hall = Hall::new(H264_MODE_1);
    let mode = PacketizationMode::NonInterleaved;
    let handset = hall.handset(H264_MODE_1, VideoCodec::H264, format::h264(mode));
    let page = hall.page(H264_MODE_1);
    hall.run(Duration::from_secs(4));
    assert!(hall.seen(page) > 35);
    assert!(hall.seen(handset) > 35);
    assert!(
        hall.screen(handset)
            .sizes
            .iter()
            .all(|size| *size == (176, 144))
    );
    let limits = &hall.scenes[0].browser(Side::Caller).limits;
    let last = limits.last().copied().unwrap();
    assert!(last >= 300_000, "the upload is limited to {last}");
}

#[test]
fn one_upload_is_decoded_once_for_the_callee_and_all_kinds_of_watchers() {
    for loss in [Loss::None, Loss::Random(30)] {
        let mut hall = Hall::new(WebCodec::Vp8);
        hall.scenes[0].plain(Side::Callee, Format::H263);
        hall.scenes[0].apply(Step::Start { flows: FROM_SHARER });
        hall.scenes[0].plain_screen = Some(Screen::new(VideoCodec::H263, &Format::H263));
        let newer = hall.handset(WebCodec::Vp8, VideoCodec::H263, Format::H263Plus);
        let mode = PacketizationMode::SingleNal;
        let newest = hall.handset(WebCodec::Vp8, VideoCodec::H264, format::h264(mode));
        hall.scenes[0].network = Network::new(loss, 11);
        // The callee could not say what it misses; it is the upload that has holes.
        hall.scenes[0].is_plain_way_whole = true;
        hall.run(Duration::from_secs(6));
        let studio = hall.scenes[0].transcoders[0].as_ref().unwrap();
        let (kinds, decoded) = (studio.outlets(), studio.decoded());
        let shown = [
            hall.scenes[0].plain_screen.as_ref().unwrap().counters.len(),
            hall.seen(newer),
            hall.seen(newest),
        ];
        println!("{loss:?}: {decoded} decoded, {shown:?} shown");
        assert_eq!(kinds, 3);
        assert!(decoded <= 95, "{loss:?}: {decoded} decoded");
        for shown in shown {
            assert!(shown > 40, "{loss:?}: {shown} of {decoded}");
        }
        hall.scenes[0].apply(Step::Drop { side: Side::Callee });
        let before = hall.seen(newest);
        hall.run(Duration::from_secs(2));
        assert_eq!(hall.encoders(), 2, "the callee's encoder goes with it");
        assert!(hall.seen(newest) > before + 15);
    }
}

#[test]
fn the_callee_of_a_call_goes_and_its_watchers_stay() {
    let mut hall = Hall::new(WebCodec::Vp8);
    hall.scenes[0].plain(Side::Callee, Format::H263);
    hall.scenes[0].apply(Step::Start { flows: FROM_SHARER });
    hall.scenes[0].plain_screen = Some(Screen::new(VideoCodec::H263, &Format::H263));
    let page = hall.page(WebCodec::Vp8);
    hall.run(Duration::from_secs(3));
    assert_live(hall.scenes[0].plain_screen.as_ref().unwrap(), 25);
    assert!(hall.seen(page) > 25);
    hall.scenes[0].apply(Step::Drop { side: Side::Callee });
    let before = hall.seen(page);
    hall.run(Duration::from_secs(2));
    assert!(hall.seen(page) > before + 20);
}
