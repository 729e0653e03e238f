//! What the switch goes by, and where it says that it is reached.

use std::sync::Arc;
use std::time::Duration;

use handset::Models;
use sip::message::{Date, HostPort, NameAddr, SipUri, Uri};
use sip::time::Instant;
use sip::transport::Transport;

use super::ShieldLimits;
use super::budget::{Capacity, Occupancy};
use super::call_context::Rules;
use super::numbers::Numbers;

/// What the switch goes by.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Where handsets reach us, for Contact.
    pub udp_contact: HostPort,
    pub tcp_contact: HostPort,
    /// `None` where there is no TLS.
    pub tls_contact: Option<HostPort>,
    /// The address of plain RTP, as SDP says it.
    pub media_address: std::net::IpAddr,
    /// The most that video of a plain leg may take in each direction, headers not counted.
    pub max_video_bits_per_second: u32,
    /// How long a call may ring.
    pub answer_within: Duration,
    /// How long a call may last from its answer on; `None` for any time.
    pub longest_call: Option<Duration>,
    /// How long a call waits for a leg whose connection is gone.
    pub call_grace: Duration,
    pub limits: ShieldLimits,
    /// The voice calls that shares go beside.
    pub beside: Rules,
    pub capacity: Capacity,
    /// How busy the cores are: written as it is measured.
    pub occupancy: Arc<Occupancy>,
    /// The handsets that are known.
    pub models: Arc<Models>,
    pub clock: Clock,
    pub numbers: Numbers,
}

/// What time it is to people, for Date.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    pub at: Instant,
    /// What that moment was, since the start of 1970.
    pub unix: Duration,
}

impl Policy {
    /// Where requests inside a dialog of ours find us.
    pub(crate) fn own_contact(&self, transport: Transport) -> NameAddr {
        let at = self.contact_on(transport);
        let mut uri = SipUri::new(at.host.clone()).with_user("sidecam");
        if let Some(port) = at.port {
            uri = uri.with_port(port);
        }
        match transport {
            Transport::Udp => {}
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                uri = uri.with_param("transport", transport.uri_param());
            }
        }
        NameAddr::new(Uri::Sip(uri))
    }

    /// For Date (RFC 3261 §20.17).
    pub(crate) fn date(&self, now: Instant) -> String {
        let unix = self.clock.unix + now.saturating_duration_since(self.clock.at);
        Date::from_unix(unix).to_string()
    }

    /// Our Contact's host and port on that transport. Over a WebSocket the connection is the address;
    /// what stands there only has to be a URI.
    pub fn contact_on(&self, transport: Transport) -> &HostPort {
        match transport {
            Transport::Udp => &self.udp_contact,
            Transport::Tls => self.tls_contact.as_ref().unwrap_or(&self.tcp_contact),
            Transport::Tcp | Transport::Ws | Transport::Wss => &self.tcp_contact,
        }
    }
}
