//! Janus's language: its JSON by WebSocket, and in it the SIP plugin's.

use serde_json::{Value, json};

use super::line::{Happened, Talk};

pub struct Plugin {
    /// The SIP address that it calls.
    callee: String,
    name: String,
    session: Option<u64>,
    handle: Option<u64>,
    sent: u32,
}

impl Plugin {
    pub fn new(name: String, callee: String) -> Plugin {
        Plugin {
            callee,
            name,
            session: None,
            handle: None,
            sent: 0,
        }
    }

    fn say(&mut self, mut what: Value) -> String {
        self.sent += 1;
        what["transaction"] = json!(self.sent.to_string());
        if let Some(session) = self.session {
            what["session_id"] = json!(session);
        }
        if let Some(handle) = self.handle {
            what["handle_id"] = json!(handle);
        }
        what.to_string()
    }

    fn message(&mut self, body: Value, offer: Option<&str>) -> String {
        let mut what = json!({ "janus": "message", "body": body });
        if let Some(offer) = offer {
            what["jsep"] = json!({ "type": "offer", "sdp": offer });
        }
        self.say(what)
    }

    /// Step by step: a session, a handle, a name.
    fn hear_success(&mut self, said: &Value) -> Vec<String> {
        let id = said["data"]["id"].as_u64();
        if self.session.is_none() {
            self.session = id;
            return vec![self.say(json!({ "janus": "attach", "plugin": "janus.plugin.sip" }))];
        }
        if self.handle.is_none() && id.is_some() {
            self.handle = id;
            let body = json!({
                "request": "register",
                "type": "guest",
                "username": self.name,
                "force_udp": true,
            });
            return vec![self.message(body, None)];
        }
        Vec::new()
    }

    fn hear_event(said: &Value) -> Option<Happened> {
        let data = &said["plugindata"]["data"];
        if data["error"].is_string() {
            return Some(Happened::Refused(data.to_string()));
        }
        match data["result"]["event"].as_str()? {
            "registered" => Some(Happened::Ready),
            "accepted" => {
                let answer = said["jsep"]["sdp"].as_str()?;
                Some(Happened::Answered(answer.to_owned()))
            }
            "hangup" => match data["result"]["code"].as_u64() {
                Some(300..) => Some(Happened::Refused(data.to_string())),
                Some(_) | None => Some(Happened::Ended),
            },
            "registration_failed" => Some(Happened::Refused(data.to_string())),
            _ => None,
        }
    }
}

impl Talk for Plugin {
    const PROTOCOL: &'static str = "janus-protocol";

    fn begin(&mut self) -> String {
        self.say(json!({ "janus": "create" }))
    }

    fn call(&mut self, offer: &str) -> String {
        let body = json!({ "request": "call", "uri": self.callee });
        self.message(body, Some(offer))
    }

    fn hang_up(&mut self) -> String {
        self.message(json!({ "request": "hangup" }), None)
    }

    fn hear(&mut self, text: &str) -> (Vec<String>, Option<Happened>) {
        let Ok(said) = serde_json::from_str::<Value>(text) else {
            return (Vec::new(), None);
        };
        match said["janus"].as_str() {
            Some("success") => (self.hear_success(&said), None),
            Some("event") => (Vec::new(), Plugin::hear_event(&said)),
            Some("error") => (
                Vec::new(),
                Some(Happened::Refused(said["error"].to_string())),
            ),
            _ => (Vec::new(), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_made_within_a_session_and_a_handle() {
        let mut janus = Plugin::new("sip:u0@127.0.0.1".into(), "sip:plain@127.0.0.1:5070".into());
        assert!(janus.begin().contains("create"));
        let (attach, _) = janus.hear(r#"{"janus":"success","data":{"id":4}}"#);
        assert!(attach[0].contains("janus.plugin.sip") && attach[0].contains("4"));
        let (register, _) = janus.hear(r#"{"janus":"success","data":{"id":5}}"#);
        assert!(register[0].contains("\"handle_id\":5"), "{register:?}");
        let event = |result: &str, jsep: &str| {
            format!(r#"{{"janus":"event","plugindata":{{"data":{{"result":{result}}}}}{jsep}}}"#)
        };
        let (_, ready) = janus.hear(&event(r#"{"event":"registered"}"#, ""));
        assert_eq!(ready, Some(Happened::Ready));
        let jsep = r#","jsep":{"type":"answer","sdp":"v=0"}"#;
        let (_, answered) = janus.hear(&event(r#"{"event":"accepted"}"#, jsep));
        assert_eq!(answered, Some(Happened::Answered("v=0".into())));
        let (_, refused) = janus.hear(&event(r#"{"event":"hangup","code":488}"#, ""));
        assert!(matches!(refused, Some(Happened::Refused(_))));
    }
}
