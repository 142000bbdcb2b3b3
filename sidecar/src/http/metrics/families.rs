//! Metrics as they are written: each has a name, a help text, and a value for each set of labels.

use prometheus::proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType};

/// A metric's name and help text.
pub(super) type Named = (&'static str, &'static str);

/// What is written, in its order.
#[derive(Default)]
pub(super) struct Families(Vec<MetricFamily>);

impl Families {
    pub(super) fn counter(&mut self, named: Named, value: u64) {
        self.counters(named, [(vec![], value)]);
    }

    pub(super) fn counters(
        &mut self,
        named: Named,
        values: impl IntoIterator<Item = (Vec<LabelPair>, u64)>,
    ) {
        let values = values.into_iter().map(|(labels, value)| (labels, float(value)));
        self.seconds(named, values);
    }

    /// A counter of what is no whole number.
    pub(super) fn seconds(
        &mut self,
        named: Named,
        values: impl IntoIterator<Item = (Vec<LabelPair>, f64)>,
    ) {
        self.add(named, MetricType::COUNTER, values, |metric, value| {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        });
    }

    pub(super) fn gauge(&mut self, named: Named, value: f64) {
        self.gauges(named, [(vec![], value)]);
    }

    pub(super) fn flag(&mut self, named: Named, is_so: bool) {
        self.gauge(named, f64::from(u8::from(is_so)));
    }

    pub(super) fn gauges(
        &mut self,
        named: Named,
        values: impl IntoIterator<Item = (Vec<LabelPair>, f64)>,
    ) {
        self.add(named, MetricType::GAUGE, values, |metric, value| {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        });
    }

    /// Those of the library: nothing is written of what has no values yet.
    pub(super) fn family(&mut self, family: MetricFamily) {
        if !family.get_metric().is_empty() {
            self.0.push(family);
        }
    }

    pub(super) fn into_inner(self) -> Vec<MetricFamily> {
        self.0
    }

    fn add(
        &mut self,
        (name, help): Named,
        kind: MetricType,
        values: impl IntoIterator<Item = (Vec<LabelPair>, f64)>,
        set: impl Fn(&mut Metric, f64),
    ) {
        let metric = |(labels, value)| {
            let mut metric = Metric::from_label(labels);
            set(&mut metric, value);
            metric
        };
        let mut family = MetricFamily::default();
        family.set_name(name.to_owned());
        family.set_help(help.to_owned());
        family.set_field_type(kind);
        family.set_metric(values.into_iter().map(metric).collect());
        self.0.push(family);
    }
}

pub(super) fn labels(pairs: &[(&str, &str)]) -> Vec<LabelPair> {
    let pair = |&(name, value): &(&str, &str)| {
        let mut pair = LabelPair::default();
        pair.set_name(name.to_owned());
        pair.set_value(value.to_owned());
        pair
    };
    pairs.iter().map(pair).collect()
}

#[allow(clippy::cast_precision_loss, reason = "a metric has 53 bits")]
pub(super) fn float(value: u64) -> f64 {
    value as f64
}
