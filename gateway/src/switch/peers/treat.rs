//! RFC 3264 §5: what a model's `[treat]` changes in descriptions.

use handset::{Assumed, Treat};
use sip::sdp::{Attribute, Description, Kind, Media};

use crate::switch::offer::{self, precondition::Preconditions};

/// Makes our offer one that the model can use.
pub(super) fn fit(treat: &Treat, offer: &mut Description) {
    if let Some(wanted) = &treat.offers {
        keep_formats(wanted, offer);
    }
    for line in &treat.session_attributes {
        let line = attribute(line);
        if !offer.attributes.contains(&line) {
            offer.attributes.push(line);
        }
    }
    if treat.preconditions && Preconditions::of(offer).is_none() {
        Preconditions::to_offer().write(offer);
    }
}

/// Leaves the formats of video that are wanted, or all where that would be none.
fn keep_formats(wanted: &[String], offer: &mut Description) {
    let is_video = |media: &&mut Media| media.kind == Kind::Video;
    for video in offer.media.iter_mut().filter(is_video) {
        keep(wanted, video);
    }
}

fn keep(wanted: &[String], video: &mut Media) {
    let is_wanted = |format: &sip::sdp::PayloadType| wanted.iter().any(|name| format.is(name));
    if !video.payload_types.iter().any(is_wanted) {
        return;
    }
    video.payload_types.retain(is_wanted);
    let left: Vec<u8> = video.payload_types.iter().map(|of| of.number).collect();
    // What is said of one format goes with it.
    video.attributes.retain(|line| {
        let value = line.value.as_deref().unwrap_or_default();
        let number = value.split_ascii_whitespace().next().unwrap_or_default();
        match (line.name.as_str(), number.parse()) {
            ("framesize" | "rtcp-fb" | "imageattr", Ok(number)) => left.contains(&number),
            (_, Ok(_) | Err(_)) => true,
        }
    });
}

/// Says what the peer left out: sizes of formats without parameters, the rate, pictures a second.
pub(super) fn complete(assumed: &Assumed, description: &mut Description) {
    let is_video = |media: &&mut Media| media.kind == Kind::Video && media.port != 0;
    let has_rate = !description.bandwidth.is_empty();
    let Some(video) = description.media.iter_mut().find(is_video) else {
        return;
    };
    if video.frame_rate.is_none() {
        video.frame_rate = assumed.frames_per_second.map(f32::from);
    }
    if let (Some(bits), true) = (
        assumed.bits_per_second,
        video.bandwidth.is_empty() && !has_rate,
    ) {
        // Both forms, as the lines go back in our answer, and old phones know the first alone.
        video.bandwidth = offer::bandwidth_of(bits);
    }
    let says_size =
        video.frame_sizes().next().is_some() || video.image_attributes().next().is_some();
    if let (Some(width), Some(height), false) = (assumed.width, assumed.height, says_size) {
        let silent = video
            .payload_types
            .iter()
            .filter(|of| of.parameters.0.is_empty());
        let sizes: Vec<Attribute> = silent
            .map(|of| Attribute::new("framesize", format!("{} {width}-{height}", of.number)))
            .collect();
        video.attributes.extend(sizes);
    }
}

fn attribute(line: &str) -> Attribute {
    match line.split_once(':') {
        Some((name, value)) => Attribute::new(name, value),
        None => Attribute::flag(line),
    }
}
