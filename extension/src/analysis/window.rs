//! What is found in many traces together.

use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::figures::tables::Listed;
use raceway_analysis::global::{MAX_EVENTS, Search};
use raceway_analysis::history::variable_history;
use raceway_analysis::interleavings::{Pattern, Scope, Window};
use raceway_analysis::lock_order::LockOrder;
use raceway_analysis::{Causality, Options, Trace, figures};
use raceway_model::Timestamp;

use super::{json, stored, too_complex};
use crate::error::invalid_parameter;
use crate::instant::nearest;
use crate::jsonb::Jsonb;

/// How many accesses a history shows at most.
const MAX_HISTORY: usize = 10_000;

/// What is asked about: NULL stands for all.
pub(super) struct Asked<'a> {
    pub(super) since: Option<TimestampWithTimeZone>,
    pub(super) until: Option<TimestampWithTimeZone>,
    pub(super) service: Option<&'a str>,
    pub(super) variable: Option<&'a str>,
    /// The name of a pattern of interleavings, or how many answers there are at most.
    pub(super) detail: Option<&'a str>,
    pub(super) options: Options,
}

impl Asked<'_> {
    /// Its traces: where services share variables, those of all services.
    pub(super) fn traces(&self) -> Vec<Listed> {
        let service = self.service.filter(|_| self.options.shared_variables.is_empty());
        stored::between(self.since, self.until, service, self.variable)
    }

    /// The time asked about, with both of its ends.
    pub(super) fn window(&self) -> figures::Window {
        let instant =
            |instant: Option<_>, default| instant.map_or(default, |at| nearest(at).micros());
        figures::Window {
            from: Timestamp::nearest(instant(self.since, i64::MIN)),
            until: Timestamp::nearest(instant(self.until, i64::MAX).saturating_sub(1)),
        }
    }

    fn scope(&self) -> Scope {
        Scope {
            service: self.service.map(str::to_owned),
            variable: self.variable.map(str::to_owned),
            pattern: self.detail.map(pattern),
            ..Scope::default()
        }
    }
}

/// The answer to a question about the accesses and locks of traces; `None` to any other.
pub(super) fn answer(call: FunctionCallInfo, question: &str, asked: &Asked) -> Option<Jsonb> {
    Some(match question {
        "interleavings" => json(&accesses(call, asked).find()),
        "history" => json(&variable_history(&accesses(call, asked), MAX_HISTORY)),
        "global analysis" => json(&searched(call, asked, Search::add).analysis()),
        "global races" => json(&searched(call, asked, Search::add_with_races).races()),
        "lock order" => {
            let mut order = LockOrder::default();
            each(call, asked, |causality| order.add(causality));
            json(&order.find())
        }
        _ => return None,
    })
}

fn pattern(name: &str) -> Pattern {
    let pattern = Pattern::try_from(name.to_owned());
    pattern.unwrap_or_else(|error| invalid_parameter(&format!("of_pattern: {error}")))
}

/// The newest traces with as many events as can be searched.
fn searched(call: FunctionCallInfo, asked: &Asked, add: fn(&mut Search, Trace)) -> Search {
    let (traces, omitted) = stored::newest(asked.since, asked.until, MAX_EVENTS);
    let mut search = Search::new(asked.options.clone(), omitted);
    stored::each(call, &traces, |trace| add(&mut search, trace));
    search
}

fn accesses(call: FunctionCallInfo, asked: &Asked) -> Window {
    let mut window = Window::new(&asked.options, asked.scope());
    each(call, asked, |causality| window.add(&causality));
    window
}

fn each(call: FunctionCallInfo, asked: &Asked, mut take: impl FnMut(Causality)) {
    stored::each(call, &asked.traces(), |trace| {
        take(Causality::of(trace).unwrap_or_else(|error| too_complex(&error)));
    });
}
