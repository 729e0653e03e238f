//! What the browser keeps of people and of shares, as JSON.

use super::json::Json;
use super::state::{Address, Cause, Direction, Number, Outcome, Past, Peer};

/// What can be kept, and read again. `read` has `None` for what is not understood.
pub(super) trait Kept: Sized {
    fn write(&self) -> Json;
    fn read(json: &Json) -> Option<Self>;
}

/// A member that may be missing, but must be understood if it is there.
pub(super) fn maybe<T: Kept>(json: &Json, name: &str) -> Option<Option<T>> {
    match json.get(name) {
        Some(value) => T::read(value).map(Some),
        None => Some(None),
    }
}

impl Kept for Number {
    fn write(&self) -> Json {
        self.as_str().into()
    }

    fn read(json: &Json) -> Option<Self> {
        Self::parse(json.text()?)
    }
}

impl Kept for Address {
    fn write(&self) -> Json {
        self.as_str().into()
    }

    fn read(json: &Json) -> Option<Self> {
        Self::parse(json.text()?)
    }
}

impl Kept for Peer {
    fn write(&self) -> Json {
        Json::object([
            ("name", self.name.as_deref().into()),
            ("number", self.number.as_ref().map(Kept::write).into()),
            ("address", self.address.as_ref().map(Kept::write).into()),
        ])
    }

    fn read(json: &Json) -> Option<Self> {
        let Json::Object(_) = json else {
            return None;
        };
        Some(Self {
            name: json.get("name").and_then(Json::text).map(str::to_owned),
            number: maybe(json, "number")?,
            address: maybe(json, "address")?,
        })
    }
}

impl Kept for Direction {
    fn write(&self) -> Json {
        Json::from(match self {
            Self::Out => "out",
            Self::In => "in",
        })
    }

    fn read(json: &Json) -> Option<Self> {
        match json.text()? {
            "out" => Some(Self::Out),
            "in" => Some(Self::In),
            _ => None,
        }
    }
}

/// Not the words of the page, of which one stands for two.
const CAUSES: [(&str, Cause); 15] = [
    ("ended-by-me", Cause::EndedByMe),
    ("ended-by-them", Cause::EndedByThem),
    ("declined", Cause::Declined),
    ("busy", Cause::Busy),
    ("no-answer", Cause::NoAnswer),
    ("not-found", Cause::NotFound),
    ("unavailable", Cause::Unavailable),
    ("cannot-watch", Cause::CannotWatch),
    ("lost", Cause::Lost),
    ("cancelled", Cause::Cancelled),
    ("answered-elsewhere", Cause::AnsweredElsewhere),
    ("call-ended", Cause::CallEnded),
    ("call-held", Cause::CallHeld),
    ("conference", Cause::Conference),
    ("failed", Cause::Failed),
];

impl Kept for Cause {
    fn write(&self) -> Json {
        let found = CAUSES.iter().find(|(_, cause)| cause == self);
        Json::from(found.map_or("failed", |(name, _)| name))
    }

    fn read(json: &Json) -> Option<Self> {
        let named = json.text()?;
        let found = CAUSES.iter().find(|(name, _)| *name == named);
        found.map(|(_, cause)| *cause)
    }
}

impl Kept for Outcome {
    fn write(&self) -> Json {
        match self {
            Self::Shown { seconds } => {
                let length = Json::object([("seconds", (*seconds).into())]);
                Json::object([("shown", length)])
            }
            Self::NotShown(cause) => Json::object([("not-shown", cause.write())]),
            Self::NotNow => "not-now".into(),
        }
    }

    fn read(json: &Json) -> Option<Self> {
        if json.text() == Some("not-now") {
            return Some(Self::NotNow);
        }
        if let Some(cause) = json.get("not-shown") {
            return Cause::read(cause).map(Self::NotShown);
        }
        let seconds = json.get("shown")?.get("seconds")?.integer()?;
        Some(Self::Shown { seconds })
    }
}

impl Kept for Past {
    fn write(&self) -> Json {
        Json::object([
            ("peer", self.peer.write()),
            ("direction", self.direction.write()),
            ("outcome", self.outcome.write()),
            ("at", self.at.into()),
            ("ended", self.ended.as_ref().map(Kept::write).into()),
        ])
    }

    fn read(json: &Json) -> Option<Self> {
        Some(Self {
            peer: Peer::read(json.get("peer")?)?,
            direction: Direction::read(json.get("direction")?)?,
            outcome: Outcome::read(json.get("outcome")?)?,
            at: json.get("at").and_then(Json::integer),
            ended: maybe(json, "ended")?,
            call: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_kept_and_comes_back() {
        for (name, cause) in CAUSES {
            assert_eq!(cause.write().text(), Some(name));
            assert_eq!(Cause::read(&cause.write()), Some(cause));
        }
        // A cause that is added and not written down here would come back as another.
        assert_eq!(CAUSES.len(), Cause::Failed as usize + 1);
    }

    #[test]
    fn a_line_of_the_history_comes_back_as_it_was_kept() {
        let lines = [
            r#"{"peer":{"name":"Anna \"A\"","number":"+99000001","address":null},"direction":"out","outcome":{"shown":{"seconds":42}},"at":1700000000,"ended":"call-held"}"#,
            r#"{"peer":{"name":null,"number":null,"address":"sip:ben@example.com"},"direction":"in","outcome":{"not-shown":"unavailable"},"at":null,"ended":null}"#,
            r#"{"peer":{"name":null,"number":null,"address":null},"direction":"in","outcome":"not-now","at":7,"ended":null}"#,
        ];
        for line in lines {
            let past = Past::read(&Json::parse(line).unwrap()).unwrap();
            assert_eq!(past.write().to_string(), line);
        }
    }

    #[test]
    fn what_is_no_line_of_the_history_is_left_out() {
        let lines = [
            "{}",
            "[]",
            r#"{"peer":{"number":"none"},"direction":"in","outcome":"not-now"}"#,
            r#"{"peer":{},"direction":"up","outcome":"not-now"}"#,
            r#"{"peer":{},"direction":"in","outcome":{"not-shown":"rain"}}"#,
            r#"{"peer":[],"direction":"in","outcome":"not-now"}"#,
        ];
        for line in lines {
            assert_eq!(Past::read(&Json::parse(line).unwrap()), None, "{line}");
        }
    }
}
