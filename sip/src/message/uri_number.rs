//! RFC 3261 §19.1.6: a `tel:` URI as a SIP URI, and back.

use super::host::Host;
use super::uri::{SipUri, TelUri, Uri};
use super::uri_text::UriText;

impl TelUri {
    /// The number at a domain, `user=phone`: parameters stand in the user, in lower case and in order, so
    /// that two ways of writing one number are one address. Visual separators mean nothing and go.
    pub fn to_sip(&self, domain: Host) -> SipUri {
        let mut params: Vec<String> = self
            .params
            .iter()
            .map(|(name, value)| match value {
                Some(value) => format!("{name}={value}").to_ascii_lowercase(),
                None => name.to_ascii_lowercase(),
            })
            .collect();
        // RFC 3966 §3: where it leads behind the number comes first, then by name.
        let rank = |param: &str| match param.split('=').next().unwrap_or_default() {
            "isub" => 0,
            "ext" | "postd" => 1,
            _ => 2,
        };
        params.sort_unstable_by(|one, two| rank(one).cmp(&rank(two)).then_with(|| one.cmp(two)));
        let mut user = UriText::escape(&self.number().to_ascii_lowercase())
            .as_str()
            .to_owned();
        for param in params {
            user.push(';');
            user.push_str(&param);
        }
        let mut uri = SipUri::new(domain).with_param("user", "phone");
        uri.user = Some(UriText::escaped(user));
        uri
    }
}

impl SipUri {
    /// The number in the user, with its parameters; `None` where the user is none.
    pub fn to_tel(&self) -> Option<TelUri> {
        Uri::Sip(self.clone()).number()?;
        let user = self.user.as_ref()?.as_str();
        match format!("tel:{user}").parse() {
            Ok(Uri::Tel(tel)) => Some(tel),
            Ok(Uri::Sip(_) | Uri::Other(_)) | Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tel(text: &str) -> TelUri {
        match text.parse() {
            Ok(Uri::Tel(tel)) => tel,
            other => panic!("{other:?}"),
        }
    }

    /// R7.2: `tel:` with plus, or a SIP address with `user=phone`; parameters stay with the number.
    #[test]
    fn a_number_is_one_address_however_it_is_written() {
        let cases = [
            (
                "tel:+358-555-1234567",
                "sip:+3585551234567@foo.com;user=phone",
            ),
            (
                "tel:+358-555-1234567;postd=pp22",
                "sip:+3585551234567;postd=pp22@foo.com;user=phone",
            ),
            (
                "tel:7042;Phone-Context=Example.COM;ext=9;ISUB=1411",
                "sip:7042;isub=1411;ext=9;phone-context=example.com@foo.com;user=phone",
            ),
            (
                "tel:+15550001;verstat=No;cpc=Ordinary",
                "sip:+15550001;cpc=ordinary;verstat=no@foo.com;user=phone",
            ),
        ];
        for (written, expected) in cases {
            let sip = tel(written).to_sip("foo.com".parse().unwrap());
            assert_eq!(sip.to_string(), expected);
            // What was written is read back as it is meant.
            let read: Uri = expected.parse().unwrap();
            let back = read.as_sip().and_then(SipUri::to_tel);
            assert_eq!(back.map(|back| back.number()), Some(tel(written).number()));
        }
    }

    /// R7.2
    #[test]
    fn only_a_number_becomes_tel() {
        let cases = [
            ("sip:+15550001@example.net", Some("tel:+15550001")),
            (
                "sip:+1-555-0001;ext=7@example.net;user=phone",
                Some("tel:+1-555-0001;ext=7"),
            ),
            (
                "sip:0201;phone-context=+44@example.net;user=phone",
                Some("tel:0201;phone-context=+44"),
            ),
            ("sip:anna@example.net", None),
            ("sip:example.net", None),
        ];
        for (written, expected) in cases {
            let uri: Uri = written.parse().unwrap();
            let tel = uri.as_sip().and_then(SipUri::to_tel);
            assert_eq!(
                tel.map(|tel| tel.to_string()).as_deref(),
                expected,
                "{written}"
            );
        }
    }
}
