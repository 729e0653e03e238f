//! RFC 3264: what a model answers to an offer, without a phone that runs.

use std::net::{IpAddr, Ipv4Addr};

use crate::offer::Writer;
use crate::profile::Profile;

/// Where the model says it is; an address that nobody has (RFC 5737).
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 20));
const RTP_PORT: u16 = 49152;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    #[error("{0}")]
    Profile(String),
    /// The model would refuse the call.
    #[error("{0}")]
    Refused(String),
}

/// What the built-in model of that name answers to an offer.
///
/// # Errors
/// There is no such model, or it would refuse.
pub fn answer(profile: &str, offer: &[u8]) -> Result<Vec<u8>, DescribeError> {
    let profile =
        Profile::named(profile).map_err(|error| DescribeError::Profile(error.to_string()))?;
    let writer = Writer {
        profile: &profile,
        address: ADDRESS,
        rtp_port: RTP_PORT,
        session: 1,
    };
    let answer = writer.answer(offer);
    let (answer, _) = answer.map_err(|error| DescribeError::Refused(error.to_string()))?;
    Ok(answer.to_string().into_bytes())
}

/// Whether there is a built-in model of that name.
///
/// # Errors
/// There is none; says which there are.
pub fn known(profile: &str) -> Result<(), DescribeError> {
    Profile::named(profile)
        .map(|_| ())
        .map_err(|error| DescribeError::Profile(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_answers_with_its_own_words() {
        let offer = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
            m=video 30000 RTP/AVP 34\r\na=sendonly\r\n";
        let answered = answer("nokia-6680", offer.as_bytes()).unwrap();
        let text = String::from_utf8(answered).unwrap();
        assert!(text.contains("m=video 49152 RTP/AVP 34\r\n"), "{text}");
        assert!(answer("nokia-n70", offer.as_bytes()).is_err());
        assert!(known("nokia-5230").is_ok());
        let error = known("n-gage").unwrap_err().to_string();
        assert!(error.contains("nokia-6680"), "{error}");
    }
}
