//! What is remembered of those who send to us, in bounded room: one table for everything that counts
//! by address or by device.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::net::{IpAddr, Ipv6Addr};

/// A table of two generations. When the younger is half of the room, the older is forgotten and the
/// younger takes its place: who is heard of stays, and a flood of new keys costs no search.
#[derive(Debug)]
pub struct Sources<K, T> {
    half: usize,
    young: HashMap<K, T>,
    old: HashMap<K, T>,
}

impl<K: Copy + Eq + Hash, T: Default> Sources<K, T> {
    pub fn new(room: usize) -> Sources<K, T> {
        Sources {
            half: room / 2,
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    /// What is remembered of that key, if anything is.
    pub fn get(&mut self, key: K) -> Option<&mut T> {
        match self.young.contains_key(&key) {
            true => self.young.get_mut(&key),
            false => self.old.get_mut(&key),
        }
    }

    /// The same, made where there is nothing, and kept for longer.
    pub fn note(&mut self, key: K) -> &mut T {
        if !self.young.contains_key(&key) {
            if self.young.len() >= self.half {
                self.old = mem::take(&mut self.young);
            }
            let known = self.old.remove(&key).unwrap_or_default();
            self.young.insert(key, known);
        }
        self.young.entry(key).or_default()
    }

    pub fn forget(&mut self, key: K) {
        self.young.remove(&key);
        self.old.remove(&key);
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

/// An address as something that is counted: of IPv6 the network, since a host chooses the rest of
/// its address as it likes (RFC 8981).
pub fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_heard_of_stays_while_a_flood_of_others_passes() {
        let mut sources: Sources<u32, u32> = Sources::new(100);
        for other in 1..10_000 {
            *sources.note(0) += 1;
            sources.note(other);
        }
        assert_eq!(sources.get(0), Some(&mut 9999));
        assert!(sources.len() <= 100, "{}", sources.len());
        assert_eq!(sources.get(1), None);
    }

    #[test]
    fn what_is_forgotten_is_gone_from_both_generations() {
        let mut sources: Sources<u32, u32> = Sources::new(4);
        for key in 0..3 {
            *sources.note(key) = key + 1;
        }
        assert_eq!(sources.get(0), Some(&mut 1));
        sources.forget(0);
        sources.forget(2);
        assert_eq!(sources.get(0), None);
        assert_eq!(sources.get(2), None);
        assert_eq!(sources.get(1), Some(&mut 2));
    }

    #[test]
    fn an_ipv6_host_is_counted_by_its_network_and_a_mapped_one_as_ipv4() {
        let of = |text: &str| place(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
