//! Choices that are well written and still must not stand.

use std::time::Duration;

use sip::agent::SessionTimers;

use super::reader::Reader;
use super::{Config, Home, LatchingPolicy, Sip};

/// Records every choice that is refused, each with the next step.
pub(super) fn refuse_what_is_unsafe(config: &Config, reader: &mut Reader) {
    http(config, reader);
    sip(&config.sip, reader);
    tls(config, reader);
    connections("sip", config.sip.connections, reader);
    home(&config.home, reader);
    super::number::refuse_nonsense(&config.home.dialling, reader);
    super::number::refuse_enum(&config.enumeration, reader);
    super::core::refuse_what_is_unsafe(&config.core, reader);
    media(config, reader);
    super::call_context::refuse_what_is_unsafe(&config.calls.beside, reader);
    super::embedding::refuse_what_is_unsafe(&config.embedding, reader);
    if config.calls.drain > Duration::from_secs(60) {
        let what = "service managers kill long before";
        reader.refuse("calls", "drain", what, "choose at most 60s");
    }
    if config.calls.grace > Duration::from_secs(600) {
        let what = "a handset would show a still picture for that long";
        reader.refuse("calls", "grace", what, "choose at most 10m");
    }
    let expires = config.calls.session_expires;
    if !expires.is_zero() && expires < SessionTimers::default().min {
        let what = "is below what RFC 4028 allows";
        reader.refuse(
            "calls",
            "session_expires",
            what,
            "choose at least 90s, or 0s for off",
        );
    }
    if config.home.flow_grace < config.calls.grace {
        let what =
            "is below calls.grace: a device that comes back would find its call and not be known";
        reader.refuse("home", "flow_grace", what, "choose at least calls.grace");
    }
    if !config.store.url.starts_with("sqlite:") {
        reader.refuse(
            "store",
            "url",
            "only SQLite is built in",
            "write sqlite:PATH",
        );
    }
}

fn http(config: &Config, reader: &mut Reader) {
    if !config.http.listen.ip().is_loopback() && !config.http.behind_tls_proxy {
        reader.refuse(
            "http",
            "listen",
            "passwords and pictures would cross the network without TLS, and browsers give no camera \
             to such a page",
            "listen on a loopback address and beyond it by http.tls, or put a proxy that speaks TLS in \
             front and set http.behind_tls_proxy = true",
        );
    }
    connections("http", config.http.connections, reader);
}

/// Each takes a file descriptor, and Linux gives a process about a million at most.
fn connections(section: &'static str, connections: usize, reader: &mut Reader) {
    if !(1..=1_000_000).contains(&connections) {
        let what = "must be from 1 to 1000000";
        reader.refuse(section, "connections", what, "choose from 1 to 1000000");
    }
}

fn tls(config: &Config, reader: &mut Reader) {
    let listens = [
        ("http", config.http.tls.is_some()),
        ("sip", config.sip.tls.is_some()),
    ];
    let has_both = config.tls.certificate.is_some() && config.tls.key.is_some();
    for (section, _) in listens.iter().filter(|(_, listens)| *listens && !has_both) {
        reader.refuse(
            section,
            "tls",
            "there is no certificate to listen with",
            "name the PEM files as tls.certificate and tls.key, or leave it out",
        );
    }
    if config.tls.certificate.is_some() != config.tls.key.is_some() {
        let (there, absent) = match config.tls.key {
            None => ("certificate", "write tls.key beside it"),
            Some(_) => ("key", "write tls.certificate beside it"),
        };
        reader.refuse("tls", there, "is of no use alone", absent);
    }
    if let Some(address) = config.sip.tls
        && config.sip.address.is_none()
        && config.tls.name.is_none()
        && address.ip().is_unspecified()
    {
        let what = "handsets cannot answer to this address";
        reader.refuse("sip", "tls", what, "write sip.address or tls.name");
    }
}

fn sip(sip: &Sip, reader: &mut Reader) {
    let advertised = sip.address.unwrap_or(sip.udp.ip());
    if advertised.is_unspecified() || advertised.is_multicast() {
        reader.refuse(
            "sip",
            "address",
            "handsets cannot answer to this address",
            "write the address that handsets reach this machine by as sip.address",
        );
    }
    // A socket on [::] takes both families; peers are told one of them.
    let takes_both = sip.udp.is_ipv6() && sip.udp.ip().is_unspecified();
    if sip.udp.is_ipv4() != advertised.is_ipv4() && !takes_both {
        let what = "is not of the same family as sip.udp";
        reader.refuse("sip", "address", what, "use IPv4 for both or IPv6 for both");
    }
}

fn home(home: &Home, reader: &mut Reader) {
    let mut refuse = |key, what, next_step| reader.refuse("home", key, what, next_step);
    if home.min_expires < Duration::from_secs(10) || home.min_expires > home.max_expires {
        let what = "is below 10s or above home.max_expires";
        refuse(
            "min_expires",
            what,
            "choose 10s <= min_expires <= max_expires",
        );
    }
    if home.max_expires > Duration::from_secs(7 * 24 * 3600) {
        let what = "a device that is gone would be called for weeks";
        refuse("max_expires", what, "choose at most 168h");
    }
    if !(home.min_expires..=home.max_expires).contains(&home.default_expires) {
        let what = "lies outside of min_expires and max_expires";
        refuse("default_expires", what, "choose a time between the two");
    }
    if !(1..=64).contains(&home.bindings_per_user) {
        let what = "must be from 1 to 64: every device may ring";
        refuse("bindings_per_user", what, "choose from 1 to 64");
    }
    let failures = [
        ("failures_per_user", home.failures_per_user),
        ("failures_per_address", home.failures_per_address),
    ];
    for (key, allowed) in failures {
        if !(3..=1000).contains(&allowed) {
            let what = "below 3 locks out typing errors, above 1000 helps guessing";
            refuse(key, what, "choose from 3 to 1000");
        }
    }
}

fn media(config: &Config, reader: &mut Reader) {
    let media = &config.media;
    let mut refuse = |key, what, next_step| reader.refuse("media", key, what, next_step);
    if media.address.is_unspecified() || media.address.is_multicast() {
        let what = "nobody can send pictures there";
        refuse(
            "address",
            what,
            "write the address that peers reach this machine by",
        );
    }
    if media.workers > 256 {
        let what = "there are no machines with so many cores to spare";
        refuse("workers", what, "choose 0 for one a core");
    }
    if !(20_000..=20_000_000).contains(&media.max_bits_per_second) {
        let what = "no picture of a share is recognisable below 20000, and none needs 20000000";
        refuse(
            "max_bits_per_second",
            what,
            "choose 64000 for the networks of 2004, 768000 for later ones",
        );
    }
    if media.rtp_ports.count() < 4 {
        let what = "holds not even one call's ports";
        refuse("rtp_ports", what, "give at least four ports");
    }
    if media.latching == LatchingPolicy::Signalled && !media.latch_networks.is_empty() {
        let what = "has no effect while latching is \"signalled\"";
        refuse(
            "latch_networks",
            what,
            "set latching to \"first-source\", or leave it out",
        );
    }
}
