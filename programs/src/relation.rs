//! A relation of numbers and its transitive closure, by bit sets.

/// Which numbers come before which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Of each number, the set of those before it.
    before: Vec<Vec<u64>>,
}

impl Relation {
    /// The closure of edges over the numbers below `count`: what comes before the start of an edge comes before
    /// its end, until nothing is new.
    #[must_use]
    pub fn closure(count: usize, edges: &[(usize, usize)]) -> Self {
        let mut before = vec![vec![0_u64; count.div_ceil(64)]; count];
        let mut is_new = true;
        while is_new {
            is_new = false;
            for &(start, end) in edges {
                let mut known = before[start].clone();
                known[start / 64] |= 1 << (start % 64);
                for (word, more) in before[end].iter_mut().zip(known) {
                    is_new |= *word | more != *word;
                    *word |= more;
                }
            }
        }
        Relation { before }
    }

    /// Whether one comes before the other.
    #[must_use]
    pub fn holds(&self, one: usize, other: usize) -> bool {
        self.before[other][one / 64] & (1 << (one % 64)) != 0
    }

    /// Whether neither comes before the other.
    #[must_use]
    pub fn is_concurrent(&self, one: usize, other: usize) -> bool {
        one != other && !self.holds(one, other) && !self.holds(other, one)
    }
}

#[cfg(test)]
mod tests {
    use super::Relation;

    #[test]
    fn what_comes_before_is_found_over_several_edges() {
        let relation = Relation::closure(100, &[(0, 70), (70, 99), (1, 99)]);
        assert!(relation.holds(0, 99));
        assert!(!relation.holds(99, 0));
        assert!(relation.is_concurrent(1, 70));
        assert!(!relation.is_concurrent(1, 1));
    }
}
