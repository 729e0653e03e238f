#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareId(pub u64);
#[derive(Clone, Debug)]
pub struct Sample { pub at_milliseconds: u64, pub bytes: u64, pub frames: u64, pub width: u32, pub height: u32, pub frames_per_second: u32, pub codec: String }
