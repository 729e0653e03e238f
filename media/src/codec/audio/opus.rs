//! Opus by libopus, at 8, 16 or 48 kHz whatever the stream has: the library converts inside.

use std::ffi::c_int;
use std::ptr::NonNull;

use super::{AudioCodec, AudioError, MAX_PACKET_MS};

const MONO: c_int = 1;
const OK: c_int = 0;
const APPLICATION_VOIP: c_int = 2048;
const SET_BITRATE: c_int = 4002;
const SET_COMPLEXITY: c_int = 4010;
const SET_INBAND_FEC: c_int = 4012;
const SET_PACKET_LOSS_PERC: c_int = 4014;

/// Of 10. What comes out is telephone speech that another codec has had before; the time is a third
/// of that at 5, and decides how many calls a core carries.
const COMPLEXITY: c_int = 1;
/// Losses that the stream is protected against, in per cent.
const EXPECTED_LOSS: c_int = 5;
/// A packet of ours is at most 20 ms at 32 kbit/s and variable; three times that is room enough.
const MAX_PACKET_BYTES: usize = 400;

#[repr(C)]
struct RawEncoder {
    _opaque: [u8; 0],
}

#[repr(C)]
struct RawDecoder {
    _opaque: [u8; 0],
}

#[link(name = "opus")]
unsafe extern "C" {
    fn opus_encoder_create(
        rate: i32,
        channels: c_int,
        application: c_int,
        error: *mut c_int,
    ) -> *mut RawEncoder;
    fn opus_encoder_ctl(encoder: *mut RawEncoder, request: c_int, ...) -> c_int;
    fn opus_encode(
        encoder: *mut RawEncoder,
        samples: *const i16,
        frame_size: c_int,
        data: *mut u8,
        max_bytes: i32,
    ) -> i32;
    fn opus_encoder_destroy(encoder: *mut RawEncoder);
    fn opus_decoder_create(rate: i32, channels: c_int, error: *mut c_int) -> *mut RawDecoder;
    fn opus_decode(
        decoder: *mut RawDecoder,
        data: *const u8,
        bytes: i32,
        samples: *mut i16,
        frame_size: c_int,
        decode_fec: c_int,
    ) -> c_int;
    fn opus_decoder_destroy(decoder: *mut RawDecoder);
}

const fn failed(reason: &'static str) -> AudioError {
    AudioError::Library {
        codec: AudioCodec::Opus,
        reason,
    }
}

pub struct Encoder {
    raw: NonNull<RawEncoder>,
}

// SAFETY: the state belongs to this value alone and is used by one thread at a time.
unsafe impl Send for Encoder {}

impl Encoder {
    pub fn new(samples_per_second: u32) -> Result<Encoder, AudioError> {
        let mut error = OK;
        // SAFETY: the library checks its arguments and writes the error.
        let raw = unsafe {
            opus_encoder_create(
                samples_per_second as i32,
                MONO,
                APPLICATION_VOIP,
                &mut error,
            )
        };
        let raw = NonNull::new(raw).ok_or(failed("no encoder"))?;
        let encoder = Encoder { raw };
        // What narrowband and wideband speech needs (RFC 7587 §3.1.1).
        let bits_per_second = if samples_per_second <= 8000 {
            16_000
        } else {
            28_000
        };
        for (request, value) in [
            (SET_BITRATE, bits_per_second),
            (SET_COMPLEXITY, COMPLEXITY),
            (SET_INBAND_FEC, 1),
            (SET_PACKET_LOSS_PERC, EXPECTED_LOSS),
        ] {
            // SAFETY: each of these requests takes one int.
            let result = unsafe { opus_encoder_ctl(raw.as_ptr(), request, value) };
            if result != OK {
                return Err(failed("a setting was refused"));
            }
        }
        Ok(encoder)
    }

    pub fn encode(&mut self, samples: &[i16]) -> Result<Vec<u8>, AudioError> {
        let mut data = vec![0; MAX_PACKET_BYTES];
        // SAFETY: the library reads as many samples, mono, and writes at most as many bytes.
        let written = unsafe {
            opus_encode(
                self.raw.as_ptr(),
                samples.as_ptr(),
                samples.len() as c_int,
                data.as_mut_ptr(),
                data.len() as i32,
            )
        };
        let bytes = usize::try_from(written).map_err(|_| failed("a frame was not encoded"))?;
        data.truncate(bytes);
        Ok(data)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: it was created and is used no more.
        unsafe { opus_encoder_destroy(self.raw.as_ptr()) }
    }
}

pub struct Decoder {
    raw: NonNull<RawDecoder>,
    samples_per_second: u32,
}

// SAFETY: as for the encoder.
unsafe impl Send for Decoder {}

impl Decoder {
    pub fn new(samples_per_second: u32) -> Result<Decoder, AudioError> {
        let mut error = OK;
        // SAFETY: the library checks its arguments and writes the error.
        let raw = unsafe { opus_decoder_create(samples_per_second as i32, MONO, &mut error) };
        let raw = NonNull::new(raw).ok_or(failed("no decoder"))?;
        Ok(Decoder {
            raw,
            samples_per_second,
        })
    }

    pub fn decode(&mut self, data: &[u8], samples: &mut Vec<i16>) -> Result<(), AudioError> {
        if data.is_empty() {
            // To the library no data means a lost packet.
            return Err(AudioError::Damaged(AudioCodec::Opus));
        }
        let room = (self.samples_per_second * MAX_PACKET_MS / 1000) as usize;
        self.call(Some(data), room, 0, samples)
    }

    pub fn conceal(&mut self, count: usize, next: Option<&[u8]>, samples: &mut Vec<i16>) {
        let before = samples.len();
        // The library makes up multiples of 2.5 ms, and the redundancy is of the last frame.
        let frame = (self.samples_per_second / 50) as usize;
        while samples.len() + frame < before + count {
            if self.call(None, frame, 0, samples).is_err() {
                break;
            }
        }
        let left = (before + count).saturating_sub(samples.len());
        let step = (self.samples_per_second / 400) as usize;
        let whole = left.div_ceil(step) * step;
        if whole > 0 {
            let known = next.filter(|data| !data.is_empty());
            let fec = c_int::from(known.is_some());
            let _ = self.call(known, whole, fec, samples);
        }
        samples.resize(before + count, 0);
    }

    fn call(
        &mut self,
        data: Option<&[u8]>,
        room: usize,
        fec: c_int,
        samples: &mut Vec<i16>,
    ) -> Result<(), AudioError> {
        let before = samples.len();
        samples.resize(before + room, 0);
        let (bytes, length) = data.map_or((std::ptr::null(), 0), |data| {
            (data.as_ptr(), i32::try_from(data.len()).unwrap_or(0))
        });
        // SAFETY: there is room for as many samples behind `before`, and as many bytes to read.
        let decoded = unsafe {
            opus_decode(
                self.raw.as_ptr(),
                bytes,
                length,
                samples[before..].as_mut_ptr(),
                room as c_int,
                fec,
            )
        };
        let Ok(decoded) = usize::try_from(decoded) else {
            samples.truncate(before);
            return Err(AudioError::Damaged(AudioCodec::Opus));
        };
        samples.truncate(before + decoded);
        Ok(())
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: it was created and is used no more.
        unsafe { opus_decoder_destroy(self.raw.as_ptr()) }
    }
}
