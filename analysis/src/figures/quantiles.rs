//! Quantiles of many numbers from a few counts.

use super::tally::Tally;

/// Each power of two is divided into `2^DIVISION` buckets.
const DIVISION: u32 = 6;
const BUCKETS: i64 = 1 << DIVISION;

/// A sketch of whole numbers, from which their quantiles are told with a relative error of at most
/// [`RELATIVE_ERROR`](Self::RELATIVE_ERROR); numbers below 128 exactly.
///
/// The buckets are those of `DDSketch` (Masson, Rim, Lee: VLDB 2019) with the logarithm interpolated between
/// powers of two, as in `HdrHistogram`: so the bucket of a number is found by shifts alone and is the same
/// on each machine. Buckets are counts: they can be added in any order, and taken back exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quantiles(Tally);

impl Quantiles {
    /// A bucket is at most 1/64 of its least number wide, and is represented by its middle.
    pub const RELATIVE_ERROR: f64 = 1.0 / 128.0;

    /// The sketch of these buckets.
    #[must_use]
    pub fn from_buckets(buckets: Tally) -> Self {
        Quantiles(buckets)
    }

    /// The buckets, and how many numbers are in each.
    #[must_use]
    pub fn buckets(&self) -> &Tally {
        &self.0
    }

    /// Counts a number; one below 0 as 0.
    pub fn add(&mut self, number: i64) {
        self.0.add(bucket(u64::try_from(number).unwrap_or(0)), 1);
    }

    /// Counts what another has counted, so many times.
    pub fn add_all(&mut self, other: &Self, times: i64) {
        self.0.add_all(&other.0, times);
    }

    /// How many numbers were counted.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.0.count()
    }

    /// The number with this share of the others below it, interpolated between two neighbours as
    /// `percentile_cont` does in SQL; 0 where there are none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
    pub fn quantile(&self, share: f64) -> f64 {
        let place = share.clamp(0.0, 1.0) * (self.count() - 1).max(0) as f64;
        let (low, high) = (self.at(place.floor()), self.at(place.ceil()));
        low + (high - low) * place.fract()
    }

    /// The number at a place in their order.
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
    fn at(&self, place: f64) -> f64 {
        let mut before = 0_i64;
        let mut buckets = self.0.iter().filter(|&(_, count)| count > 0);
        let bucket = buckets.find(|&(_, count)| {
            before = before.saturating_add(count);
            before as f64 > place
        });
        bucket.map_or(0.0, |(bucket, _)| middle(bucket))
    }
}

/// The first digits of the number, in binary, after how many more there are.
fn bucket(number: u64) -> i64 {
    let shift = (u64::BITS - number.leading_zeros()).saturating_sub(DIVISION + 1);
    i64::from(shift) * BUCKETS + (number >> shift).cast_signed()
}

#[expect(clippy::cast_precision_loss, reason = "a middle is an estimate")]
fn middle(bucket: i64) -> f64 {
    let shift = u32::try_from(bucket / BUCKETS - 1).unwrap_or(0).min(u64::BITS - DIVISION - 1);
    let width = 1_u64 << shift;
    let first = (bucket - i64::from(shift) * BUCKETS) as f64 * width as f64;
    first + (width - 1) as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::{Quantiles, bucket, middle};

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "an error of 1e-16 is none here")]
    fn the_middle_of_its_bucket_is_near_each_number() {
        for power in 0..63 {
            for number in [1_u64 << power, (1 << power) + 1, (2 << power) - 1, 3 << power >> 1] {
                let error = (middle(bucket(number)) - number as f64).abs();
                assert!(error <= number as f64 * Quantiles::RELATIVE_ERROR, "{number}");
                assert!(number >= 128 || error == 0.0, "{number}");
                assert!(bucket(number - 1) <= bucket(number), "{number}");
            }
        }
    }

    #[test]
    fn quantiles_lie_between_numbers_as_in_sql() {
        let mut quantiles = Quantiles::default();
        assert_eq!(quantiles.quantile(0.5).to_bits(), 0);
        for number in [10, 20, 40, 50] {
            quantiles.add(number);
        }
        let found = [0.0, 0.5, 0.95, 1.0].map(|share| quantiles.quantile(share));
        assert!(found.iter().zip([10.0, 30.0, 48.5, 50.0]).all(|(a, b)| (a - b).abs() < 1e-9));
    }
}
