//! The client transaction of every request but INVITE: RFC 3261 §17.1.2.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Reliability, Timers};
use crate::time::Instant;

/// Where the transaction stands (RFC 3261 figure 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The request was sent; nothing came back.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// The final response came; stays to absorb its retransmissions.
    Completed,
    Terminated,
}

/// What can move the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A 100-199 arrived.
    Provisional,
    /// A 200-699 arrived.
    Final,
    /// The flow is gone, or the transport refused the message.
    TransportFailed,
    /// Retransmit the request (unreliable transports only).
    TimerE,
    /// No final response.
    TimerF,
    /// Response retransmissions can no longer come.
    TimerK,
}

/// What the owner of the machine is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    TransmitRequest,
    /// Hand the response that was just given to the transaction user.
    Deliver,
    /// Tell the user that no final response came (as if 408).
    TimedOut,
    /// Tell the user that the transport failed (as if 503).
    TransportFailed,
}

/// One client transaction, without its messages.
#[derive(Debug)]
pub struct Client {
    state: State,
    reliability: Reliability,
    timers: Timers,
    retransmit_at: Option<Instant>,
    retransmit_after: Duration,
    /// Timer F or K, as the state says: at most one of them runs.
    expire_at: Option<Instant>,
    outputs: VecDeque<Output>,
}

impl Client {
    /// Starts in Trying and sends the request.
    pub fn new(timers: Timers, reliability: Reliability, now: Instant) -> Self {
        let retransmit_at = match reliability {
            Reliability::Reliable => None,
            Reliability::Unreliable => Some(now + timers.t1),
        };
        Client {
            state: State::Trying,
            reliability,
            timers,
            retransmit_at,
            retransmit_after: timers.t1,
            expire_at: Some(now + timers.transaction()),
            outputs: VecDeque::from([Output::TransmitRequest]),
        }
    }

    pub fn state(&self) -> State {
        self.state
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        use Input as I;
        use State as S;
        match (self.state, input) {
            (S::Trying, I::TimerE) => {
                self.retransmit(now, (self.retransmit_after * 2).min(self.timers.t2));
            }
            (S::Proceeding, I::TimerE) => self.retransmit(now, self.timers.t2),
            (S::Trying | S::Proceeding, I::TimerF) => self.fail(Output::TimedOut),
            (S::Trying | S::Proceeding, I::TransportFailed) => self.fail(Output::TransportFailed),
            (S::Trying | S::Proceeding, I::Provisional) => {
                // Timers E and F keep running: a provisional does not promise an answer in time.
                self.state = S::Proceeding;
                self.outputs.push_back(Output::Deliver);
            }
            (S::Trying | S::Proceeding, I::Final) => {
                self.outputs.push_back(Output::Deliver);
                match self.reliability {
                    Reliability::Reliable => self.enter(S::Terminated, None),
                    Reliability::Unreliable => {
                        self.enter(S::Completed, Some(now + self.timers.t4));
                    }
                }
            }
            (S::Completed, I::TimerK | I::TransportFailed) => self.enter(S::Terminated, None),
            (S::Trying | S::Proceeding, I::TimerK)
            | (S::Completed, I::Provisional | I::Final | I::TimerE | I::TimerF)
            | (S::Terminated, _) => {}
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self.expire_at.is_some_and(|at| at <= now) {
            self.expire_at = None;
            match self.state {
                State::Trying | State::Proceeding => self.handle(Input::TimerF, now),
                State::Completed => self.handle(Input::TimerK, now),
                State::Terminated => {}
            }
        }
        if self.retransmit_at.is_some_and(|at| at <= now) {
            self.retransmit_at = None;
            self.handle(Input::TimerE, now);
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

    fn retransmit(&mut self, now: Instant, next_after: Duration) {
        self.outputs.push_back(Output::TransmitRequest);
        self.retransmit_after = next_after;
        self.retransmit_at = Some(now + next_after);
    }

    fn enter(&mut self, state: State, expire_at: Option<Instant>) {
        self.state = state;
        self.retransmit_at = None;
        self.expire_at = expire_at;
    }

    fn fail(&mut self, why: Output) {
        self.outputs.push_back(why);
        self.enter(State::Terminated, None);
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
            |timers, now| Client::new(timers, reliability, now),
            script,
            expected,
        );
    }

    #[test]
    fn unanswered_by_udp_the_gap_doubles_up_to_t2() {
        run(
            Unreliable,
            &[],
            "0 TransmitRequest
             500 TransmitRequest
             1500 TransmitRequest
             3500 TransmitRequest
             7500 TransmitRequest
             11500 TransmitRequest
             15500 TransmitRequest
             19500 TransmitRequest
             23500 TransmitRequest
             27500 TransmitRequest
             31500 TransmitRequest
             32000 TimedOut
             32000 Terminated",
        );
    }

    #[test]
    fn unanswered_by_tcp_the_request_is_sent_once() {
        run(
            Reliable,
            &[],
            "0 TransmitRequest\n32000 TimedOut\n32000 Terminated",
        );
    }

    #[test]
    fn after_a_provisional_the_gap_is_t2_and_the_timeout_stands() {
        run(
            Unreliable,
            &[(100, Input::Provisional)],
            "0 TransmitRequest
             100 Deliver
             100 Proceeding
             500 TransmitRequest
             4500 TransmitRequest
             8500 TransmitRequest
             12500 TransmitRequest
             16500 TransmitRequest
             20500 TransmitRequest
             24500 TransmitRequest
             28500 TransmitRequest
             32000 TimedOut
             32000 Terminated",
        );
    }

    #[test]
    fn retransmitted_finals_are_absorbed_until_timer_k() {
        run(
            Unreliable,
            &[
                (100, Input::Final),
                (600, Input::Final),
                (700, Input::Provisional),
                (5101, Input::Final),
            ],
            "0 TransmitRequest\n100 Deliver\n100 Completed\n5100 Terminated",
        );
    }

    #[test]
    fn a_final_by_tcp_ends_at_once() {
        run(
            Reliable,
            &[(100, Input::Provisional), (200, Input::Final)],
            "0 TransmitRequest\n100 Deliver\n100 Proceeding\n200 Deliver\n200 Terminated",
        );
    }

    #[test]
    fn a_lost_flow_is_told_unless_the_answer_is_there() {
        run(
            Reliable,
            &[(5, Input::TransportFailed)],
            "0 TransmitRequest\n5 TransportFailed\n5 Terminated",
        );
        run(
            Unreliable,
            &[(5, Input::Final), (6, Input::TransportFailed)],
            "0 TransmitRequest\n5 Deliver\n5 Completed\n6 Terminated",
        );
    }
}
