//! Slices of a strand on tracks on which they nest.

/// From when to when a slice is: it ends where it starts if it takes no time.
pub(crate) type Slice = (i64, i64);

/// The ends of the slices of a track that are not over.
#[derive(Default)]
struct Lane(Vec<i64>);

impl Lane {
    /// Whether it can have a slice that starts not before its others: within or after all of them.
    fn takes(&mut self, (start, end): Slice) -> bool {
        while self.0.pop_if(|open| *open <= start).is_some() {}
        let is_free = self.0.last().is_none_or(|&open| end <= open);
        if is_free {
            self.0.push(end);
        }
        is_free
    }
}

/// Of each slice, in order of their starts and of equal ones the longest first, the first track that can
/// have it.
pub(crate) fn lanes(slices: impl Iterator<Item = Slice>) -> Vec<usize> {
    let mut lanes: Vec<Lane> = Vec::new();
    let lane = |slice: Slice| {
        let free = lanes.iter_mut().position(|lane| lane.takes(slice));
        free.unwrap_or_else(|| {
            let mut lane = Lane::default();
            lane.takes(slice);
            lanes.push(lane);
            lanes.len() - 1
        })
    };
    slices.map(lane).collect()
}

#[cfg(test)]
mod tests {
    use super::lanes;

    #[test]
    fn slices_that_cross_are_on_two_tracks() {
        let slices = [(0, 10), (2, 2), (2, 5), (4, 12), (5, 7), (6, 9), (10, 10), (12, 13)];
        assert_eq!(lanes(slices.into_iter()), [0, 0, 0, 1, 0, 1, 0, 0]);
    }
}
