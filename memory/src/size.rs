//! What allocations take of memory: the allocator rounds them up.

/// Small sizes are multiples of 16 bytes; then there are four for each power of two (jemalloc's
/// manual, "Size classes").
const QUANTUM: usize = 16;

/// Allocations of so many bytes have pages of their own,
const LARGE_BYTES: usize = 16 << 10;
/// and one more, so that not all of them begin at the same place of a cache.
const LARGE_PADDING: usize = 4 << 10;

/// Of an allocation of so many bytes.
pub(crate) fn allocated(bytes: usize) -> usize {
    if bytes == 0 {
        return 0;
    }
    let step = (bytes - 1).checked_ilog2().map_or(0, |log| 1 << log.saturating_sub(2));
    let size = bytes.next_multiple_of(step.max(QUANTUM));
    if size < LARGE_BYTES { size } else { size + LARGE_PADDING }
}

/// Of a value behind an [`Arc`](std::sync::Arc), which counts its owners in two words.
pub(crate) fn shared<T>() -> usize {
    allocated(2 * size_of::<usize>() + size_of::<T>())
}

#[cfg(test)]
mod tests {
    use super::allocated;

    #[test]
    fn sizes_are_those_of_jemalloc() {
        for (bytes, size) in
            [(0, 0), (1, 16), (17, 32), (128, 128), (129, 160), (4097, 5120), (16385, 24576)]
        {
            assert_eq!(allocated(bytes), size, "{bytes}");
        }
    }
}
