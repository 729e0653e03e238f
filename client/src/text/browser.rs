//! Which program shows the page.

/// Which program shows this page: each hides the camera's permission elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    Chrome,
    ChromeOnAndroid,
    Firefox,
    Safari,
    SafariOnPhone,
    Other,
}

impl Browser {
    /// Reads the `User-Agent` text that a browser gives itself.
    pub fn from_user_agent(agent: &str) -> Self {
        let has = |word: &str| agent.contains(word);
        if has("iPhone") || has("iPad") {
            Self::SafariOnPhone
        } else if has("Firefox/") {
            Self::Firefox
        } else if has("Android") && has("Chrome/") {
            Self::ChromeOnAndroid
        } else if has("Chrome/") || has("Chromium/") {
            Self::Chrome
        } else if has("Safari/") {
            Self::Safari
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Browser;

    #[test]
    fn each_browser_is_told_by_its_own_words() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
                Browser::Chrome,
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36",
                Browser::ChromeOnAndroid,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
                Browser::Firefox,
            ),
            (
                "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15",
                Browser::Safari,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) AppleWebKit/605.1.15 Mobile Safari/604.1",
                Browser::SafariOnPhone,
            ),
            ("curl/8", Browser::Other),
        ];
        for (agent, expected) in cases {
            assert_eq!(Browser::from_user_agent(agent), expected, "{agent}");
        }
    }
}
