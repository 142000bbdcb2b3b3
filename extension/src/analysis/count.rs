//! Counts traces that have changed in the kept figures.

use pgrx::pg_extern;
use pgrx::pg_sys::FunctionCallInfo;
use raceway_analysis::figures::tables::count;

use super::tables::{Server, told};

#[pg_extern(sql = false)]
fn raceway_count_figures(rows_at_most: i32, call: FunctionCallInfo) -> i64 {
    let counted = told(count(&mut Server { call, rows_at_most }));
    i64::try_from(counted).unwrap_or(i64::MAX)
}
