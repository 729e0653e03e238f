//! The same without anything between: two browsers, one of which calls the other, and a camera whose
//! packets go to the screen beside it as they are.

use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ::media::rtp::RtpPacket;
use anyhow::Result;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::camera::Camera;
use super::film::Film;
use super::report::{Watched, delays_of};
use super::screen::Screen;
use super::{TAIL, film_in_browser};
use crate::media::Options;
use crate::media::browser::{Back, Browser};

/// Until the first picture is there, and a few more.
const EACH: Duration = Duration::from_millis(500);
/// For delays: as many pictures as two calls have.
const FILMED: Duration = Duration::from_secs(3);
/// An RTP packet with 1,100 bytes of payload.
const PACKET_BYTES: usize = 2048;

/// From the answer to the first picture that can be seen, both ways between two browsers.
pub async fn first_pictures(options: &Options, film: Film, rounds: u32) -> Result<Vec<Duration>> {
    let mut first = Vec::new();
    for _ in 0..rounds {
        let (caller, callee) = (
            End::new(options, film).await?,
            End::new(options, film).await?,
        );
        let offer = caller.browser.offer().await?;
        let answer = callee.browser.answer(offer).await?;
        let answered = Instant::now();
        let shown = tokio::join!(caller.film(Some(answer)), callee.film(None));
        let ((at_caller, by_caller), (at_callee, by_callee)) = (shown.0?, shown.1?);
        for (taken, seen) in [(by_callee, at_caller), (by_caller, at_callee)] {
            first.extend(Watched::new(answered, &taken, &seen).first);
        }
    }
    Ok(first)
}

struct End {
    browser: Arc<Browser>,
    screen: Screen,
    camera: Camera,
    wishes: mpsc::UnboundedReceiver<()>,
}

type Filmed = (Vec<super::screen::Seen>, Vec<super::camera::Taken>);

impl End {
    async fn new(options: &Options, film: Film) -> Result<End> {
        let (wish, wishes) = mpsc::unbounded_channel();
        let screen = Screen::open(film, move || {
            // Nobody listens once the call is over.
            let _ = wish.send(());
        })?;
        let back = Arc::new(Back::tapped(screen.packets()));
        let began = Instant::now();
        let browser = Browser::new(options.address, options.web, 0, began, back).await?;
        Ok(End {
            browser: Arc::new(browser),
            screen,
            camera: Camera::new(film)?,
            wishes,
        })
    }

    /// From the answer, or from when one was given, to the end; what was seen and what was taken.
    async fn film(self, answer: Option<String>) -> Result<Filmed> {
        match answer {
            Some(answer) => self.browser.connect(answer).await?,
            None => self.browser.connected().await?,
        }
        let (camera, tasks) = film_in_browser(&self.browser, self.camera, self.wishes);
        sleep(EACH).await;
        let taken = camera.stop()?;
        sleep(TAIL).await;
        self.browser.close().await?;
        for task in tasks {
            task.abort();
        }
        Ok((self.screen.close()?, taken))
    }
}

/// How old a camera's pictures are on a screen beside it.
pub fn delays(address: IpAddr, film: Film) -> Result<Vec<Duration>> {
    let (here, there) = (
        UdpSocket::bind((address, 0))?,
        UdpSocket::bind((address, 0))?,
    );
    here.connect(there.local_addr()?)?;
    there.set_read_timeout(Some(TAIL))?;
    let screen = Screen::open(film, || ())?;
    let packets = screen.packets();
    let mut sequence = 0_u16;
    let camera = Camera::new(film)?.run(move |shot| {
        let last = shot.payloads.len();
        for (place, payload) in shot.payloads.into_iter().enumerate() {
            sequence = sequence.wrapping_add(1);
            let packet = RtpPacket {
                sequence,
                marker: place + 1 == last,
                timestamp: shot.timestamp,
                payload,
                ..RtpPacket::default()
            };
            here.send(&packet.to_bytes())?;
        }
        Ok(())
    });
    let carrying = thread::spawn(move || {
        let mut bytes = [0; PACKET_BYTES];
        // Silence for as long as this is the end.
        while let Ok(length) = there.recv(&mut bytes) {
            if let Ok(packet) = RtpPacket::parse(&bytes[..length]) {
                // A screen that ended has panicked, and is found out.
                let _ = packets.send(Some(packet));
            }
        }
    });
    thread::sleep(FILMED);
    let taken = camera.stop()?;
    let carried = carrying.join();
    carried.map_err(|_| anyhow::anyhow!("whoever carried packets panicked"))?;
    Ok(delays_of(&taken, &screen.close()?))
}
