//! Memory for packets, used again: what one packet needed the next one takes, without asking the
//! system's allocator in between. Each thread has its own, so that nobody waits for anybody.

use std::cell::RefCell;

/// Buffers kept by a thread: more than pass through it between two looks at its sockets. Some 400 kB.
const KEPT: usize = 256;

/// What a buffer begins with: any packet on an Ethernet.
const CAPACITY_BYTES: usize = 1536;

/// A buffer that has grown beyond this is not kept.
const MAX_CAPACITY_BYTES: usize = 4096;

thread_local! {
    static FREE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer with room for a packet.
pub fn take() -> Vec<u8> {
    FREE.with_borrow_mut(Vec::pop)
        .unwrap_or_else(|| Vec::with_capacity(CAPACITY_BYTES))
}

/// A buffer with these bytes.
pub fn copy(bytes: &[u8]) -> Vec<u8> {
    let mut buffer = take();
    buffer.extend_from_slice(bytes);
    buffer
}

/// Takes a buffer that nobody needs any more.
pub fn give_back(mut buffer: Vec<u8>) {
    if !(CAPACITY_BYTES..=MAX_CAPACITY_BYTES).contains(&buffer.capacity()) {
        return;
    }
    buffer.clear();
    FREE.with_borrow_mut(|free| {
        if free.len() < KEPT {
            free.push(buffer);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_empty() {
        let mut first = take();
        first.extend_from_slice(b"packet");
        let memory = first.as_ptr();
        give_back(first);
        let second = take();
        assert_eq!((second.as_ptr(), second.len()), (memory, 0));
    }

    #[test]
    fn no_more_is_kept_than_one_turn_needs_and_nothing_that_is_large_or_small() {
        let many: Vec<Vec<u8>> = (0..KEPT + 50).map(|_| take()).collect();
        many.into_iter().for_each(give_back);
        give_back(Vec::with_capacity(MAX_CAPACITY_BYTES + 1));
        give_back(Vec::new());
        FREE.with_borrow(|free| {
            assert_eq!(free.len(), KEPT);
            assert!(free.iter().all(|one| one.capacity() >= CAPACITY_BYTES));
        });
    }
}
