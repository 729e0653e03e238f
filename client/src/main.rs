//! The program that a browser runs. Natively there is only the library, for its tests.

#[cfg(target_arch = "wasm32")]
fn main() {
    sidecam_client::app::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
