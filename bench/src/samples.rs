//! The values of one figure, one for each run.

/// In the order of the runs, so that those of two figures can be compared in pairs.
#[derive(Clone)]
pub(crate) struct Samples(Vec<f64>);

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Samples(values.into_iter().collect())
    }
}

impl Samples {
    /// Each run's value in proportion to the same run's value of the other.
    pub(crate) fn per(&self, other: &Samples) -> Samples {
        self.0.iter().zip(&other.0).map(|(value, base)| value / base).collect()
    }

    /// The least value that this share of all values doesn't exceed.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]
    }

    pub(crate) fn median(&self) -> f64 {
        self.percentile(50)
    }

    pub(crate) fn least(&self) -> f64 {
        self.percentile(0)
    }

    pub(crate) fn most(&self) -> f64 {
        self.percentile(100)
    }
}
