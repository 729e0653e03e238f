//! RFC 3312, RFC 4032: quality of service as a precondition. A gateway's own resources are there at
//! once; what it waits for, and what its peer waits to hear, stands in `a=curr`, `a=des` and
//! `a=conf` of the video line.

use sip::message::Status;
use sip::sdp::{Attribute, Description};

/// Lines read of one media line; a peer needs no more than one of each kind.
const LINES_AT_MOST: usize = 16;

/// Ways that something is reserved for, as the one who says it sees them (§4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Ways {
    sends: bool,
    receives: bool,
}

const BOTH: Ways = Ways {
    sends: true,
    receives: true,
};

impl Ways {
    fn read(text: &str) -> Option<Ways> {
        let (sends, receives) = match text.to_ascii_lowercase().as_str() {
            "none" => (false, false),
            "send" => (true, false),
            "recv" => (false, true),
            "sendrecv" => (true, true),
            _ => return None,
        };
        Some(Ways { sends, receives })
    }

    fn name(self) -> &'static str {
        match (self.sends, self.receives) {
            (false, false) => "none",
            (true, false) => "send",
            (false, true) => "recv",
            (true, true) => "sendrecv",
        }
    }

    fn includes(self, wanted: Ways) -> bool {
        (self.sends || !wanted.sends) && (self.receives || !wanted.receives)
    }

    /// The same as the other side sees it.
    fn turned(self) -> Ways {
        Ways {
            sends: self.receives,
            receives: self.sends,
        }
    }
}

/// Whose part of the way (§5.1.1): both at once, the sayer's own access, the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    EndToEnd,
    Local,
    Remote,
}

impl Part {
    fn read(text: &str) -> Option<Part> {
        match text.to_ascii_lowercase().as_str() {
            "e2e" => Some(Part::EndToEnd),
            "local" => Some(Part::Local),
            "remote" => Some(Part::Remote),
            _ => None,
        }
    }
}

/// How much something is wanted (§4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Strength {
    Mandatory,
    Optional,
    #[default]
    None,
}

impl Strength {
    fn read(text: &str) -> Option<Strength> {
        match text.to_ascii_lowercase().as_str() {
            "mandatory" => Some(Strength::Mandatory),
            "optional" => Some(Strength::Optional),
            "none" => Some(Strength::None),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Strength::Mandatory => "mandatory",
            Strength::Optional => "optional",
            Strength::None => "none",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Wish {
    strength: Strength,
    ways: Ways,
}

/// What a peer says of quality of service, turned to be seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preconditions {
    /// What the peer has reserved on its side.
    theirs: Ways,
    /// What the peer knows of our side.
    ours_as_known: Ways,
    wanted_of_theirs: Wish,
    wanted_of_ours: Wish,
    /// Reservation by both ends together, which we do not do.
    end_to_end: Strength,
    /// The peer asks to be told when ours is there.
    asks_for_ours: bool,
}

impl Preconditions {
    /// Reads a description; `None` where it sets no precondition.
    pub fn of(description: &Description) -> Option<Preconditions> {
        let video = super::video(description)?;
        let mut found = None;
        for attribute in video.attributes.iter().take(LINES_AT_MOST) {
            let words = attribute.value.as_deref().unwrap_or_default();
            let mut words = words.split_ascii_whitespace();
            if !words
                .next()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("qos"))
            {
                continue;
            }
            let words: Vec<&str> = words.collect();
            let all = found.get_or_insert_with(Preconditions::default);
            all.read(&attribute.name.to_ascii_lowercase(), &words);
        }
        found
    }

    fn read(&mut self, name: &str, words: &[&str]) -> Option<()> {
        match (name, words) {
            ("curr", [part, ways]) => match Part::read(part)? {
                Part::Local => self.theirs = Ways::read(ways)?.turned(),
                Part::Remote => self.ours_as_known = Ways::read(ways)?.turned(),
                Part::EndToEnd => {}
            },
            ("des", [strength, part, ways]) => {
                let strength = Strength::read(strength)?;
                let ways = Ways::read(ways)?.turned();
                match Part::read(part)? {
                    Part::Local => self.wanted_of_theirs = Wish { strength, ways },
                    Part::Remote => self.wanted_of_ours = Wish { strength, ways },
                    Part::EndToEnd => self.end_to_end = strength,
                }
            }
            ("conf", [part, _]) => self.asks_for_ours |= Part::read(part)? == Part::Remote,
            _ => {}
        }
        Some(())
    }

    /// # Errors
    /// 580 when the peer insists on what we cannot do (§8).
    pub fn check(&self) -> Result<(), Status> {
        match self.end_to_end {
            Strength::Mandatory => Err(Status::PRECONDITION_FAILURE),
            Strength::Optional | Strength::None => Ok(()),
        }
    }

    /// Whether the user may be alerted: what must be there on the peer's side is (§6).
    pub fn are_met(&self) -> bool {
        match self.wanted_of_theirs.strength {
            Strength::Mandatory => self.theirs.includes(self.wanted_of_theirs.ways),
            Strength::Optional | Strength::None => true,
        }
    }

    /// Whether the peer waits to be told that our side is ready.
    pub fn wait_for_us(&self) -> bool {
        let unknown = !self.ours_as_known.includes(self.wanted_of_ours.ways);
        let wanted = self.wanted_of_ours.strength != Strength::None;
        self.asks_for_ours || (wanted && unknown)
    }

    /// Adds our state to our own description: ours is there, theirs is as they said (§5.1.3).
    pub fn write(&self, description: &mut Description) {
        let mut lines = vec![
            Attribute::new("curr", "qos local sendrecv"),
            Attribute::new("curr", format!("qos remote {}", self.theirs.name())),
            desired("local", self.wanted_of_ours),
            desired("remote", self.wanted_of_theirs),
        ];
        if !self.are_met() {
            lines.push(Attribute::new("conf", "qos remote sendrecv"));
        }
        let video =
            |media: &&mut sip::sdp::Media| media.kind == sip::sdp::Kind::Video && media.port != 0;
        if let Some(media) = description.media.iter_mut().find(video) {
            media.attributes.extend(lines);
        }
    }

    /// What an offer says to a peer that insists on preconditions: our side is there, of its side
    /// nothing is known.
    pub fn to_offer() -> Preconditions {
        let wish = Wish {
            strength: Strength::Mandatory,
            ways: BOTH,
        };
        Preconditions {
            wanted_of_ours: wish,
            wanted_of_theirs: Wish {
                strength: Strength::Optional,
                ways: BOTH,
            },
            ..Preconditions::default()
        }
    }
}

fn desired(part: &str, wish: Wish) -> Attribute {
    let (strength, ways) = (wish.strength.name(), wish.ways.name());
    Attribute::new("des", format!("qos {strength} {part} {ways}"))
}

/// Takes the states of preconditions out of a description, to be written anew.
pub fn without_preconditions(description: &mut Description) {
    for media in &mut description.media {
        media
            .attributes
            .retain(|attribute| !matches!(attribute.name.as_str(), "curr" | "des" | "conf"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\n\
t=0 0\r\nm=video 49152 RTP/AVP 34\r\n";

    fn read(lines: &str) -> Option<Preconditions> {
        Preconditions::of(&Description::parse(format!("{OFFER}{lines}").as_bytes()).unwrap())
    }

    fn written(said: &Preconditions) -> Vec<String> {
        let mut own = Description::parse(OFFER.as_bytes()).unwrap();
        said.write(&mut own);
        let lines = own.media[0].attributes.iter();
        lines
            .map(|line| format!("{}:{}", line.name, line.value.clone().unwrap_or_default()))
            .collect()
    }

    #[test]
    fn a_description_without_such_lines_sets_none() {
        assert_eq!(read(""), None);
        assert_eq!(read("a=curr:sec e2e none\r\n"), None);
    }

    #[test]
    fn a_peer_that_has_reserved_nothing_is_answered_with_our_state_and_asked_to_confirm() {
        let said = read(
            "a=curr:qos local none\r\na=curr:qos remote none\r\n\
a=des:qos mandatory local sendrecv\r\na=des:qos none remote sendrecv\r\n",
        )
        .unwrap();
        assert!(!said.are_met());
        assert_eq!(
            written(&said),
            [
                "curr:qos local sendrecv",
                "curr:qos remote none",
                "des:qos none local sendrecv",
                "des:qos mandatory remote sendrecv",
                "conf:qos remote sendrecv",
            ]
        );
    }

    #[test]
    fn once_the_peer_has_its_part_the_conditions_are_met() {
        let said = read(
            "a=curr:qos local sendrecv\r\na=curr:qos remote none\r\n\
a=des:qos mandatory local sendrecv\r\na=des:qos mandatory remote sendrecv\r\n",
        )
        .unwrap();
        assert!(said.are_met());
        assert!(said.wait_for_us());
        assert!(!written(&said).iter().any(|line| line.starts_with("conf")));
    }

    #[test]
    fn one_way_is_turned_round_for_the_other_side() {
        let said = read("a=curr:qos local send\r\na=des:qos mandatory local send\r\n").unwrap();
        assert!(said.are_met());
        assert!(written(&said).contains(&"curr:qos remote recv".to_owned()));
    }

    #[test]
    fn reservation_by_both_ends_together_is_refused_when_it_must_be() {
        let said = read("a=curr:qos e2e none\r\na=des:qos mandatory e2e sendrecv\r\n").unwrap();
        assert_eq!(said.check(), Err(Status::PRECONDITION_FAILURE));
        let said = read("a=curr:qos e2e none\r\na=des:qos optional e2e sendrecv\r\n").unwrap();
        assert_eq!(said.check(), Ok(()));
    }

    #[test]
    fn lines_that_cannot_be_read_are_as_if_they_were_not_there() {
        let said = read("a=curr:qos\r\na=des:qos must local sendrecv\r\na=conf:qos x y\r\n");
        assert_eq!(said, Some(Preconditions::default()));
    }
}
