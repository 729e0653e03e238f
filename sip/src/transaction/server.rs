//! The server transaction of every request but INVITE: RFC 3261 §17.2.2.

use std::collections::VecDeque;

use super::{Reliability, Timers};
use crate::time::Instant;

/// Where the transaction stands (RFC 3261 figure 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The user has said nothing.
    Trying,
    /// The user sent a provisional response.
    Proceeding,
    /// The final response was sent; stays to answer retransmissions with it.
    Completed,
    Terminated,
}

/// What can move the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The request came again.
    Request,
    /// The user sends a 100-199.
    Provisional,
    /// The user sends a 200-699.
    Final,
    /// The flow is gone: nothing can be sent where the request came from.
    TransportFailed,
    /// Request retransmissions can no longer come.
    TimerJ,
    /// The user took longer than the client waits: no answer can help any more (RFC 4320 §1.2).
    TooLate,
}

/// What the owner of the machine is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send the response that the user gave last.
    TransmitResponse,
    /// Tell the user that the transport failed before its final response.
    TransportFailed,
}

/// One server transaction, without its messages.
#[derive(Debug)]
pub struct Server {
    state: State,
    reliability: Reliability,
    timers: Timers,
    /// Timer J, or until the final response the end of the client's patience.
    expire_at: Option<Instant>,
    outputs: VecDeque<Output>,
}

impl Server {
    /// Starts in Trying and says nothing.
    pub fn new(timers: Timers, reliability: Reliability, now: Instant) -> Self {
        Server {
            state: State::Trying,
            reliability,
            timers,
            expire_at: Some(now + timers.transaction()),
            outputs: VecDeque::new(),
        }
    }

    pub fn state(&self) -> State {
        self.state
    }

    pub fn handle(&mut self, input: Input, now: Instant) {
        use Input as I;
        use State as S;
        match (self.state, input) {
            (S::Trying | S::Proceeding, I::Provisional) => {
                self.state = S::Proceeding;
                self.outputs.push_back(Output::TransmitResponse);
            }
            (S::Trying | S::Proceeding, I::Final) => {
                self.outputs.push_back(Output::TransmitResponse);
                match self.reliability {
                    Reliability::Reliable => self.state = S::Terminated,
                    Reliability::Unreliable => {
                        self.state = S::Completed;
                        self.expire_at = Some(now + self.timers.transaction());
                    }
                }
            }
            (S::Proceeding | S::Completed, I::Request) => {
                self.outputs.push_back(Output::TransmitResponse);
            }
            (S::Trying | S::Proceeding, I::TransportFailed) => {
                self.outputs.push_back(Output::TransportFailed);
                self.state = S::Terminated;
            }
            // RFC 4320 §4.2 forbids a 408 here: it would only add to the traffic.
            (S::Trying | S::Proceeding, I::TooLate) => self.state = S::Terminated,
            (S::Completed, I::TimerJ | I::TransportFailed) => self.state = S::Terminated,
            (S::Trying, I::Request | I::TimerJ)
            | (S::Proceeding, I::TimerJ)
            | (S::Completed, I::Provisional | I::Final | I::TooLate)
            | (S::Terminated, _) => {}
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self.expire_at.is_some_and(|at| at <= now) {
            self.expire_at = None;
            match self.state {
                State::Trying | State::Proceeding => self.handle(Input::TooLate, now),
                State::Completed => self.handle(Input::TimerJ, now),
                State::Terminated => {}
            }
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Trying | State::Proceeding | State::Completed => self.expire_at,
            State::Terminated => None,
        }
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
            |timers, now| Server::new(timers, reliability, now),
            script,
            expected,
        );
    }

    #[test]
    fn retransmissions_are_absorbed_until_the_user_speaks() {
        run(
            Unreliable,
            &[
                (500, Input::Request),
                (600, Input::Provisional),
                (1500, Input::Request),
            ],
            "600 TransmitResponse\n600 Proceeding\n1500 TransmitResponse\n32000 Terminated",
        );
    }

    #[test]
    fn retransmissions_get_the_final_response_again_until_timer_j() {
        run(
            Unreliable,
            &[
                (0, Input::Final),
                (500, Input::Request),
                (600, Input::Final),
                (32_001, Input::Request),
            ],
            "0 TransmitResponse\n0 Completed\n500 TransmitResponse\n32000 Terminated",
        );
    }

    #[test]
    fn a_final_response_by_tcp_ends_at_once() {
        run(
            Reliable,
            &[(0, Input::Final)],
            "0 TransmitResponse\n0 Terminated",
        );
    }

    #[test]
    fn a_lost_flow_is_told_before_the_final_response() {
        run(
            Reliable,
            &[(9, Input::TransportFailed)],
            "9 TransportFailed\n9 Terminated",
        );
    }
}
