//! Scripts: what the person does, what goes over the wire, what the browser is asked for.

mod account;
mod asking;
mod audience;
mod beside;
mod calls;
mod feeds;
mod first_phase;
mod hidden;
mod life;
mod moving;
mod own;
mod past;
mod people;
mod recording;
mod script;
mod share_sound;
mod survival;
mod tabs;
mod tokens;
mod two;
mod two_ways;
mod voice;
mod watching;

pub(super) use calls::INVITE as CALLED;
pub(super) use script::{ANSWER, OFFER, Script};
pub(super) use voice::CALL as VOICE_CALLED;
