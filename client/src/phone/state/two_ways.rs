//! A share that is to go both ways.

/// Where the wish for the other direction of a share stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TwoWays {
    #[default]
    None,
    /// They were asked to show theirs too.
    Asking,
    /// They wish something of us.
    Wished(Wish),
    /// Nothing came of what we asked.
    Told(No),
}

impl TwoWays {
    /// The word in `data-ways`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Asking => "asking",
            Self::Wished(Wish::SeeOurs) => "see-ours",
            Self::Wished(Wish::ShowTheirs) => "show-theirs",
            Self::Told(No::Declined) => "declined",
            Self::Told(No::NoAnswer) => "no-answer",
            Self::Told(No::Cannot) => "cannot",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// We watch; they want to see ours too.
    SeeOurs,
    /// They watch; they want to show theirs too.
    ShowTheirs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum No {
    Declined,
    NoAnswer,
    /// Their phone keeps to one way.
    Cannot,
}
