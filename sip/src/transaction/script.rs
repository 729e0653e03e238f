//! Test scripts for the four machines: inputs at given milliseconds against the expected ladder.

use std::fmt::Debug;
use std::time::Duration;

use super::{Timers, client, client_invite, server, server_invite};
use crate::time::Instant;

/// What a script needs of a machine.
pub(crate) trait Machine {
    type Input: Copy;
    type Output: Debug;
    type State: Debug + PartialEq + Copy;
    fn handle(&mut self, input: Self::Input, now: Instant);
    fn handle_timeout(&mut self, now: Instant);
    fn poll_output(&mut self) -> Option<Self::Output>;
    fn poll_timeout(&self) -> Option<Instant>;
    fn state(&self) -> Self::State;
}

macro_rules! machine {
    ($module:ident :: $machine:ident) => {
        impl Machine for $module::$machine {
            type Input = $module::Input;
            type Output = $module::Output;
            type State = $module::State;
            fn handle(&mut self, input: Self::Input, now: Instant) {
                $module::$machine::handle(self, input, now);
            }
            fn handle_timeout(&mut self, now: Instant) {
                $module::$machine::handle_timeout(self, now);
            }
            fn poll_output(&mut self) -> Option<Self::Output> {
                $module::$machine::poll_output(self)
            }
            fn poll_timeout(&self) -> Option<Instant> {
                $module::$machine::poll_timeout(self)
            }
            fn state(&self) -> Self::State {
                $module::$machine::state(self)
            }
        }
    };
}

machine!(client_invite::ClientInvite);
machine!(client::Client);
machine!(server_invite::ServerInvite);
machine!(server::Server);

/// Runs the script, letting timers fire exactly when they are due, and compares the ladder:
/// one line an output or a change of state, each after its milliseconds.
pub(crate) fn check<M: Machine>(
    start: impl FnOnce(Timers, Instant) -> M,
    script: &[(u64, M::Input)],
    expected: &str,
) {
    let origin = Instant::now();
    let mut machine = start(Timers::default(), origin);
    let mut ladder = Vec::new();
    let mut state = machine.state();
    let mut note = |machine: &mut M, now: Instant| {
        let ms = now.duration_since(origin).as_millis();
        while let Some(output) = machine.poll_output() {
            ladder.push(format!("{ms} {output:?}"));
        }
        if machine.state() != state {
            state = machine.state();
            ladder.push(format!("{ms} {state:?}"));
        }
    };
    note(&mut machine, origin);
    for (ms, input) in script {
        let at = origin + Duration::from_millis(*ms);
        run_timers_until(&mut machine, at, &mut note);
        machine.handle(*input, at);
        note(&mut machine, at);
    }
    run_timers_until(&mut machine, origin + Duration::from_secs(3600), &mut note);
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(ladder, expected);
}

fn run_timers_until<M: Machine>(
    machine: &mut M,
    until: Instant,
    note: &mut impl FnMut(&mut M, Instant),
) {
    while let Some(at) = machine.poll_timeout().filter(|at| *at <= until) {
        machine.handle_timeout(at);
        note(machine, at);
    }
}
