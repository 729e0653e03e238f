//! The browser's source of random numbers.

use web_sys::window;

/// `None` where a page has no crypto, which no browser with a camera lacks.
pub fn seed() -> Option<[u8; 32]> {
    let mut seed = [0_u8; 32];
    window()?
        .crypto()
        .ok()?
        .get_random_values_with_u8_array(&mut seed)
        .ok()?;
    Some(seed)
}
