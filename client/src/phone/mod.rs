//! What does the person see? Plain Rust: the four verbs, no browser.

pub mod contacts;
pub mod history;
pub mod share;
pub mod state;

use std::collections::VecDeque;
use crate::phone::share::{Sample, ShareId};
use crate::phone::state::{CameraProblem, Command, State};
use sip::transport::FlowId;
use web_time::Instant;

#[derive(Clone, Debug)]
pub enum Input {
    Command(Command),
    Settings(Option<String>),
    Socket { flow: FlowId, event: SocketEvent },
    Directory(contacts::DirectoryAnswer),
    Camera(CameraEvent),
    Peer { share: ShareId, event: PeerEvent },
    Online,
    Leaving,
}
#[derive(Clone, Debug)]
pub enum SocketEvent { Opened, Message(Vec<u8>), Closed }
#[derive(Clone, Debug)]
pub enum CameraEvent { Opened, Failed(CameraProblem), Unplugged }
#[derive(Clone, Debug)]
pub enum PeerEvent { Offer(String), Answer(String), Applied, Track, Connected, Silent, Failed, Measured(Sample) }
#[derive(Clone, Debug)]
pub enum Effect {
    ReadSettings,
    ReadDirectory { token: String },
    OpenSocket { flow: FlowId, path: String },
    Send { flow: FlowId, bytes: Vec<u8> },
    CloseSocket,
    OpenCamera,
    CloseCamera,
    Offer { share: ShareId },
    Answer { share: ShareId, offer: String },
    Apply { share: ShareId, answer: String },
    ReadStats { share: ShareId },
    ClosePeer { share: ShareId },
    KeepName(String),
}
pub struct Setup { pub seed: [u8; 32], pub name: String, pub secure: bool }
pub struct Phone { state: State, effects: VecDeque<Effect> }
impl Phone {
    pub fn new(_: Setup, _instance: impl FnOnce(&str) -> String) -> Self { Self { state: State::default(), effects: VecDeque::new() } }
    pub fn state(&self) -> &State { &self.state }
    pub fn handle(&mut self, _: Input, _: Instant) {}
    pub fn handle_timeout(&mut self, _: Instant) {}
    pub fn poll_output(&mut self) -> Option<Effect> { self.effects.pop_front() }
    pub fn poll_timeout(&self) -> Option<Instant> { None }
}
