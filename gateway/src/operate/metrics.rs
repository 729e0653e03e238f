//! Counters: what came, what was refused, what was dropped. Shown to this machine alone.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use sip::transport::Transport;

use super::media::{MediaCounters, MediaCounts};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counts since the start. Written from the loop and from every edge.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[$doc])* pub $name: Counter,)*
            /// Calls under way at this moment.
            pub calls: Gauge,
            pub media: MediaCounters,
            /// Calls whose media is open at this moment; one for each device that rings.
            pub media_calls: Gauge,
            /// Streams that are transcoded at this moment.
            pub transcoded_streams: Gauge,
            /// Pictures that wait for a codec thread at this moment.
            pub pictures_waiting: Gauge,
            /// What this process has used lately, in thousandths of one core.
            pub cpu_permille: Gauge,
        }

        /// The counts at one moment.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        pub struct Snapshot {
            $($(#[$doc])* pub $name: u64,)*
            /// Gauges, as they are at this moment.
            pub calls: u64,
            #[serde(flatten)]
            pub media: MediaCounts,
            pub media_calls: u64,
            pub transcoded_streams: u64,
            pub pictures_waiting: u64,
            pub cpu_permille: u64,
        }

        impl Counters {
            pub fn snapshot(&self) -> Snapshot {
                Snapshot {
                    $($name: self.$name.get(),)*
                    calls: self.calls.get(),
                    media_calls: self.media_calls.get(),
                    transcoded_streams: self.transcoded_streams.get(),
                    pictures_waiting: self.pictures_waiting.get(),
                    cpu_permille: self.cpu_permille.get(),
                    media: self.media.snapshot(),
                }
            }
        }
    };
}

counters! {
    /// Messages handed to the loop, from all transports.
    messages_received,
    /// Of these, by transport; keepalives are not messages.
    received_by_udp,
    received_by_tcp,
    received_by_tls,
    received_by_ws,
    received_by_wss,
    /// Messages that left.
    messages_sent,
    /// Connections that stood, accepted and made, by transport.
    connections_by_tcp,
    connections_by_tls,
    connections_by_ws,
    connections_by_wss,
    /// Connections of ours that did not come about, or whose server was not who it should be.
    connections_not_made,
    /// TLS handshakes of others that failed or took too long.
    handshakes_failed,
    /// Keepalives by STUN on the SIP port, answered.
    stun_answered,
    /// Messages that could not be understood; those with enough in them were answered 400.
    malformed,
    /// Keepalives of CR and LF, answered or swallowed.
    keepalives,
    /// Directions of calls whose pictures were passed on until the viewer could not take them.
    streams_reencoded,
    /// Datagrams dropped because the loop was behind or the socket was full.
    datagrams_dropped,
    /// Connections refused because their address had as many as it may have.
    connections_refused,
    /// WebSockets refused for their Origin.
    origins_refused,
    /// WebSockets refused because they did not speak `sip`.
    subprotocols_refused,
    /// Connections closed because they sent what no message is: too long, or not to be framed.
    connections_broken,
    /// Connections closed because they did not read.
    slow_readers_closed,
    /// Messages dropped because their source sent more in a second than it may.
    messages_too_fast,
    /// Messages of sources that are not listened to, because they tried one door after the other.
    messages_silenced,
    /// Sources that were silenced.
    sources_silenced,
    /// REGISTERs without credentials answered 503, because their address had sent too many.
    registrations_too_fast,
    /// Calls answered 403, because their caller had as many as one user may.
    calls_too_many,
    /// Calls answered 503, because there were as many as may be.
    calls_beyond_number,
    /// Calls answered 503, because the cores had no room for them.
    calls_beyond_cpu,
    /// Events of voice calls that the network told, and those that were not taken.
    call_events,
    call_events_refused,
    /// Shares that were refused or ended for the voice call beside them.
    shares_without_call,
    /// Datagrams on media ports that are too large for what is spoken there.
    media_oversized,
    /// Datagrams on browsers' media ports that are no call's.
    media_unknown,
    /// Datagrams of media that a socket had no room for.
    media_unsent,
    /// REGISTERs that were answered 200.
    registrations_accepted,
    /// Credentials that were wrong.
    credentials_refused,
    /// Tokens that were given to an operator's server, those it was refused, and those that were taken back.
    tokens_issued,
    tokens_not_issued,
    tokens_revoked,
    /// Requests that showed a token which is not good, or not any more.
    tokens_refused,
    /// REGISTERs answered 403 unheard, because their address had guessed too often.
    registrations_locked_out,
    /// Requests for something nobody does here: 405 and 501.
    requests_not_supported,
    /// Peers whose model was recognised, each time that it became known.
    peers_recognised,
    /// Messages of peers whose name no model has.
    peers_not_recognised,
    /// Numbers that were looked up in the DNS (ENUM): begun, and how they ended. What is remembered of an
    /// earlier look-up counts too.
    enum_asked,
    enum_found,
    enum_none,
    enum_failed,
    /// Questions that the store was too busy for.
    store_refused,
}

impl Counters {
    /// A message came by this transport.
    pub fn count_received(&self, transport: Transport) {
        self.messages_received.count();
        match transport {
            Transport::Udp => self.received_by_udp.count(),
            Transport::Tcp => self.received_by_tcp.count(),
            Transport::Tls => self.received_by_tls.count(),
            Transport::Ws => self.received_by_ws.count(),
            Transport::Wss => self.received_by_wss.count(),
        }
    }

    /// A connection of this transport stands.
    pub fn count_connection(&self, transport: Transport) {
        match transport {
            Transport::Udp => {}
            Transport::Tcp => self.connections_by_tcp.count(),
            Transport::Tls => self.connections_by_tls.count(),
            Transport::Ws => self.connections_by_ws.count(),
            Transport::Wss => self.connections_by_wss.count(),
        }
    }
}

/// A number that only rises.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn count_more(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// Takes what another counter shows, which is the same count kept elsewhere.
    pub fn follow(&self, other: &Counter) {
        self.0.store(other.get(), Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that rises and falls.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    pub fn set(&self, value: usize) {
        let value = u64::try_from(value).unwrap_or(u64::MAX);
        self.0.store(value, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
