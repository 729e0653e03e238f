//! The INVITE server transaction: RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Reliability, Timers};
use crate::time::Instant;

/// Where the transaction stands (RFC 3261 figure 7, RFC 6026 §8.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No final response yet.
    Proceeding,
    /// A 300-699 was sent; waits for its ACK.
    Completed,
    /// The ACK came; stays to absorb its retransmissions.
    Confirmed,
    /// A 2xx was sent; stays to absorb retransmitted INVITEs. The user retransmits the 2xx.
    Accepted,
    Terminated,
}

/// What can move the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The INVITE came again.
    Invite,
    /// An ACK that matches this transaction.
    Ack,
    /// The user sends a 101-199.
    Provisional,
    /// The user sends a 200-299, for the first time or again.
    Success,
    /// The user sends a 300-699.
    Failure,
    /// The flow is gone: nothing can be sent where the INVITE came from.
    TransportFailed,
    /// Retransmit the 300-699 (unreliable transports only).
    TimerG,
    /// No ACK to the 300-699.
    TimerH,
    /// ACK retransmissions can no longer come.
    TimerI,
    /// INVITE retransmissions can no longer come.
    TimerL,
}

/// What the owner of the machine is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send 100 (Trying).
    TransmitTrying,
    /// Send the response that the user gave last.
    TransmitResponse,
    /// Hand the ACK that was just given to the transaction user (it is one to a 2xx).
    DeliverAck,
    /// Tell the user that its 300-699 was never acknowledged.
    TimedOut,
    /// Tell the user that the transport failed before its final response.
    TransportFailed,
}

/// One INVITE server transaction, without its messages.
#[derive(Debug)]
pub struct ServerInvite {
    state: State,
    reliability: Reliability,
    timers: Timers,
    /// What a retransmitted INVITE is answered with while Proceeding.
    latest: Output,
    retransmit_at: Option<Instant>,
    retransmit_after: Duration,
    /// Timer H, I or L, as the state says: at most one of them runs.
    expire_at: Option<Instant>,
    outputs: VecDeque<Output>,
}

impl ServerInvite {
    /// Starts in Proceeding and sends 100 at once: §17.2.1 allows waiting 200 ms for the user,
    /// but a caller that knows it was heard stops retransmitting.
    pub fn new(timers: Timers, reliability: Reliability) -> Self {
        ServerInvite {
            state: State::Proceeding,
            reliability,
            timers,
            latest: Output::TransmitTrying,
            retransmit_at: None,
            retransmit_after: timers.t1,
            expire_at: None,
            outputs: VecDeque::from([Output::TransmitTrying]),
        }
    }

    pub fn state(&self) -> State {
        self.state
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        use Input as I;
        use State as S;
        match (self.state, input) {
            (S::Proceeding, I::Invite) => self.outputs.push_back(self.latest),
            (S::Proceeding, I::Provisional) => {
                self.latest = Output::TransmitResponse;
                self.outputs.push_back(Output::TransmitResponse);
            }
            (S::Proceeding, I::Success) => {
                self.outputs.push_back(Output::TransmitResponse);
                self.enter(S::Accepted, Some(now + self.timers.transaction()));
            }
            (S::Proceeding, I::Failure) => {
                self.outputs.push_back(Output::TransmitResponse);
                self.enter(S::Completed, Some(now + self.timers.transaction()));
                if self.reliability == Reliability::Unreliable {
                    self.retransmit_at = Some(now + self.retransmit_after);
                }
            }
            (S::Proceeding, I::TransportFailed) => {
                self.outputs.push_back(Output::TransportFailed);
                self.enter(S::Terminated, None);
            }
            (S::Completed, I::Invite) => self.outputs.push_back(Output::TransmitResponse),
            (S::Completed, I::TimerG) => {
                self.outputs.push_back(Output::TransmitResponse);
                self.retransmit_after = (self.retransmit_after * 2).min(self.timers.t2);
                self.retransmit_at = Some(now + self.retransmit_after);
            }
            (S::Completed, I::Ack) => match self.reliability {
                Reliability::Reliable => self.enter(S::Terminated, None),
                Reliability::Unreliable => self.enter(S::Confirmed, Some(now + self.timers.t4)),
            },
            (S::Completed, I::TimerH) => {
                self.outputs.push_back(Output::TimedOut);
                self.enter(S::Terminated, None);
            }
            (S::Confirmed, I::TimerI) | (S::Accepted, I::TimerL) => {
                self.enter(S::Terminated, None);
            }
            (S::Accepted, I::Success) => self.outputs.push_back(Output::TransmitResponse),
            (S::Accepted, I::Ack) => self.outputs.push_back(Output::DeliverAck),
            // The final response is out. RFC 6026 §7.1 keeps the state through an error of the
            // transport; here the error is that the flow is gone, so nothing can come by it.
            (S::Completed | S::Confirmed | S::Accepted, I::TransportFailed) => {
                self.enter(S::Terminated, None);
            }
            (S::Proceeding, I::Ack | I::TimerG | I::TimerH | I::TimerI | I::TimerL)
            | (S::Completed, I::Provisional | I::Success | I::Failure | I::TimerI | I::TimerL)
            | (
                S::Confirmed,
                I::Invite
                | I::Ack
                | I::Provisional
                | I::Success
                | I::Failure
                | I::TimerG
                | I::TimerH
                | I::TimerL,
            )
            | (
                S::Accepted,
                I::Invite | I::Provisional | I::Failure | I::TimerG | I::TimerH | I::TimerI,
            )
            | (S::Terminated, _) => {}
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self.expire_at.is_some_and(|at| at <= now) {
            self.expire_at = None;
            match self.state {
                State::Proceeding | State::Terminated => {}
                State::Completed => self.handle(Input::TimerH, now),
                State::Confirmed => self.handle(Input::TimerI, now),
                State::Accepted => self.handle(Input::TimerL, now),
            }
        }
        if self.retransmit_at.is_some_and(|at| at <= now) {
            self.retransmit_at = None;
            self.handle(Input::TimerG, now);
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.retransmit_at, self.expire_at]
            .into_iter()
            .flatten()
            .min()
    }

    fn enter(&mut self, state: State, expire_at: Option<Instant>) {
        self.state = state;
        self.retransmit_at = None;
        self.expire_at = expire_at;
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::script::check;
    use super::*;
    use Reliability::{Reliable, Unreliable};

    fn run(reliability: Reliability, script: &[(u64, Input)], expected: &str) {
        check(
            |timers, _| ServerInvite::new(timers, reliability),
            script,
            expected,
        );
    }

    #[test]
    fn a_retransmitted_invite_gets_the_latest_provisional_again() {
        run(
            Unreliable,
            &[
                (500, Input::Invite),
                (600, Input::Provisional),
                (1500, Input::Invite),
            ],
            "0 TransmitTrying
             500 TransmitTrying
             600 TransmitResponse
             1500 TransmitResponse",
        );
    }

    #[test]
    fn a_failure_by_udp_is_sent_until_timer_h() {
        run(
            Unreliable,
            &[(0, Input::Failure), (100, Input::Invite)],
            "0 TransmitTrying
             0 TransmitResponse
             0 Completed
             100 TransmitResponse
             500 TransmitResponse
             1500 TransmitResponse
             3500 TransmitResponse
             7500 TransmitResponse
             11500 TransmitResponse
             15500 TransmitResponse
             19500 TransmitResponse
             23500 TransmitResponse
             27500 TransmitResponse
             31500 TransmitResponse
             32000 TimedOut
             32000 Terminated",
        );
    }

    #[test]
    fn a_failure_by_tcp_is_sent_once_and_still_waits_for_its_ack() {
        run(
            Reliable,
            &[(0, Input::Failure)],
            "0 TransmitTrying\n0 TransmitResponse\n0 Completed\n32000 TimedOut\n32000 Terminated",
        );
        run(
            Reliable,
            &[(0, Input::Failure), (50, Input::Ack)],
            "0 TransmitTrying\n0 TransmitResponse\n0 Completed\n50 Terminated",
        );
    }

    #[test]
    fn an_ack_stops_the_failure_and_its_retransmissions_are_absorbed_until_timer_i() {
        run(
            Unreliable,
            &[
                (0, Input::Failure),
                (600, Input::Ack),
                (700, Input::Ack),
                (800, Input::Invite),
            ],
            "0 TransmitTrying
             0 TransmitResponse
             0 Completed
             500 TransmitResponse
             600 Confirmed
             5600 Terminated",
        );
    }

    #[test]
    fn after_a_2xx_invites_are_absorbed_and_the_user_retransmits_until_timer_l() {
        run(
            Unreliable,
            &[
                (0, Input::Success),
                (400, Input::Invite),
                (500, Input::Success),
                (600, Input::Ack),
            ],
            "0 TransmitTrying
             0 TransmitResponse
             0 Accepted
             500 TransmitResponse
             600 DeliverAck
             32000 Terminated",
        );
    }

    #[test]
    fn a_lost_flow_is_told_before_the_final_response_and_not_after_it() {
        run(
            Reliable,
            &[(10, Input::TransportFailed)],
            "0 TransmitTrying\n10 TransportFailed\n10 Terminated",
        );
        run(
            Reliable,
            &[(10, Input::Success), (20, Input::TransportFailed)],
            "0 TransmitTrying\n10 TransmitResponse\n10 Accepted\n20 Terminated",
        );
    }
}
