//! What all classes together want of the upload: keyframes, merged to one a second, and a rate.

use std::time::Instant;

use media::keyframe::{self, Broker, Sink};

use super::{Audience, AudienceOutput, Class};
use crate::bridge::relay::{Reencoding, Relay};

/// What who shows is asked for.
pub(super) struct Source {
    broker: Broker,
    /// What the call's own relay wants of the upload, and whether it passes that on.
    pub(super) callee: Option<(u32, bool)>,
    said: Option<u32>,
    is_news: bool,
}

impl Default for Source {
    fn default() -> Source {
        Source {
            broker: Broker::new(keyframe::Config {
                path: keyframe::Path::PassThrough,
                sender: vec![Sink::PliToSender],
                periodic: None,
            }),
            callee: None,
            said: None,
            is_news: false,
        }
    }
}

impl Source {
    pub(super) fn ask(&mut self, now: Instant) {
        let asked = keyframe::Input::Request(keyframe::Source::ViewerJoined);
        self.broker.handle(asked, now);
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.broker.handle_timeout(now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.broker.poll_timeout()
    }

    pub(super) fn poll_output(&mut self) -> Option<AudienceOutput> {
        if self.broker.poll_output().is_some() {
            return Some(AudienceOutput::AskSender);
        }
        let bits_per_second = self.said.filter(|_| std::mem::take(&mut self.is_news))?;
        Some(AudienceOutput::LimitSender { bits_per_second })
    }

    fn want(&mut self, bits_per_second: u32) {
        self.is_news |= self.said.replace(bits_per_second) != Some(bits_per_second);
    }
}

impl Audience {
    /// The upload is as much as those bear to whom it is passed on; if there is none, as much as our
    /// encoders make use of. Who bears less than half of what others do gets an encoder instead.
    pub(in crate::bridge) fn weigh(&mut self, now: Instant) {
        if self.is_empty() {
            return;
        }
        let needs = self.classes.values().map(|of| of.relay.bits_per_second());
        let callee = self.source.callee;
        let passed = callee
            .filter(|(_, passes)| *passes)
            .map(|(wanted, _)| wanted);
        let most = needs.chain(passed).max().unwrap_or_default();
        let mut encoded = Vec::new();
        for (id, class) in &mut self.classes {
            if !class.relay.is_transcoding() && class.relay.bits_per_second() < most / 2 {
                class.encode(now);
                encoded.push(*id);
            }
        }
        let mut passed: Vec<u32> = passed.into_iter().collect();
        let mut used: Vec<u32> = callee.map(|(wanted, _)| wanted).into_iter().collect();
        for class in self.classes.values() {
            let list = match class.relay.is_transcoding() {
                true => &mut used,
                false => &mut passed,
            };
            list.extend(class.wanted);
        }
        let wanted = passed.iter().min().or_else(|| used.iter().max());
        if let Some(wanted) = wanted {
            self.source.want(*wanted);
        }
        let begin: Vec<_> = self
            .members
            .iter()
            .filter(|(_, member)| encoded.contains(&member.class))
            .map(|(viewer, _)| *viewer)
            .collect();
        for viewer in begin {
            self.begin(viewer, now);
        }
    }
}

impl Class {
    /// Its pictures are encoded from here on.
    fn encode(&mut self, now: Instant) {
        let (source, target) = (self.source.clone(), self.target.clone());
        self.relay = Relay::encoding(source, target, Reencoding::TooMuch);
        self.relay.begin(now);
        self.wanted = None;
    }
}
