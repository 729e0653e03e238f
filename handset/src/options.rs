//! The command line of `sidecam handset`.

use std::{net::SocketAddr, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration};

use anyhow::Context as _;

use crate::{
    agent::{Company, OnInvite},
    profile::{AudioEncoding, Encoding, OnOptions},
    source::{PatternText, Send},
};

/// A simulated IMS handset: SIP over UDP, plain RTP, and a page with its screen.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The model: nokia-6630, nokia-6680 (H.263), nokia-n70 (H263-1998), nokia-5230 (H.264 and
    /// H.263), operator-variant, rcs-e (H.264), ims-terminal (with AMR, AMR-WB and G.711)
    #[arg(long, default_value = "nokia-6680")]
    pub profile: String,
    /// A folder with more models, whose files come before those that are built in
    #[arg(long)]
    pub profiles_dir: Option<PathBuf>,
    /// With whom the phone is on a voice call: a number, "anybody" or "nobody"; absent: as the
    /// model's file says
    #[arg(long)]
    pub in_call: Option<Company>,
    /// What OPTIONS is answered: "capable", "untagged" or a status such as 480 or 603; absent: as the
    /// model does
    #[arg(long)]
    pub on_options: Option<OnOptions>,
    /// Of a model that asks its user before the camera opens: "ask" waits for the page's key, a number
    /// is after how many milliseconds the user presses it
    #[arg(long, default_value = "300")]
    pub confirm: Confirm,
    /// Of the model's codecs only this one: H263, H263-1998, H263-2000 or H264
    #[arg(long)]
    pub codec: Option<Encoding>,
    /// Of the model's audio codecs only this one: AMR, AMR-WB, PCMU or PCMA
    #[arg(long)]
    pub audio_codec: Option<AudioEncoding>,
    /// The frequency of the tone that a model with audio sends, in hertz
    #[arg(long, default_value_t = 440.0)]
    pub tone: f64,
    /// Where to register and where calls go, as in 127.0.0.1:5060; absent: direct calls only
    #[arg(long)]
    pub registrar: Option<SocketAddr>,
    /// The home domain of the account
    #[arg(long, default_value = "localhost")]
    pub domain: String,
    /// The account's name
    #[arg(long, default_value = "handset")]
    pub user: String,
    /// A file whose first line is the account's password
    #[arg(long)]
    pub password_file: Option<PathBuf>,
    /// The handset's own number, as in +358401234567
    #[arg(long, default_value = "")]
    pub number: String,
    /// Address and port of the SIP socket; media uses the same address
    #[arg(long, default_value = "127.0.0.1:0")]
    pub local: SocketAddr,
    /// Address and port of the page
    #[arg(long, default_value = "127.0.0.1:0")]
    pub page: SocketAddr,
    /// What happens when somebody calls
    #[arg(long, value_enum, default_value = "answer")]
    pub on_invite: OnInvite,
    /// What to show in a share: "pattern", or a .y4m file that is looped
    #[arg(long, default_value = "pattern")]
    pub send: Send,
    /// What is burnt into the pattern; pictures with "none" can be scored
    #[arg(long, value_enum, default_value = "time")]
    pub pattern_text: PatternText,
    /// Show one's own pictures too to a peer that shows some and wants to see some
    #[arg(long)]
    pub both_ways: bool,
    /// Ports that are left to another program of this machine when media looks for its own.
    #[arg(skip)]
    pub spared_ports: Option<RangeInclusive<u16>>,
    /// A folder for the page's snapshots
    #[arg(long)]
    pub snapshots: Option<PathBuf>,
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// When a phone's user says that the camera may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    After(Duration),
    /// By the page.
    Asked,
}

impl FromStr for Confirm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ask" => Ok(Self::Asked),
            number => match number.parse() {
                Ok(milliseconds) => Ok(Self::After(Duration::from_millis(milliseconds))),
                Err(_) => Err(format!("{text:?} is neither ask nor milliseconds")),
            },
        }
    }
}

#[derive(Debug, Clone, clap::Subcommand)]
pub enum Action {
    /// Call a number, show, and leave when the call is over
    Share {
        /// A number, or a SIP address as in sip:127.0.0.1:5070
        to: String,
        /// End the call after this long; absent: when the other side does
        #[arg(long)]
        seconds: Option<u64>,
    },
    /// Call a number to talk, and leave when the call is over
    Talk {
        /// A number, or a SIP address as in sip:127.0.0.1:5070
        to: String,
    },
}

impl Options {
    /// The first line of the password file; empty without a file.
    pub fn password(&self) -> anyhow::Result<String> {
        let Some(path) = &self.password_file else {
            return Ok(String::new());
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(text.lines().next().unwrap_or_default().to_owned())
    }
}
