//! The INVITE client transaction: RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2.

use std::collections::VecDeque;

use super::{Reliability, Timers};
use crate::time::Instant;

/// Where the transaction stands (RFC 3261 figure 5, RFC 6026 §8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The INVITE was sent; nothing came back.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// A 300-699 came and was acknowledged; stays to acknowledge its retransmissions.
    Completed,
    /// A 2xx came; stays so that its retransmissions and other branches' 2xx reach the user.
    Accepted,
    Terminated,
}

/// What can move the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A 100-199 arrived.
    Provisional,
    /// A 200-299 arrived.
    Success,
    /// A 300-699 arrived.
    Failure,
    /// The flow is gone, or the transport refused the message.
    TransportFailed,
    /// Nobody waits for the answer any more: RFC 3261 §9.1 gives up 64*T1 after a CANCEL.
    GiveUp,
    /// Retransmit the INVITE (unreliable transports only).
    TimerA,
    /// No response at all.
    TimerB,
    /// Response retransmissions of a failure can no longer come.
    TimerD,
    /// 2xx retransmissions and forks can no longer come.
    TimerM,
}

/// What the owner of the machine is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    TransmitRequest,
    /// Send the ACK to the 300-699 that was just given (§17.1.1.3).
    TransmitAck,
    /// Hand the response that was just given to the transaction user.
    Deliver,
    /// Tell the user that nothing came (as if 408).
    TimedOut,
    /// Tell the user that the transport failed (as if 503).
    TransportFailed,
}

/// One INVITE client transaction, without its messages.
#[derive(Debug)]
pub struct ClientInvite {
    state: State,
    reliability: Reliability,
    timers: Timers,
    retransmit_at: Option<Instant>,
    retransmit_after: std::time::Duration,
    /// Timer B, D or M, as the state says: at most one of them runs.
    expire_at: Option<Instant>,
    outputs: VecDeque<Output>,
}

impl ClientInvite {
    /// Starts in Calling and sends the request.
    pub fn new(timers: Timers, reliability: Reliability, now: Instant) -> Self {
        let mut machine = ClientInvite {
            state: State::Calling,
            reliability,
            timers,
            retransmit_at: None,
            retransmit_after: timers.t1,
            expire_at: Some(now + timers.transaction()),
            outputs: VecDeque::from([Output::TransmitRequest]),
        };
        if reliability == Reliability::Unreliable {
            machine.retransmit_at = Some(now + timers.t1);
        }
        machine
    }

    pub fn state(&self) -> State {
        self.state
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        use Input as I;
        use State as S;
        match (self.state, input) {
            (S::Calling, I::TimerA) => {
                self.output(Output::TransmitRequest);
                self.retransmit_after *= 2;
                self.retransmit_at = Some(now + self.retransmit_after);
            }
            (S::Calling, I::TimerB) => self.fail(Output::TimedOut),
            (S::Calling | S::Proceeding, I::Provisional) => {
                self.enter(S::Proceeding, None);
                self.output(Output::Deliver);
            }
            (S::Calling | S::Proceeding, I::Success) => {
                self.enter(S::Accepted, Some(now + self.timers.transaction()));
                self.output(Output::Deliver);
            }
            (S::Calling | S::Proceeding, I::Failure) => {
                self.output(Output::TransmitAck);
                self.output(Output::Deliver);
                match self.reliability {
                    Reliability::Reliable => self.enter(S::Terminated, None),
                    Reliability::Unreliable => {
                        self.enter(S::Completed, Some(now + self.timers.d));
                    }
                }
            }
            (S::Calling | S::Proceeding, I::GiveUp) => self.enter(S::Terminated, None),
            (S::Completed, I::Failure) => self.output(Output::TransmitAck),
            (S::Completed, I::TimerD) | (S::Accepted, I::TimerM) => {
                self.enter(S::Terminated, None);
            }
            (S::Accepted, I::Success) => self.output(Output::Deliver),
            (S::Calling | S::Proceeding | S::Completed, I::TransportFailed) => {
                self.fail(Output::TransportFailed);
            }
            (S::Calling, I::TimerD | I::TimerM)
            | (S::Proceeding, I::TimerA | I::TimerB | I::TimerD | I::TimerM)
            | (
                S::Completed,
                I::Provisional | I::Success | I::GiveUp | I::TimerA | I::TimerB | I::TimerM,
            )
            | (
                S::Accepted,
                // The ACKs to a 2xx are the user's, which may have another flow by now.
                I::Provisional
                | I::Failure
                | I::TransportFailed
                | I::GiveUp
                | I::TimerA
                | I::TimerB
                | I::TimerD,
            )
            | (S::Terminated, _) => {}
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self.expire_at.is_some_and(|at| at <= now) {
            self.expire_at = None;
            match self.state {
                State::Calling | State::Proceeding => self.handle(Input::TimerB, now),
                State::Completed => self.handle(Input::TimerD, now),
                State::Accepted => self.handle(Input::TimerM, now),
                State::Terminated => {}
            }
        }
        if self.retransmit_at.is_some_and(|at| at <= now) {
            self.retransmit_at = None;
            self.handle(Input::TimerA, now);
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

    fn fail(&mut self, why: Output) {
        self.output(why);
        self.enter(State::Terminated, None);
    }

    fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
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
            |timers, now| ClientInvite::new(timers, reliability, now),
            script,
            expected,
        );
    }

    #[test]
    fn unanswered_by_udp_the_invite_is_sent_seven_times_and_times_out_after_32_s() {
        run(
            Unreliable,
            &[],
            "0 TransmitRequest
             500 TransmitRequest
             1500 TransmitRequest
             3500 TransmitRequest
             7500 TransmitRequest
             15500 TransmitRequest
             31500 TransmitRequest
             32000 TimedOut
             32000 Terminated",
        );
    }

    #[test]
    fn unanswered_by_tcp_the_invite_is_sent_once() {
        run(
            Reliable,
            &[],
            "0 TransmitRequest\n32000 TimedOut\n32000 Terminated",
        );
    }

    #[test]
    fn a_provisional_stops_retransmission_and_the_timeout() {
        run(
            Unreliable,
            &[
                (600, Input::Provisional),
                (90_000, Input::Provisional),
                (100_000, Input::Success),
            ],
            "0 TransmitRequest
             500 TransmitRequest
             600 Deliver
             600 Proceeding
             90000 Deliver
             100000 Deliver
             100000 Accepted
             132000 Terminated",
        );
    }

    #[test]
    fn a_failure_is_acknowledged_as_often_as_it_comes_until_timer_d() {
        run(
            Unreliable,
            &[
                (100, Input::Failure),
                (600, Input::Failure),
                (700, Input::Provisional),
                (800, Input::Success),
            ],
            "0 TransmitRequest
             100 TransmitAck
             100 Deliver
             100 Completed
             600 TransmitAck
             32100 Terminated",
        );
    }

    #[test]
    fn a_failure_by_tcp_ends_at_once() {
        run(
            Reliable,
            &[(100, Input::Failure), (200, Input::Failure)],
            "0 TransmitRequest\n100 TransmitAck\n100 Deliver\n100 Terminated",
        );
    }

    #[test]
    fn every_2xx_reaches_the_user_until_timer_m() {
        run(
            Reliable,
            &[
                (10, Input::Success),
                (500, Input::Success),
                (600, Input::Failure),
                (32_011, Input::Success),
            ],
            "0 TransmitRequest
             10 Deliver
             10 Accepted
             500 Deliver
             32010 Terminated",
        );
    }

    #[test]
    fn a_lost_flow_is_told_before_the_answer_and_not_after_it() {
        run(
            Reliable,
            &[(10, Input::TransportFailed)],
            "0 TransmitRequest\n10 TransportFailed\n10 Terminated",
        );
        run(
            Reliable,
            &[(10, Input::Success), (20, Input::TransportFailed)],
            "0 TransmitRequest\n10 Deliver\n10 Accepted\n32010 Terminated",
        );
    }

    #[test]
    fn giving_up_after_a_cancel_ends_without_a_word() {
        run(
            Unreliable,
            &[(100, Input::Provisional), (33_000, Input::GiveUp)],
            "0 TransmitRequest\n100 Deliver\n100 Proceeding\n33000 Terminated",
        );
    }
}
