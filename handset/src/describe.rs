//! RFC 3264: what a model answers to an offer, without a phone that runs.

use std::net::{IpAddr, Ipv4Addr};

use crate::offer::{Refusal, Writer};
use crate::profile::Model;

/// Where the model says it is; an address that nobody has (RFC 5737).
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 20));
const RTP_PORT: u16 = 49152;

/// What a model answers to an offer.
///
/// # Errors
/// It would refuse.
pub fn answer(model: &Model, offer: &[u8]) -> Result<Vec<u8>, Refusal> {
    let writer = Writer {
        profile: &model.play,
        address: ADDRESS,
        rtp_port: RTP_PORT,
        session: 1,
        both_ways: false,
    };
    let (answer, _) = writer.answer(offer)?;
    Ok(answer.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Models;

    #[test]
    fn a_model_answers_with_its_own_words() {
        let models = Models::built_in().unwrap();
        let offer = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
            m=video 30000 RTP/AVP 34\r\na=sendonly\r\n";
        let answered = |name| answer(models.named(name).unwrap(), offer.as_bytes());
        let text = String::from_utf8(answered("nokia-6680").unwrap()).unwrap();
        assert!(text.contains("m=video 49152 RTP/AVP 34\r\n"), "{text}");
        assert!(answered("nokia-n70").is_err());
    }
}
