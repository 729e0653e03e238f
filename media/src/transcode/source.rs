//! One decoder, and what is made of its last picture once for all who are sent it: turned upright
//! and fitted into each size that somebody wants.

use crate::codec::{CodecError, VideoCodec, VideoDecoder};
use crate::picture::{Picture, PictureError, Rotation, View};
use crate::scale::Scaler;

/// The decoded pictures of one stream.
pub(super) struct Source {
    decoder: VideoDecoder,
    /// Width and height of the picture decoded last.
    size: Option<(u32, u32)>,
    decoded: Picture,
    /// The last picture, turned; worth something only while `turned` says how.
    upright: Picture,
    turned: Option<Rotation>,
    fits: Vec<Fitted>,
}

/// The last picture in one size.
struct Fitted {
    rotation: Rotation,
    size: (u32, u32),
    scaler: Scaler,
    picture: Picture,
    /// Whether it is the last picture, and not one before it.
    is_last: bool,
}

impl Source {
    pub(super) fn new(codec: VideoCodec) -> Result<Self, CodecError> {
        let blank = Picture::black(2, 2).map_err(|error| failed(codec, error))?;
        Ok(Self {
            decoder: VideoDecoder::new(codec)?,
            size: None,
            decoded: blank.clone(),
            upright: blank,
            turned: None,
            fits: Vec::new(),
        })
    }

    pub(super) fn codec(&self) -> VideoCodec {
        self.decoder.codec()
    }

    /// Decodes the next picture; `false` when it shows nothing.
    pub(super) fn decode(&mut self, data: &[u8]) -> Result<bool, CodecError> {
        self.turned = None;
        for fitted in &mut self.fits {
            fitted.is_last = false;
        }
        let is_shown = self.decoder.decode_only(data)?;
        if is_shown {
            let View { width, height, .. } = self.decoder.view()?;
            if self.size.replace((width, height)) != Some((width, height)) {
                self.forget_sizes();
            }
        }
        Ok(is_shown)
    }

    /// Frees what was made for sizes that nobody may want any more.
    pub(super) fn forget_sizes(&mut self) {
        self.fits.clear();
    }

    /// Width and height of the picture decoded last, before it is turned.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        self.size
    }

    /// The picture decoded last, turned and fitted into a size. Only after one was shown.
    pub(super) fn fitted(
        &mut self,
        rotation: Rotation,
        (width, height): (u32, u32),
    ) -> Result<&Picture, CodecError> {
        let codec = self.codec();
        if rotation != Rotation::None && self.turned != Some(rotation) {
            self.decoder.take_into(&mut self.decoded)?;
            self.decoded
                .rotate_into(rotation, &mut self.upright)
                .map_err(|error| failed(codec, error))?;
            self.turned = Some(rotation);
        }
        let wanted = (rotation, (width, height));
        let mut fits = self.fits.iter();
        let index = match fits.position(|fitted| (fitted.rotation, fitted.size) == wanted) {
            Some(index) => index,
            None => {
                let fitted = Fitted::new(rotation, (width, height));
                self.fits
                    .push(fitted.map_err(|error| failed(codec, error))?);
                self.fits.len() - 1
            }
        };
        let fitted = &mut self.fits[index];
        if !fitted.is_last {
            let source = match rotation {
                Rotation::None => self.decoder.view()?,
                Rotation::Quarter | Rotation::Half | Rotation::ThreeQuarters => self.upright.view(),
            };
            let scaled = fitted.scaler.scale_view_into(source, &mut fitted.picture);
            scaled.map_err(|error| failed(codec, error))?;
            fitted.is_last = true;
        }
        Ok(&fitted.picture)
    }

    /// How many sizes the last picture was fitted into.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> usize {
        self.fits.iter().filter(|fitted| fitted.is_last).count()
    }
}

impl Fitted {
    fn new(rotation: Rotation, (width, height): (u32, u32)) -> Result<Fitted, PictureError> {
        Ok(Fitted {
            rotation,
            size: (width, height),
            scaler: Scaler::new(width, height)?,
            picture: Picture::black(width, height)?,
            is_last: false,
        })
    }
}

fn failed(codec: VideoCodec, error: PictureError) -> CodecError {
    CodecError::Unsupported {
        codec,
        what: error.to_string(),
    }
}
