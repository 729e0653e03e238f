pub const LIMIT: usize = 50;
