//! AMR by opencore-amr and AMR-WB by vo-amrwbenc and opencore-amr. A frame is in the storage form of
//! RFC 4867 §5.3: an octet with type and quality, then the bits.

use std::ffi::{c_int, c_void};
use std::ptr::NonNull;

use super::{AudioCodec, AudioError};
use crate::payload::amr::{Band, frame_octets};

#[link(name = "opencore-amrnb")]
unsafe extern "C" {
    fn Encoder_Interface_init(dtx: c_int) -> *mut c_void;
    fn Encoder_Interface_exit(state: *mut c_void);
    fn Encoder_Interface_Encode(
        state: *mut c_void,
        mode: c_int,
        speech: *const i16,
        out: *mut u8,
        force_speech: c_int,
    ) -> c_int;
    fn Decoder_Interface_init() -> *mut c_void;
    fn Decoder_Interface_exit(state: *mut c_void);
    fn Decoder_Interface_Decode(state: *mut c_void, data: *const u8, out: *mut i16, bad: c_int);
}

#[link(name = "opencore-amrwb")]
unsafe extern "C" {
    fn D_IF_init() -> *mut c_void;
    fn D_IF_exit(state: *mut c_void);
    fn D_IF_decode(state: *mut c_void, data: *const u8, out: *mut i16, bad: c_int);
}

#[link(name = "vo-amrwbenc")]
unsafe extern "C" {
    fn E_IF_init() -> *mut c_void;
    fn E_IF_exit(state: *mut c_void);
    fn E_IF_encode(
        state: *mut c_void,
        mode: c_int,
        speech: *const i16,
        out: *mut u8,
        dtx: c_int,
    ) -> c_int;
}

/// Samples of 20 ms.
const NARROW: usize = 160;
const WIDE: usize = 320;
/// The largest frame, with room: 61 octets of AMR-WB at 23.85 kbit/s.
const MAX_FRAME: usize = 64;
/// A frame without bits: behind comfort noise the decoders take it for silence that goes on, else
/// for a loss.
const NO_DATA: [u8; MAX_FRAME] = {
    let mut frame = [0; MAX_FRAME];
    frame[0] = 15 << 3 | 1 << 2;
    frame
};

/// 12.2 kbit/s, the mode of telephony.
const NARROW_MODE: u8 = 7;
/// 12.65 kbit/s, the least that is called wideband quality.
const WIDE_MODE: u8 = 2;

const fn no_memory(codec: AudioCodec) -> AudioError {
    AudioError::Library {
        codec,
        reason: "no memory",
    }
}

/// A frame as long as its type says, filled up to what the decoders may read behind it.
fn checked(band: Band, codec: AudioCodec, data: &[u8]) -> Result<[u8; MAX_FRAME], AudioError> {
    let kind = data.first().map(|header| header >> 3 & 15);
    let octets = kind.and_then(|kind| frame_octets(band, kind));
    if octets.is_none_or(|octets| data.len() != 1 + octets) {
        return Err(AudioError::Damaged(codec));
    }
    // Damaged on its way (RFC 4867 §4.3.2): the decoders look at the type alone.
    if data[0] & 1 << 2 == 0 {
        return Ok(NO_DATA);
    }
    let mut frame = [0; MAX_FRAME];
    frame[..data.len()].copy_from_slice(data);
    Ok(frame)
}

macro_rules! state {
    ($name:ident, $init:expr, $exit:path, $codec:expr, { $($field:ident: $kind:ty = $first:expr),* }) => {
        pub struct $name {
            raw: NonNull<c_void>,
            $($field: $kind,)*
        }

        // SAFETY: the state belongs to this value alone and is used by one thread at a time.
        unsafe impl Send for $name {}

        impl $name {
            pub fn new() -> Result<$name, AudioError> {
                // SAFETY: the library allocates a state and asks for nothing.
                let raw = NonNull::new(unsafe { $init }).ok_or(no_memory($codec))?;
                Ok($name { raw, $($field: $first,)* })
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: it was made by its library and is used no more.
                unsafe { $exit(self.raw.as_ptr()) }
            }
        }
    };
}

state!(NarrowEncoder, Encoder_Interface_init(0), Encoder_Interface_exit, AudioCodec::Amr, {
    mode: u8 = NARROW_MODE
});
state!(WideEncoder, E_IF_init(), E_IF_exit, AudioCodec::AmrWb, { mode: u8 = WIDE_MODE });
state!(
    NarrowDecoder,
    Decoder_Interface_init(),
    Decoder_Interface_exit,
    AudioCodec::Amr,
    {}
);
state!(WideDecoder, D_IF_init(), D_IF_exit, AudioCodec::AmrWb, {});

impl NarrowEncoder {
    pub fn set_mode(&mut self, mode: u8) {
        self.mode = mode.min(7);
    }

    pub fn encode(&mut self, samples: &[i16]) -> Result<Vec<u8>, AudioError> {
        let (mut speech, mut frame) = ([0; NARROW], [0; MAX_FRAME]);
        let count = samples.len().min(NARROW);
        speech[..count].copy_from_slice(&samples[..count]);
        let mode = c_int::from(self.mode);
        // SAFETY: it reads 160 samples and writes at most 32 octets.
        let octets = unsafe {
            let (from, to) = (speech.as_ptr(), frame.as_mut_ptr());
            Encoder_Interface_Encode(self.raw.as_ptr(), mode, from, to, 0)
        };
        written(AudioCodec::Amr, &frame, octets)
    }
}

impl WideEncoder {
    pub fn set_mode(&mut self, mode: u8) {
        self.mode = mode.min(8);
    }

    pub fn encode(&mut self, samples: &[i16]) -> Result<Vec<u8>, AudioError> {
        let (mut speech, mut frame) = ([0; WIDE], [0; MAX_FRAME]);
        let count = samples.len().min(WIDE);
        speech[..count].copy_from_slice(&samples[..count]);
        let mode = c_int::from(self.mode);
        // SAFETY: it reads 320 samples and writes at most 61 octets.
        let octets = unsafe {
            let (from, to) = (speech.as_ptr(), frame.as_mut_ptr());
            E_IF_encode(self.raw.as_ptr(), mode, from, to, 0)
        };
        written(AudioCodec::AmrWb, &frame, octets)
    }
}

fn written(
    codec: AudioCodec,
    frame: &[u8; MAX_FRAME],
    octets: c_int,
) -> Result<Vec<u8>, AudioError> {
    let octets = usize::try_from(octets).unwrap_or(0);
    if octets == 0 || octets > MAX_FRAME {
        let reason = "a frame was not encoded";
        return Err(AudioError::Library { codec, reason });
    }
    let mut frame = frame[..octets].to_vec();
    frame[0] |= 1 << 2; // what we encode is not damaged
    Ok(frame)
}

/// One frame into 20 ms, by the libraries' one shape of a call.
macro_rules! decoder {
    ($name:ident, $band:expr, $codec:expr, $samples:expr, $decode:path) => {
        impl $name {
            pub fn decode(
                &mut self,
                data: &[u8],
                samples: &mut Vec<i16>,
            ) -> Result<(), AudioError> {
                let frame = checked($band, $codec, data)?;
                self.call(&frame, samples);
                Ok(())
            }

            pub fn conceal(&mut self, count: usize, samples: &mut Vec<i16>) {
                let before = samples.len();
                while samples.len() < before + count {
                    self.call(&NO_DATA, samples);
                }
                samples.truncate(before + count);
            }

            fn call(&mut self, frame: &[u8; MAX_FRAME], samples: &mut Vec<i16>) {
                let mut speech = [0; $samples];
                // SAFETY: it reads as many octets as the type says, which are there, and writes
                // the samples of 20 ms, which fit.
                unsafe { $decode(self.raw.as_ptr(), frame.as_ptr(), speech.as_mut_ptr(), 0) }
                samples.extend_from_slice(&speech);
            }
        }
    };
}

decoder!(
    NarrowDecoder,
    Band::Narrow,
    AudioCodec::Amr,
    NARROW,
    Decoder_Interface_Decode
);
decoder!(
    WideDecoder,
    Band::Wide,
    AudioCodec::AmrWb,
    WIDE,
    D_IF_decode
);
