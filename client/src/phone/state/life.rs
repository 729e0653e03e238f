//! What happens to a page in its browser, beside what two people do.

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Life {
    /// The gateway takes longer to let us in than a person expects.
    pub slow: bool,
    /// The open camera gives no pictures for now: another program has it, or its own switch is off.
    pub camera_dark: bool,
}
