//! RFC 5939 §3.4, §3.5: what else a line could be, `a=tcap` and `a=pcfg`. Read, so that it can be said why
//! it is not taken: the answer is always to the actual configuration, the `m=` line as it stands.

/// Potential configurations read of one media line; the document's own examples have three.
pub const MAX_CONFIGURATIONS: usize = 16;

/// Transports named by one `a=tcap` line, and in one description.
pub const MAX_TRANSPORTS: usize = 16;

/// The transports of one `a=tcap` line, numbered from its first on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportCapability {
    pub first: u32,
    pub protocols: Vec<String>,
}

impl TransportCapability {
    /// Reads `1 RTP/SAVPF RTP/AVPF`; `None` when it is not that.
    pub fn read(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let first = words.next()?.parse().ok().filter(|first| *first > 0)?;
        let protocols: Vec<String> = words.take(MAX_TRANSPORTS).map(str::to_owned).collect();
        (!protocols.is_empty()).then_some(TransportCapability { first, protocols })
    }

    pub fn write(&self) -> String {
        format!("{} {}", self.first, self.protocols.join(" "))
    }

    /// The transport with this number.
    pub fn protocol(&self, number: u32) -> Option<&str> {
        let index = number.checked_sub(self.first)?;
        let found = self.protocols.get(usize::try_from(index).ok()?);
        found.map(String::as_str)
    }
}

/// One `a=pcfg` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PotentialConfiguration {
    pub number: u32,
    /// The transports it may have, the preferred first: `t=1|2`.
    pub transports: Vec<u32>,
    /// Its other parts, as written.
    pub others: Vec<String>,
}

impl PotentialConfiguration {
    /// Reads `1 t=1|2 a=1`; `None` when it is not that.
    pub fn read(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let number = words.next()?.parse().ok().filter(|number| *number > 0)?;
        let mut read = PotentialConfiguration {
            number,
            transports: Vec::new(),
            others: Vec::new(),
        };
        for word in words.take(MAX_TRANSPORTS) {
            match word.strip_prefix("t=") {
                Some(list) if read.transports.is_empty() => {
                    let numbers = list.split('|').take(MAX_TRANSPORTS);
                    read.transports = numbers
                        .map(|number| number.parse().ok())
                        .collect::<Option<_>>()?;
                }
                Some(_) => return None,
                None => read.others.push(word.to_owned()),
            }
        }
        Some(read)
    }

    pub fn write(&self) -> String {
        let mut words = vec![self.number.to_string()];
        if !self.transports.is_empty() {
            let numbers: Vec<String> = self.transports.iter().map(u32::to_string).collect();
            words.push(format!("t={}", numbers.join("|")));
        }
        words.extend(self.others.iter().cloned());
        words.join(" ")
    }
}
