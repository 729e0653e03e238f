//! What stands between the browsers and the plain peer, and how a call is made through it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};

use super::janus::Plugin;
use super::line::Line;
use super::ng::Ng;
use super::plain::{self, Plain};
use super::sdp::PlainCodec;
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

/// The user that answers.
const PLAIN: &str = "plain";

impl System {
    /// Puts a plain phone behind the system.
    pub async fn open(options: &Options, sink: &Arc<Sink>) -> Result<System> {
        let phone = Plain::open(options.address, options.plain, Arc::clone(sink)).await?;
        let plain = phone.address();
        let system = System {
            kind: options.system,
            at: options.at.clone(),
            domain: options.domain.clone(),
            password: options.password.clone(),
            address: options.address,
            plain,
            sink: Arc::clone(sink),
        };
        if options.system == Kind::Sidecam {
            let registrar = options.sip.context("--sip")?;
            phone
                .register(system.account(PLAIN.to_owned()), registrar)
                .await?;
        }
        tokio::spawn(phone.answer_everything());
        Ok(system)
    }

    /// A browser that is known and has no call.
    pub async fn leg(&self, number: usize) -> Result<Leg> {
        let name = format!("u{number}");
        Ok(match self.kind {
            Kind::Sidecam => {
                let talk = Sip::new(self.account(name), number, PLAIN);
                Leg::Line(Line::open(&self.at, talk).await?)
            }
            Kind::Janus => {
                let own = format!("sip:{name}@{}", self.address);
                let talk = Plugin::new(own, format!("sip:{PLAIN}@{}", self.plain));
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
                let answer = plain::describe(sink, PlainCodec::H264, &offer, plain::Repeats::No)?;
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
