//! What collections take of memory, in bytes: as close as their sizes tell, without what their keys and values
//! own elsewhere.

use std::collections::BTreeMap;

use foldhash::HashMap;

/// What allocators round up to.
const QUANTUM: usize = 16;

/// Of an allocation of so many bytes.
pub(super) fn allocated(bytes: usize) -> usize {
    bytes.next_multiple_of(QUANTUM)
}

/// Of so many bytes behind an [`Arc`](std::sync::Arc), which counts its owners in two words.
pub(super) fn shared_bytes(bytes: usize) -> usize {
    allocated(2 * size_of::<usize>() + bytes)
}

/// Of a hash map: an eighth of its slots are always empty, and each has a byte beside it.
pub(super) fn map_bytes<K, V>(map: &HashMap<K, V>) -> usize {
    map.capacity() * 8 / 7 * (size_of::<(K, V)>() + 1)
}

/// Of a B-tree, whose nodes are two thirds full.
pub(super) fn tree_bytes<K, V>(tree: &BTreeMap<K, V>) -> usize {
    tree.len() * size_of::<(K, V)>() * 3 / 2
}
