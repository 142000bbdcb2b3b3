//! Rows of `frames`, read below SQL: the functions of `columns.rs` are called for each row of a query, in
//! indexes and in parallel workers, where a query of their own would cost more than their work.
#![allow(unsafe_code, reason = "Postgres' own functions have no safe names")]

use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pgrx::pg_sys::{self, Datum, FunctionCallInfo, Oid};
use pgrx::{FromDatum, IntoDatum, PgSqlErrorCode};

use crate::error::raise;

/// Columns of `frames`: `frame_id`, `dialect`, `kind`, `service_name`, `template`.
const COLUMNS: usize = 5;

/// One row of `frames`.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) dialect: String,
    pub(crate) kind: String,
    pub(crate) service_name: String,
    pub(crate) template: String,
}

/// What has been remembered of `frames` may be of rows that are gone. A server process is one thread: what
/// is asked for each row is a plain variable, to which no thread needs a way of its own.
static IS_STALE: AtomicBool = AtomicBool::new(false);
static IS_WATCHING: AtomicBool = AtomicBool::new(false);

/// The table `frames` in the schema of the function that is called. Whoever may not read what the
/// function gives away is refused: once in a query, which remembers the table.
pub(crate) fn frames_table(call: FunctionCallInfo) -> Oid {
    // SAFETY: Postgres calls functions with this; the place for what they remember is theirs. What is
    // kept there is no pointer, and never followed.
    unsafe {
        let function = (*call).flinfo;
        if (*function).fn_extra.is_null() {
            let schema = pg_sys::get_func_namespace((*function).fn_oid);
            let frames = pg_sys::get_relname_relid(c"frames".as_ptr(), schema);
            let events = pg_sys::get_relname_relid(c"events".as_ptr(), schema);
            if !(may_select(frames) || may_select(events)) {
                raise(
                    PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
                    "permission denied: expected SELECT on events, or on frames",
                );
            }
            (*function).fn_extra = ptr::without_provenance_mut(frames.to_u32() as usize);
        }
        Oid::from(u32::try_from((*function).fn_extra.addr()).unwrap_or(0))
    }
}

/// # Safety
/// Within a call by Postgres.
#[allow(clippy::useless_conversion, reason = "modes have 64 bits from PostgreSQL 16 on")]
unsafe fn may_select(relation: Oid) -> bool {
    // SAFETY: takes the id of any relation that there is.
    relation != Oid::INVALID
        && unsafe {
            pg_sys::pg_class_aclcheck(relation, pg_sys::GetUserId(), pg_sys::ACL_SELECT.into())
        } == pg_sys::AclResult::ACLCHECK_OK
}

/// The frame, also one that this transaction has just made. By its index, as far as the primary key has
/// the name that it was given.
pub(crate) fn row(frames: Oid, frame_id: i32) -> Option<Row> {
    // SAFETY: everything is opened and closed here; the tuple is read before its scan ends. An error
    // unwinds to the end of the transaction, which releases whatever is still held.
    unsafe {
        let lock = pg_sys::AccessShareLock.cast_signed();
        let relation = pg_sys::table_open(frames, lock);
        if usize::try_from((*(*relation).rd_att).natts) != Ok(COLUMNS) {
            raise(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, "frames has other columns than it had");
        }
        let index =
            pg_sys::get_relname_relid(c"frames_pkey".as_ptr(), (*(*relation).rd_rel).relnamespace);
        let mut key = pg_sys::ScanKeyData::default();
        pg_sys::ScanKeyInit(
            &raw mut key,
            1,
            u16::try_from(pg_sys::BTEqualStrategyNumber).unwrap_or_default(),
            pg_sys::F_INT4EQ.into(),
            frame_id.into_datum().unwrap_or(Datum::null()),
        );
        let scan = pg_sys::systable_beginscan(
            relation,
            index,
            index != Oid::INVALID,
            &raw mut pg_sys::SnapshotSelfData,
            1,
            &raw mut key,
        );
        let tuple = pg_sys::systable_getnext(scan);
        let row = (!tuple.is_null()).then(|| read(tuple, (*relation).rd_att));
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(relation, lock);
        row
    }
}

/// # Safety
/// A tuple of `frames`.
unsafe fn read(tuple: pg_sys::HeapTuple, columns: pg_sys::TupleDesc) -> Row {
    let (mut values, mut nulls) = ([Datum::null(); COLUMNS], [false; COLUMNS]);
    // SAFETY: the arrays are as long as the table has columns, whose types are these.
    unsafe {
        pg_sys::heap_deform_tuple(tuple, columns, values.as_mut_ptr(), nulls.as_mut_ptr());
        let text =
            |column: usize| String::from_datum(values[column], nulls[column]).unwrap_or_default();
        Row { dialect: text(1), kind: text(2), service_name: text(3), template: text(4) }
    }
}

/// Whether rows of the table may have gone since this was last asked, as by TRUNCATE. (Nothing else takes
/// a frame away or changes it.)
pub(crate) fn is_stale() -> bool {
    if !IS_WATCHING.load(Relaxed) {
        IS_WATCHING.store(true, Relaxed);
        // SAFETY: the callback lives as long as the process, and can't fail.
        unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(forget), Datum::null()) };
    }
    // Mostly it is not, and a read is all that is needed.
    IS_STALE.load(Relaxed) && IS_STALE.swap(false, Relaxed)
}

/// Postgres calls it whenever something about a table has changed.
unsafe extern "C-unwind" fn forget(_: Datum, _: Oid) {
    IS_STALE.store(true, Relaxed);
}
