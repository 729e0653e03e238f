//! What stands between the browsers and the plain peer, and how a call is made through it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};

use super::janus::Plugin;
use super::line::Line;
use super::ng::Ng;
use super::plain::{self, Plain};
use super::sdp::{Ability, PlainCodec};
use super::sidecam::Sip;
use super::sink::Sink;
use super::{Kind, Options};
use crate::registering::Account;

pub struct System {
    kind: Kind,
    at: String,
    domain: String,
    password: String,
    address: IpAddr,
    /// The plain phone's SIP address.
    plain: SocketAddr,
    sink: Arc<Sink>,
}

/// One browser's way into the system.
pub enum Leg {
    Line(Line),
    Ng { control: Ng, sink: Arc<Sink> },
}

/// The users that answer: one with what the options say, one that knows nothing but H.263.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callee {
    Plain,
    Old,
}

impl Callee {
    fn name(self) -> &'static str {
        match self {
            Callee::Plain => "plain",
            Callee::Old => "old",
        }
    }
}

impl System {
    /// Puts plain phones behind the system.
    pub async fn open(options: &Options, sink: &Arc<Sink>) -> Result<System> {
        let ability = Ability {
            codec: options.plain,
            kilobits: options.plain_kilobits,
        };
        let phone = Plain::open(options.address, ability, Arc::clone(sink)).await?;
        let system = System {
            kind: options.system,
            at: options.at.clone(),
            domain: options.domain.clone(),
            password: options.password.clone(),
            address: options.address,
            plain: phone.address(),
            sink: Arc::clone(sink),
        };
        if options.system == Kind::Sidecam {
            let registrar = options.sip.context("--sip")?;
            system.register(&phone, Callee::Plain, registrar).await?;
            let ability = Ability::broad(PlainCodec::H263);
            let old = Plain::open(options.address, ability, Arc::clone(sink)).await?;
            system.register(&old, Callee::Old, registrar).await?;
            tokio::spawn(old.answer_everything());
        }
        tokio::spawn(phone.answer_everything());
        Ok(system)
    }

    async fn register(&self, phone: &Plain, callee: Callee, registrar: SocketAddr) -> Result<()> {
        phone
            .register(self.account(callee.name().to_owned()), registrar)
            .await
    }

    /// A browser that is known and has no call.
    pub async fn leg(&self, number: usize, callee: Callee) -> Result<Leg> {
        let name = format!("u{number}");
        Ok(match self.kind {
            Kind::Sidecam => {
                let talk = Sip::new(self.account(name), number, callee.name());
                Leg::Line(Line::open(&self.at, talk).await?)
            }
            Kind::Janus => {
                let own = format!("sip:{name}@{}", self.address);
                let talk = Plugin::new(own, format!("sip:plain@{}", self.plain));
                Leg::Line(Line::open(&self.at, talk).await?)
            }
            Kind::Rtpengine => Leg::Ng {
                control: Ng::open(self.address, self.at.parse()?, number).await?,
                sink: Arc::clone(&self.sink),
            },
        })
    }

    fn account(&self, name: String) -> Account {
        Account {
            name,
            password: self.password.clone(),
            domain: self.domain.clone(),
        }
    }
}

impl Leg {
    /// From a browser's offer to the answer for it.
    pub async fn call(&mut self, offer: String) -> Result<String> {
        match self {
            Leg::Line(line) => line.call(offer).await,
            // rtpengine has no signalling: what a proxy would do between two peers is done here.
            Leg::Ng { control, sink } => {
                let offer = control.offer(&offer).await?;
                let ability = Ability::broad(PlainCodec::H264);
                let answer = plain::describe(sink, ability, &offer, plain::Repeats::No)?;
                control.answer(&answer).await
            }
        }
    }

    pub async fn hang_up(&mut self) -> Result<()> {
        match self {
            Leg::Line(line) => line.hang_up().await,
            Leg::Ng { control, .. } => control.delete().await,
        }
    }
}
