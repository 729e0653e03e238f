//! What does the person see?
//!
//! `phone` is plain Rust and decides everything; `view` shows its state and sends it commands;
//! `edge` reaches outside the program; `driver` is the loop between them.

pub mod phone;
pub mod text;

#[cfg(target_arch = "wasm32")]
pub mod app;
#[cfg(target_arch = "wasm32")]
mod driver;
#[cfg(target_arch = "wasm32")]
mod edge;
#[cfg(target_arch = "wasm32")]
mod view;
