//! A screen that reads the number of each picture and remembers when it could be seen.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use ::media::codec::VideoDecoder;
use ::media::pattern;
use ::media::payload::Depacketizer;
use ::media::rtp::RtpPacket;
use anyhow::Result;

use super::film::Film;
use crate::media::sink::Tap;

/// A picture that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub counter: u16,
    /// When it was decoded.
    pub at: Instant,
}

/// A screen in a thread of its own.
pub struct Screen {
    packets: Tap,
    thread: JoinHandle<Vec<Seen>>,
}

struct Watching {
    depacketizer: Depacketizer,
    decoder: VideoDecoder,
    is_frozen: bool,
    seen: Vec<Seen>,
}

impl Screen {
    /// `film` is what comes; `ask` is called for every packet that shows that a keyframe is needed.
    pub fn open(film: Film, mut ask: impl FnMut() + Send + 'static) -> Result<Screen> {
        let (packets, coming) = mpsc::channel::<Option<RtpPacket>>();
        let mut watching = Watching {
            depacketizer: Depacketizer::new(&film.format()),
            decoder: VideoDecoder::new(film.codec)?,
            is_frozen: false,
            seen: Vec::new(),
        };
        let thread = thread::spawn(move || {
            while let Ok(Some(packet)) = coming.recv() {
                watching.take(&packet);
                if watching.is_frozen {
                    ask();
                }
            }
            watching.seen
        });
        Ok(Screen { packets, thread })
    }

    /// Where packets go, in their order.
    pub fn packets(&self) -> Tap {
        self.packets.clone()
    }

    /// What was seen.
    pub fn close(self) -> Result<Vec<Seen>> {
        // One that ended by itself has panicked, and is found out.
        let _ = self.packets.send(None);
        let ended = self.thread.join();
        ended.map_err(|_| anyhow::anyhow!("the screen panicked"))
    }
}

impl Watching {
    /// A picture with a hole, and all that build on it, are not seen.
    fn take(&mut self, packet: &RtpPacket) {
        let pushed = self.depacketizer.push(packet);
        self.is_frozen |= self.depacketizer.take_loss() || pushed.is_err();
        let Ok(Some(frame)) = pushed else { return };
        self.is_frozen &= !frame.keyframe;
        if self.is_frozen {
            return;
        }
        match self.decoder.decode(&frame.data, frame.timestamp) {
            Ok(Some(picture)) => {
                let at = Instant::now();
                if let Some(counter) = pattern::read(&picture) {
                    self.seen.push(Seen { counter, at });
                }
            }
            Ok(None) => {}
            Err(_) => self.is_frozen = true,
        }
    }
}
