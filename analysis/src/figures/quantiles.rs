//! Quantiles of many numbers from a few counts.

use super::series::{Series, Sums};

/// Each power of two is divided into `2^DIVISION` buckets.
const DIVISION: u32 = 6;
const BUCKETS: u64 = 1 << DIVISION;

/// A sketch of whole numbers, from which their quantiles are told with a relative error of at most
/// [`RELATIVE_ERROR`](Self::RELATIVE_ERROR); numbers below 128 exactly.
///
/// The buckets are those of `DDSketch` (Masson, Rim, Lee: VLDB 2019) with the logarithm interpolated between
/// powers of two, as in `HdrHistogram`: so the bucket of a number is found by shifts alone and is the same
/// on each machine. Buckets are counts: they can be added in any order, and taken back exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quantiles(Series<Bucket, i64>);

/// The number of a bucket: greater for greater numbers.
pub(super) type Bucket = u16;

impl Quantiles {
    /// A bucket is at most 1/64 of its least number wide, and is represented by its middle.
    pub const RELATIVE_ERROR: f64 = 1.0 / 128.0;

    /// The buckets, and how many numbers are in each.
    pub(super) fn buckets(&self) -> &Series<Bucket, i64> {
        &self.0
    }

    /// The same, to be added to.
    pub(super) fn buckets_mut(&mut self) -> &mut Series<Bucket, i64> {
        &mut self.0
    }

    /// Counts a number; one below 0 as 0.
    pub fn add(&mut self, number: i64) {
        self.0.add(bucket(u64::try_from(number).unwrap_or(0)), &1);
    }

    /// How many numbers were counted.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.0.iter().fold(0, |sum, (_, &count)| sum.wrapping_add(count))
    }

    /// The number with this share of the others below it, interpolated between two neighbours as
    /// `percentile_cont` does in SQL; 0 where there are none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
    pub fn quantile(&self, share: f64) -> f64 {
        let place = share.clamp(0.0, 1.0) * self.count().saturating_sub(1).max(0) as f64;
        let (low, high) = (self.at(place.floor()), self.at(place.ceil()));
        low + (high - low) * place.fract()
    }

    /// The number at a place in their order.
    #[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
    fn at(&self, place: f64) -> f64 {
        let mut before = 0_i64;
        let mut buckets = self.0.iter().filter(|&(_, &count)| count > 0);
        let bucket = buckets.find(|&(_, &count)| {
            before = before.saturating_add(count);
            before as f64 > place
        });
        bucket.map_or(0.0, |(bucket, _)| middle(bucket))
    }
}

impl Sums for Quantiles {
    fn add_all(&mut self, other: &Self, times: i64) {
        self.0.add_all(&other.0, times);
    }
}

/// The first digits of the number, in binary, after how many more there are.
fn bucket(number: u64) -> Bucket {
    let shift = (u64::BITS - number.leading_zeros()).saturating_sub(DIVISION + 1);
    let bucket = u64::from(shift) * BUCKETS + (number >> shift);
    Bucket::try_from(bucket).expect("58 powers of two have 64 buckets each, and the first 128")
}

#[expect(clippy::cast_precision_loss, reason = "a middle is an estimate")]
fn middle(bucket: Bucket) -> f64 {
    let bucket = u64::from(bucket);
    let shift = (bucket / BUCKETS).saturating_sub(1);
    let width = 2_f64.powi(i32::try_from(shift).unwrap_or(i32::MAX));
    (bucket - shift * BUCKETS) as f64 * width + (width - 1.0) / 2.0
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
