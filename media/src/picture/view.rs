//! The samples of a picture where they lie, in a [`Picture`] or in a decoder's own memory.

use super::{Picture, Plane};

/// Planar 4:2:0 samples that belong to somebody else; the lines may lie apart.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Y, U and V.
    pub planes: [Samples<'a>; 3],
}

/// The samples of one plane.
#[derive(Debug, Clone, Copy)]
pub struct Samples<'a> {
    /// Line after line. The last one may end with its last sample.
    pub data: &'a [u8],
    /// From the beginning of one line to that of the next, in bytes; at least 1.
    pub stride: usize,
}

impl<'a> View<'a> {
    /// The samples of a plane.
    pub fn plane(&self, plane: Plane) -> Samples<'a> {
        let [luma, blue, red] = self.planes;
        match plane {
            Plane::Y => luma,
            Plane::U => blue,
            Plane::V => red,
        }
    }

    /// Copies the samples into a picture of the same size.
    pub(crate) fn copy_to(&self, target: &mut Picture) {
        for plane in Plane::ALL {
            let (width, _) = target.plane_size(plane);
            let lines = self.plane(plane).lines();
            for (target, source) in target.plane_mut(plane).chunks_exact_mut(width).zip(lines) {
                target.copy_from_slice(&source[..width]);
            }
        }
    }
}

impl<'a> Samples<'a> {
    /// The lines, each with what lies between it and the next.
    pub fn lines(self) -> impl Iterator<Item = &'a [u8]> {
        self.data.chunks(self.stride)
    }
}

impl Picture {
    /// This picture's samples.
    pub fn view(&self) -> View<'_> {
        View {
            width: self.width(),
            height: self.height(),
            planes: Plane::ALL.map(|plane| Samples {
                data: self.plane(plane),
                stride: self.plane_size(plane).0,
            }),
        }
    }
}
