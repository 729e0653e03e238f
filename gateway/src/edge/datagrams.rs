//! UDP in batches: many datagrams a system call, in both directions, and no memory of its own for any
//! of them.
//!
//! Reading takes up to [`BATCH`] datagrams by one `recvmmsg`, more where the kernel has joined some of
//! one source (GRO). What is written to one address in a row, and equally long as pictures' packets
//! are, leaves by one `sendmsg` that the kernel takes apart (GSO); where it can't, one by one.

use std::io::{self, ErrorKind, IoSliceMut};
use std::net::SocketAddr;

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use quinn_udp::{RecvMeta, Transmit, UdpSocketState};
use socket2::SockRef;

/// Datagrams read by one call.
pub const BATCH: usize = quinn_udp::BATCH_SIZE;

/// As long as datagrams that the kernel has joined can be together.
const SLOT_BYTES: usize = 64 * 1024;

/// As much as is handed to the kernel at once: what one UDP datagram could carry.
const TRAIN_BYTES: usize = 65_000;

/// A socket that never blocks.
#[derive(Debug)]
pub struct Socket {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Socket {
    /// `kernel_bytes`: what the kernel is asked to keep for us in each direction. It gives as much as
    /// `net.core.rmem_max` and `wmem_max` allow.
    ///
    /// # Errors
    /// The address is taken, or not ours.
    pub fn bind(address: SocketAddr, kernel_bytes: usize) -> io::Result<Socket> {
        let socket = UdpSocket::bind(address)?;
        let kernel = SockRef::from(&socket);
        for set in [
            kernel.set_recv_buffer_size(kernel_bytes),
            kernel.set_send_buffer_size(kernel_bytes),
        ] {
            if let Err(error) = set {
                tracing::debug!(%error, "the kernel keeps its own buffer size for media");
            }
        }
        let state = UdpSocketState::new((&socket).into())?;
        Ok(Socket { socket, state })
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Has the poll that `registry` is of say when there is something to read.
    ///
    /// # Errors
    /// The system watches no more sockets.
    pub fn watch(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }

    fn send(
        &self,
        destination: SocketAddr,
        bytes: &[u8],
        segment: Option<usize>,
    ) -> io::Result<()> {
        let transmit = Transmit {
            destination,
            ecn: None,
            contents: bytes,
            segment_size: segment,
            src_ip: None,
        };
        self.state.try_send((&self.socket).into(), &transmit)
    }
}

/// The memory that datagrams are read into, one for all sockets of a thread.
pub struct Receiver {
    buffer: Vec<u8>,
    metas: [RecvMeta; BATCH],
    filled: usize,
}

/// Whether a socket may have more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// The poll will say when something comes.
    Nothing,
    /// Nobody will say so: it must be read again.
    More,
}

impl Default for Receiver {
    fn default() -> Receiver {
        Receiver {
            buffer: vec![0; BATCH * SLOT_BYTES],
            metas: [RecvMeta::default(); BATCH],
            filled: 0,
        }
    }
}

impl Receiver {
    /// Reads a batch, which [`Receiver::datagrams`] then has.
    pub fn read(&mut self, socket: &Socket) -> Left {
        let mut slots = self.buffer.chunks_exact_mut(SLOT_BYTES);
        let mut slices: [IoSliceMut<'_>; BATCH] =
            std::array::from_fn(|_| IoSliceMut::new(slots.next().unwrap_or_default()));
        let read = socket
            .state
            .recv((&socket.socket).into(), &mut slices, &mut self.metas);
        let (filled, left) = match read {
            Ok(BATCH) => (BATCH, Left::More),
            Ok(count) => (count, Left::Nothing),
            Err(error) if error.kind() == ErrorKind::WouldBlock => (0, Left::Nothing),
            // An ICMP error of an earlier datagram, told at the next call; what is behind it stays.
            Err(error) => {
                tracing::trace!(%error, "receiving media");
                (0, Left::More)
            }
        };
        self.filled = filled;
        left
    }

    /// What the last batch brought, in the order of arrival.
    pub fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        let read = self.metas[..self.filled].iter();
        read.zip(self.buffer.chunks_exact(SLOT_BYTES))
            .flat_map(|(meta, slot)| {
                let bytes = &slot[..meta.len.min(SLOT_BYTES)];
                // An empty datagram has no stride.
                bytes.chunks(meta.stride.max(1)).map(|one| (meta.addr, one))
            })
    }
}

/// Datagrams on their way: those to one address in a row wait until another follows.
#[derive(Default)]
pub struct Trains {
    bytes: Vec<u8>,
}

/// The datagrams of one drain. Leaves when it is dropped.
pub struct Train<'a> {
    bytes: &'a mut Vec<u8>,
    open: Option<Open<'a>>,
    unsent: u64,
}

struct Open<'a> {
    socket: &'a Socket,
    destination: SocketAddr,
    /// How long each datagram is.
    segment: usize,
    count: usize,
    /// Only the last of a train may be shorter.
    is_complete: bool,
}

impl Trains {
    pub fn begin(&mut self) -> Train<'_> {
        Train {
            bytes: &mut self.bytes,
            open: None,
            unsent: 0,
        }
    }
}

impl<'a> Train<'a> {
    /// Sends a datagram, at the latest when [`Train::end`] is called.
    pub fn push(&mut self, socket: &'a Socket, destination: SocketAddr, bytes: &[u8]) {
        let fits = self.open.as_ref().is_some_and(|open| {
            std::ptr::eq(open.socket, socket)
                && open.destination == destination
                && !open.is_complete
                && bytes.len() <= open.segment
                && open.count < socket.state.max_gso_segments()
                && self.bytes.len() + bytes.len() <= TRAIN_BYTES
        });
        if !fits {
            self.leave();
        }
        let open = self.open.get_or_insert(Open {
            socket,
            destination,
            segment: bytes.len(),
            count: 0,
            is_complete: false,
        });
        open.count += 1;
        open.is_complete = bytes.len() < open.segment;
        self.bytes.extend_from_slice(bytes);
    }

    /// Sends what waits. Gives how many datagrams the sockets did not take: they are lost, as on any
    /// full link.
    pub fn end(mut self) -> u64 {
        self.leave();
        self.unsent
    }

    fn leave(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let Open {
            socket,
            destination,
            segment,
            count,
            ..
        } = open;
        let joined = (count > 1).then_some(segment);
        match socket.send(destination, self.bytes, joined) {
            Ok(()) => {}
            Err(error) if joined.is_some() && error.kind() != ErrorKind::WouldBlock => {
                // A driver that cannot take trains apart says so once; from then on they are of one.
                for one in self.bytes.chunks(segment) {
                    self.unsent += u64::from(socket.send(destination, one, None).is_err());
                }
            }
            Err(_) => self.unsent += count as u64,
        }
        self.bytes.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn socket() -> Socket {
        Socket::bind("127.0.0.1:0".parse().unwrap(), 1 << 20).unwrap()
    }

    /// What arrives until there are so many, in order.
    fn read(receiver: &mut Receiver, from: &Socket, count: usize) -> Vec<Vec<u8>> {
        let start = Instant::now();
        let mut came = Vec::new();
        while came.len() < count && start.elapsed() < Duration::from_secs(5) {
            receiver.read(from);
            came.extend(receiver.datagrams().map(|(_, bytes)| bytes.to_vec()));
        }
        came
    }

    #[test]
    fn datagrams_of_all_lengths_arrive_whole_and_in_order_whatever_leaves_together() {
        let (near, far) = (socket(), socket());
        let to = far.local_addr().unwrap();
        let lengths = [1000, 1000, 1000, 700, 1000, 1000, 1200, 1, 1, 1200, 1200];
        let sent: Vec<Vec<u8>> = lengths
            .iter()
            .enumerate()
            .map(|(index, length)| vec![index as u8; *length])
            .collect();
        let mut trains = Trains::default();
        let mut train = trains.begin();
        for bytes in &sent {
            train.push(&near, to, bytes);
        }
        assert_eq!(train.end(), 0);
        assert_eq!(read(&mut Receiver::default(), &far, sent.len()), sent);
    }

    #[test]
    fn datagrams_for_two_addresses_take_their_own_ways() {
        let (near, one, other) = (socket(), socket(), socket());
        let mut trains = Trains::default();
        let mut train = trains.begin();
        for number in 0..6u8 {
            let to = if number % 2 == 0 { &one } else { &other };
            train.push(&near, to.local_addr().unwrap(), &[number; 100]);
        }
        assert_eq!(train.end(), 0);
        let mut receiver = Receiver::default();
        let numbers = |came: Vec<Vec<u8>>| came.iter().map(|bytes| bytes[0]).collect::<Vec<u8>>();
        assert_eq!(numbers(read(&mut receiver, &one, 3)), [0, 2, 4]);
        assert_eq!(numbers(read(&mut receiver, &other, 3)), [1, 3, 5]);
    }

    #[test]
    fn a_batch_that_was_full_says_that_there_may_be_more() {
        let (near, far) = (socket(), socket());
        let to = far.local_addr().unwrap();
        for number in 0..BATCH + 2 {
            // One by one, and of different lengths, so that the kernel joins none.
            let mut trains = Trains::default();
            let mut train = trains.begin();
            train.push(&near, to, &vec![1; 10 + number]);
            assert_eq!(train.end(), 0);
        }
        let mut receiver = Receiver::default();
        assert_eq!(receiver.read(&far), Left::More);
        assert_eq!(receiver.read(&far), Left::Nothing);
        assert_eq!(receiver.read(&far), Left::Nothing);
        assert_eq!(receiver.datagrams().count(), 0);
    }
}
