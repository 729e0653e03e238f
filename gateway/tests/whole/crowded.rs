//! Nobody is let in for whom there is no room (RFC 3261 §21.5.4), and those who are in stay.

use crate::support::calls::{acknowledged, expect, invite};
use crate::support::{PASSWORD, Peer, Running, header, proved};

#[tokio::test]
async fn calls_beyond_the_cpu_budget_are_refused_before_they_begin() {
    // One hundredth of all cores, where a bridged call is expected to cost over four of one: as many
    // calls as there are cores never fit.
    let limits = "[limits]\ncpu_percent = 1\ncalls_per_user = 0\nstrangers_per_second = 0\n";
    let mut gateway = Running::start_with(limits).await;
    let (mut nina, mut otto) = (gateway.udp().await, gateway.websocket().await);
    nina.register("nina", PASSWORD, "").await;
    otto.register("otto", PASSWORD, "").await;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for serial in 1..=u32::try_from(cores).unwrap() {
        let first = invite(&nina, "+15550002", serial);
        nina.send(&first).await;
        let challenge = expect(&mut nina, "SIP/2.0 407 ").await;
        nina.send(&acknowledged(&first, &challenge)).await;
        nina.send(&proved(&first, &challenge, "nina")).await;
    }
    let refused = expect(&mut nina, "SIP/2.0 503 ").await;
    assert_eq!(header(&refused, "Retry-After"), Some("10"));
    assert!(gateway.counter("calls_beyond_cpu").await > 0);
    gateway.stop().await;
}

#[tokio::test]
async fn a_call_beyond_the_number_of_calls_is_refused() {
    let mut gateway = Running::start_with("[limits]\ncalls = 0\n").await;
    let mut nina = gateway.udp().await;
    nina.register("nina", PASSWORD, "").await;
    nina.send(&invite(&nina, "+15550002", 1)).await;
    let refused = expect(&mut nina, "SIP/2.0 503 ").await;
    assert_eq!(header(&refused, "Retry-After"), Some("10"));
    assert_eq!(gateway.counter("calls_beyond_number").await, 1);
    gateway.stop().await;
}
