//! ITU-T H.264 Annex B: NAL units one after the other, each behind a start code.

/// The NAL units of a byte stream, without start codes and trailing zeros. What stands before the
/// first start code is passed over.
pub fn split(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = next_start_code(stream).map_or(&[][..], |at| &stream[at + 3..]);
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (nal, left) = match next_start_code(rest) {
                Some(at) => (&rest[..at], &rest[at + 3..]),
                None => (rest, &[][..]),
            };
            rest = left;
            let length = nal
                .iter()
                .rposition(|&octet| octet != 0)
                .map_or(0, |last| last + 1);
            if length > 0 {
                return Some(&nal[..length]);
            }
        }
        None
    })
}

/// NAL units as a byte stream with four-octet start codes.
pub fn join(nals: &[&[u8]]) -> Vec<u8> {
    let mut stream = Vec::with_capacity(nals.iter().map(|nal| nal.len() + 4).sum());
    for nal in nals {
        stream.extend_from_slice(&[0, 0, 0, 1]);
        stream.extend_from_slice(nal);
    }
    stream
}

fn next_start_code(stream: &[u8]) -> Option<usize> {
    stream.windows(3).position(|octets| octets == [0, 0, 1])
}
