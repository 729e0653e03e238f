//! FFmpeg's decoders, and its encoders of H.263, H.263+, MPEG-4 and VP8.

mod decoder;
mod encoder;

pub use decoder::Decoder;
pub use encoder::Encoder;

use std::sync::Once;

use ffmpeg_the_third::util::log;

/// FFmpeg writes to standard error by itself, at a stranger's prompting: what it has to say comes
/// back as an error and is logged where that is handled.
fn initialise() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| log::set_level(log::Level::Quiet));
}
