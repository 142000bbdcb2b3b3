//! What holds for the critical path of any trace.

mod random;

use proptest::prelude::*;
use raceway_analysis::calls::calls;
use raceway_analysis::critical_path::critical_path;
use raceway_analysis::order::Order;
use raceway_analysis::strands::Strands;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn steps_add_up_to_a_path_within_the_trace(traces in random::traces()) {
        for trace in &traces {
            let (strands, calls) = (Strands::of(trace), calls(trace));
            let order = Order::of(trace, &strands, &calls).expect("few events");
            let path = critical_path(trace, &strands, &calls, Some(&order)).expect("events");
            let sum: f64 = path.path.iter().map(|step| step.duration_ms).sum();
            let near = 1e-9 * path.trace_total_duration_ms + 1e-9;
            prop_assert!((sum - path.total_duration_ms).abs() <= near);
            prop_assert!(path.total_duration_ms <= path.trace_total_duration_ms);
            prop_assert!((0.0..=100.0).contains(&path.percentage_of_total));
            prop_assert!(path.path.iter().all(|step| step.duration_ms >= 0.0));
            let latest = trace.timestamp(u32::try_from(trace.events().len() - 1).expect("few"));
            prop_assert_eq!(path.path.last().map(|step| step.timestamp), Some(latest));
            let ids: std::collections::BTreeSet<_> = path.path.iter().map(|step| &step.id).collect();
            prop_assert_eq!(ids.len() as u64, path.path_events);
        }
    }
}
