//! Everything that reaches outside the program: the only place that knows web-sys.
//!
//! An edge does what an [`Effect`](crate::phone::Effect) says and reports back by an
//! [`Input`](crate::phone::Input); it decides nothing.

pub mod awake;
pub mod bell;
pub mod camera;
mod camera_loss;
pub mod chance;
mod connection;
pub mod diagnosis;
pub mod directory;
mod display;
pub mod embed;
pub mod film;
pub mod frame;
pub mod language;
pub mod large;
pub mod links;
pub mod loudspeaker;
pub mod microphone;
pub mod notice;
pub mod optional;
pub mod page;
pub mod peer;
pub mod people;
pub mod recorder;
pub mod screen;
mod sender;
mod share_sound;
mod stats;
pub mod storage;
pub mod studio;
pub mod tabs;
pub mod timer;
pub mod trial;
pub mod voice;
pub mod websocket;

use std::rc::Rc;

use crate::phone::Input;

/// How an edge tells the loop what happened.
pub type Report = Rc<dyn Fn(Input)>;
