//! Pictures that an encoder made, for whom a decoder waits: a VP8 file (IVF) or an H.264 one (Annex
//! B with access unit delimiters) as packets of a browser, an H.263 one as packets of a plain peer.

use anyhow::{Context, Result, bail, ensure};

use super::browser::WebCodec;

/// One picture's payloads, in their order.
pub type Payloads = Vec<Vec<u8>>;

/// With SRTP, RTP, UDP and IP in front it stays below what browsers send.
pub const PAYLOAD_BYTES: usize = 1100;

/// Reads a file into pictures, to be sent over and over: its first must stand alone.
pub fn read(file: &[u8], codec: WebCodec) -> Result<Vec<Payloads>> {
    let pictures: Vec<Payloads> = match codec {
        WebCodec::Vp8 => ivf(file)?.into_iter().map(vp8).collect(),
        WebCodec::H264 => annex_b(file),
    };
    ensure!(!pictures.is_empty(), "no picture in the file");
    Ok(pictures)
}

fn ivf(file: &[u8]) -> Result<Vec<&[u8]>> {
    ensure!(file.starts_with(b"DKIF"), "not an IVF file");
    let mut rest = file.get(32..).context("a short header")?;
    let mut frames = Vec::new();
    while let Some((header, behind)) = rest.split_at_checked(12) {
        let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let Some((frame, behind)) = behind.split_at_checked(length) else {
            bail!("the file ends within a frame");
        };
        frames.push(frame);
        rest = behind;
    }
    Ok(frames)
}

/// RFC 7741 §4.2 without picture numbers: one partition, its beginning marked.
fn vp8(frame: &[u8]) -> Payloads {
    let chunks = frame.chunks(PAYLOAD_BYTES).enumerate();
    chunks
        .map(|(place, chunk)| [&[if place == 0 { 0x10 } else { 0 }], chunk].concat())
        .collect()
}

fn annex_b(file: &[u8]) -> Vec<Payloads> {
    const DELIMITER: u8 = 9;
    let mut pictures: Vec<Payloads> = Vec::new();
    for nal in nals(file) {
        match (nal[0] & 0x1f, pictures.last_mut()) {
            (DELIMITER, _) | (_, None) => pictures.push(Vec::new()),
            (_, Some(picture)) => fragments(nal, picture),
        }
    }
    pictures.retain(|picture| !picture.is_empty());
    pictures
}

fn nals(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts: Vec<usize> = file
        .windows(3)
        .enumerate()
        .filter(|(_, window)| *window == [0, 0, 1])
        .map(|(place, _)| place)
        .collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([file.len()]).collect();
    starts
        .into_iter()
        .zip(ends)
        .filter_map(move |(start, end)| {
            let nal = &file[start + 3..end];
            // The zero of a four-byte start code belongs to what follows.
            let length = nal.iter().rposition(|byte| *byte != 0)? + 1;
            Some(&nal[..length])
        })
}

/// A single NAL unit packet, or FU-A (RFC 6184 §5.8).
fn fragments(nal: &[u8], into: &mut Payloads) {
    if nal.len() <= PAYLOAD_BYTES {
        return into.push(nal.to_vec());
    }
    let (indicator, kind) = (nal[0] & 0xe0 | 28, nal[0] & 0x1f);
    let chunks = nal[1..].chunks(PAYLOAD_BYTES);
    let last = chunks.len() - 1;
    for (place, chunk) in chunks.enumerate() {
        let start = if place == 0 { 0x80 } else { 0 };
        let end = if place == last { 0x40 } else { 0 };
        into.push([&[indicator, start | end | kind], chunk].concat());
    }
}

/// Reads H.263 into pictures, cut where a group of blocks begins (RFC 2190 §5.1, mode A).
pub fn read_h263(file: &[u8]) -> Result<Vec<Payloads>> {
    let starts: Vec<usize> = file
        .windows(3)
        .enumerate()
        .filter(|(_, window)| window[0] == 0 && window[1] == 0 && window[2] >= 0x80)
        .map(|(place, _)| place)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([file.len()]);
    let mut pictures: Vec<Payloads> = Vec::new();
    for (start, end) in starts.iter().copied().zip(ends) {
        let group = &file[start..end];
        // A group number of 0 is a picture's (ITU-T H.263 §5.1.1, §5.2.3).
        let is_picture = group[2] & 0xfc == 0x80;
        match pictures.last_mut().filter(|_| !is_picture) {
            None => pictures.push(vec![mode_a(group)]),
            Some(picture) => match picture.last_mut() {
                Some(last) if last.len() + group.len() <= PAYLOAD_BYTES => last.extend(group),
                Some(_) | None => picture.push(mode_a(group)),
            },
        }
    }
    ensure!(!pictures.is_empty(), "no picture in the file");
    Ok(pictures)
}

/// QCIF, nothing optional; receivers read the rest from the picture itself.
fn mode_a(group: &[u8]) -> Vec<u8> {
    [&[0, 0x40, 0, 0], group].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vp8_file_becomes_descriptors_and_pieces() {
        let mut file = b"DKIF".to_vec();
        file.resize(32, 0);
        for length in [3_u32, 1500] {
            file.extend(length.to_le_bytes());
            file.extend([0; 8]);
            file.extend(vec![7; length as usize]);
        }
        let pictures = read(&file, WebCodec::Vp8).unwrap();
        assert_eq!(pictures[0], [vec![0x10, 7, 7, 7]]);
        assert_eq!(pictures[1].len(), 2);
        assert_eq!((pictures[1][0][0], pictures[1][1][0]), (0x10, 0));
        assert!(read(&file[..40], WebCodec::Vp8).is_err());
    }

    #[test]
    fn an_h263_file_is_cut_at_groups() {
        let group = |number: u8| [vec![0, 0, 0x80 | number << 2], vec![9; 500]].concat();
        let file = [group(0), group(1), group(2), group(0)].concat();
        let pictures = read_h263(&file).unwrap();
        assert_eq!(pictures.len(), 2);
        let lengths: Vec<_> = pictures[0].iter().map(Vec::len).collect();
        assert_eq!(lengths, [4 + 1006, 4 + 503]);
        assert_eq!(pictures[1][0][..7], [0, 0x40, 0, 0, 0, 0, 0x80]);
    }

    #[test]
    fn an_h264_file_is_cut_at_delimiters_and_long_units_in_pieces() {
        let mut file = vec![0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x65];
        file.extend(vec![5; 2500]);
        file.extend([0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x41, 2]);
        let pictures = read(&file, WebCodec::H264).unwrap();
        assert_eq!(pictures.len(), 2);
        assert_eq!(pictures[0][0], [0x67, 1]);
        let headers: Vec<_> = pictures[0][1..].iter().map(|p| (p[0], p[1])).collect();
        assert_eq!(headers, [(0x7c, 0x85), (0x7c, 0x05), (0x7c, 0x45)]);
        assert_eq!(pictures[1], [vec![0x41, 2]]);
    }
}
