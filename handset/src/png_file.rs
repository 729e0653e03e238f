//! A decoded picture as PNG: for the page's screen and for snapshots.

use media::picture::Picture;

/// The bytes of a PNG file.
///
/// # Errors
/// None in practice: a picture always has as many samples as its size says.
pub fn encode(picture: &Picture) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Fifteen pictures a second go to the page: speed before size.
    encoder.set_compression(png::Compression::Fastest);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.to_rgb())?;
    writer.finish()?;
    Ok(bytes)
}
