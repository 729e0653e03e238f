//! RFC 3264 §8: between two plain peers descriptions pass as they are, until another
//! peer takes the place of one in the middle of the call. Who stays has a session with the one that
//! left, whose origin and media lines the newcomer's descriptions must go on from.

use sip::sdp::{Description, Media, Origin};

/// The session as a plain peer knows it that has got another one to talk to.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The origin that the peer knows, under the version it was told last.
    origin: Origin,
    /// What the other one said under that version, in its own words.
    said: Vec<u8>,
    told: Vec<u8>,
    /// The media lines that the peer knows: none may go away again. At most twice as many as one
    /// description may have, since each is a line of the peer's or of the other one's.
    slots: Vec<Slot>,
}

/// One media line.
#[derive(Debug, Clone)]
struct Slot {
    line: Media,
    /// Which line of the other one's it is; `None` where that one has none, and it is closed.
    other: Option<usize>,
}

impl Known {
    /// What a peer knows that was told this last; `None` when that cannot be read.
    pub(super) fn of(told: &[u8]) -> Option<Known> {
        let description = Description::parse(told).ok()?;
        let slot = |line| Slot { line, other: None };
        Some(Known {
            origin: description.origin,
            said: Vec::new(),
            told: told.to_vec(),
            slots: description.media.into_iter().map(slot).collect(),
        })
    }

    /// What the peer was told last.
    pub(super) fn told(&self) -> Vec<u8> {
        self.told.clone()
    }

    /// The same session, while somebody else is to be talked to.
    pub(super) fn with_another(&self) -> Known {
        let mut known = self.clone();
        known.said.clear();
        for slot in &mut known.slots {
            slot.other = None;
        }
        known
    }

    /// What the other one describes, as it goes on from what the peer knows. What cannot be read
    /// stays as it is.
    pub(super) fn tell(&mut self, said: &[u8]) -> Vec<u8> {
        let Ok(mut description) = Description::parse(said) else {
            return said.to_vec();
        };
        if self.said != said {
            self.origin.version = self.origin.version.saturating_add(1);
            self.said = said.to_vec();
        }
        for (at, line) in description.media.iter().enumerate() {
            if self.slots.iter().any(|slot| slot.other == Some(at)) {
                continue;
            }
            let mut slots = self.slots.iter_mut();
            let free = slots.find(|slot| slot.other.is_none() && slot.line.kind == line.kind);
            match free {
                Some(slot) => slot.other = Some(at),
                None => self.slots.push(Slot {
                    line: line.clone(),
                    other: Some(at),
                }),
            }
        }
        description.origin = self.origin.clone();
        let lines = self.slots.iter().map(|slot| {
            let line = slot.other.and_then(|at| description.media.get(at));
            line.cloned().unwrap_or_else(|| closed(&slot.line))
        });
        description.media = lines.collect();
        for (slot, line) in self.slots.iter_mut().zip(&description.media) {
            slot.line.clone_from(line);
        }
        self.told = description.to_bytes();
        self.told.clone()
    }

    /// What the peer describes, in the lines that the other one knows.
    pub(super) fn heard(&mut self, said: &[u8]) -> Vec<u8> {
        let Ok(mut description) = Description::parse(said) else {
            return said.to_vec();
        };
        for (at, line) in description.media.iter().enumerate() {
            if at == self.slots.len() {
                let (line, other) = (line.clone(), None);
                self.slots.push(Slot { line, other });
            }
            let next = self
                .slots
                .iter()
                .filter(|slot| slot.other.is_some())
                .count();
            if self.slots[at].other.is_none() && line.port != 0 {
                self.slots[at].other = Some(next);
            }
        }
        let mut lines: Vec<(usize, Media)> = Vec::new();
        for (slot, line) in self.slots.iter().zip(&description.media) {
            lines.extend(slot.other.map(|at| (at, line.clone())));
        }
        lines.sort_by_key(|(at, _)| *at);
        let lines: Vec<Media> = lines.into_iter().map(|(_, line)| line).collect();
        if lines == description.media {
            return said.to_vec();
        }
        description.media = lines;
        description.to_bytes()
    }
}

/// Whether a description says something else of its media than the one before.
pub(super) fn says_more(now: &[u8], before: &[u8]) -> bool {
    match (Description::parse(now), Description::parse(before)) {
        (Ok(now), Ok(before)) => (now.connection, &now.media) != (before.connection, &before.media),
        (Ok(_) | Err(_), _) => false,
    }
}

/// A line that is there and carries nothing (RFC 3264 §8.2).
fn closed(line: &Media) -> Media {
    Media {
        port: 0,
        rtcp_port: None,
        frame_rate: None,
        direction: None,
        bandwidth: Vec::new(),
        attributes: Vec::new(),
        ..line.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &[u8] = b"v=0\r\no=- 7 3 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
m=video 30000 RTP/AVP 96\r\na=rtpmap:96 H263-2000/90000\r\na=sendrecv\r\nm=audio 30002 RTP/AVP 0\r\n";
    const OTHER: &[u8] =
        b"v=0\r\no=tablet 99 1 IN IP4 192.0.2.21\r\ns=-\r\nc=IN IP4 192.0.2.21\r\n\
t=0 0\r\nm=video 40000 RTP/AVP 34\r\n";

    fn told(known: &mut Known, said: &[u8]) -> (Origin, Vec<u16>) {
        let told = Description::parse(&known.tell(said)).unwrap();
        let ports = told.media.iter().map(|media| media.port).collect();
        (told.origin, ports)
    }

    fn heard(known: &mut Known, said: &[u8]) -> Vec<u16> {
        let heard = Description::parse(&known.heard(said)).unwrap();
        heard.media.iter().map(|media| media.port).collect()
    }

    fn lines(lines: &[(&str, u16)]) -> Vec<u8> {
        let mut text =
            "v=0\r\no=- 99 1 IN IP4 192.0.2.21\r\ns=-\r\nc=IN IP4 192.0.2.21\r\nt=0 0\r\n"
                .to_owned();
        for (kind, port) in lines {
            text += &format!("m={kind} {port} RTP/AVP 0\r\n");
        }
        text.into_bytes()
    }

    #[test]
    fn an_offer_of_another_peer_goes_on_from_the_session_there_is() {
        let mut known = Known::of(TOLD).unwrap();
        let (origin, ports) = told(&mut known, OTHER);
        assert_eq!((origin.session_id.as_str(), origin.version), ("7", 4));
        assert_eq!(origin.address, "192.0.2.1");
        assert_eq!(ports, [40000, 0], "the line that is gone is closed");
        let (again, _) = told(&mut known, OTHER);
        assert_eq!(again.version, 4, "the same again is no other version");
        let hold = String::from_utf8_lossy(OTHER).replace("40000", "40002");
        let (origin, _) = told(&mut known, hold.as_bytes());
        assert_eq!(origin.version, 5);
    }

    #[test]
    fn an_answer_has_the_lines_of_its_offer() {
        let mut known = Known::of(TOLD).unwrap();
        known.tell(OTHER);
        let answer = lines(&[("video", 50000), ("audio", 0)]);
        assert_eq!(heard(&mut known, &answer), [50000]);
        let offer = lines(&[("video", 50000), ("audio", 0)]);
        assert_eq!(
            heard(&mut known, &offer),
            [50000],
            "closed lines stay unsaid"
        );
        let offer = lines(&[("video", 50000), ("audio", 50002)]);
        assert_eq!(
            heard(&mut known, &offer),
            [50000, 50002],
            "unless they are opened"
        );
        let answer = lines(&[("video", 40000), ("audio", 40002)]);
        assert_eq!(told(&mut known, &answer).1, [40000, 40002]);
    }

    #[test]
    fn lines_in_another_order_find_their_own_kind() {
        let mut known = Known::of(TOLD).unwrap();
        let offer = lines(&[("audio", 1000), ("application", 1002), ("video", 1004)]);
        assert_eq!(told(&mut known, &offer).1, [1004, 1000, 1002]);
        let answer = lines(&[("video", 4), ("audio", 0), ("application", 2)]);
        assert_eq!(heard(&mut known, &answer), [0, 2, 4]);
        let offer = lines(&[("video", 4), ("audio", 0), ("application", 2), ("text", 6)]);
        assert_eq!(heard(&mut known, &offer), [0, 2, 4, 6]);
    }

    #[test]
    fn what_is_no_description_passes_as_it_is() {
        let mut known = Known::of(TOLD).unwrap();
        assert_eq!(known.tell(b"x"), b"x");
        assert_eq!(known.heard(b"x"), b"x");
        assert!(Known::of(b"").is_none());
    }
}
