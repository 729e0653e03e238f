//! A picture that does not move, in the place of one that does: with the sign of a pause on it, it is
//! drawn again and again, so that whoever watches, on whatever phone, sees that nothing is broken.

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{CanvasRenderingContext2d, MediaStream};

use crate::edge::frame;
use crate::edge::timer::Every;

/// It stands. Dropping it ends it.
pub(super) struct Still {
    _draws: Every,
}

/// What the stream shows now; black where nothing can be had of it.
pub(super) async fn of(stream: &MediaStream) -> Result<(MediaStream, Still), JsValue> {
    let seen = frame::of(stream).await;
    let picture = seen.or_else(|_| frame::canvas(WIDTH, HEIGHT))?;
    let (width, height) = (picture.width(), picture.height());
    let shown = frame::canvas(width, height)?;
    let context = frame::context(&shown)?;
    let draw = move || {
        // A canvas that cannot be drawn on shows nothing, and nothing worse.
        let _ = context.draw_image_with_html_canvas_element(&picture, 0.0, 0.0);
        sign(&context, f64::from(width), f64::from(height));
    };
    draw();
    let draws = Every::new(EVERY_MILLISECONDS, Closure::new(draw))?;
    let stream = frame::stream_of(&shown, FRAMES_PER_SECOND)?;
    Ok((stream, Still { _draws: draws }))
}

/// Two bars in the middle, on a ground that keeps them apart from any picture.
fn sign(context: &CanvasRenderingContext2d, width: f64, height: f64) {
    let side = width.min(height) / 3.0;
    let (left, top) = ((width - side) / 2.0, (height - side) / 2.0);
    context.set_fill_style_str("rgb(0 0 0 / 60%)");
    context.fill_rect(left, top, side, side);
    context.set_fill_style_str("rgb(255 255 255)");
    let (bar, tall) = (side / 6.0, side / 2.0);
    for at in [side / 4.0, side * 3.0 / 4.0 - bar] {
        context.fill_rect(left + at, top + (side - tall) / 2.0, bar, tall);
    }
}

/// Where no picture was to be had.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// Enough for a phone that joins to see it soon, and for what asks for a whole picture.
const FRAMES_PER_SECOND: u32 = 5;
const EVERY_MILLISECONDS: i32 = 200;
