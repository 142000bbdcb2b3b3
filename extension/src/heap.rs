//! Rows into a partition by the functions that COPY uses: many tuples to a page under one lock and
//! one WAL record, then their index entries.
//!
//! Unsafe code lives here, in `lookup.rs` and in `jsonb/datum.rs`. Heap and primary key take some 3 of
//! the 12 µs of an event of 690 bytes (perf, PostgreSQL 15). How ingest as a whole compares with COPY
//! BINARY of the same rows is in `bench/RESULTS.md`.
#![allow(unsafe_code, reason = "Postgres' own functions have no safe names")]

use std::ffi::CStr;
use std::ptr;

use pgrx::pg_sys::{self, Datum, Oid};

use crate::error::internal_error;

/// Tuples handed over at once: several pages of them, and few enough for the cache.
const TUPLES_AT_ONCE: usize = 128;

/// One row of `stored_events`, but for the time of its arrival.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// Microseconds since 2000-01-01T00:00:00Z, as Postgres counts.
    pub(crate) timestamp: i64,
    pub(crate) trace_no: i64,
    pub(crate) event_key: [u8; 16],
    pub(crate) parent_key: Option<[u8; 16]>,
    pub(crate) frame_id: i32,
    pub(crate) values: &'a str,
}

/// Columns of `stored_events`.
const COLUMNS: usize = 7;

/// Writes the rows and their index entries. A row whose key is there already is an error, as in
/// any INSERT. The caller holds a lock on the partition that lets it write.
pub(crate) fn insert(partition: Oid, rows: &[&Row]) {
    // SAFETY: every pointer comes from the Postgres function named for it and is used before it is
    // released below; rows outlive the calls that read them. An error unwinds to the end of the
    // transaction, which releases whatever is still held.
    unsafe {
        let relation = pg_sys::table_open(partition, pg_sys::NoLock.cast_signed());
        if usize::try_from((*(*relation).rd_att).natts) != Ok(COLUMNS) {
            internal_error("a partition with other columns than stored_events had");
        }
        let executor = pg_sys::CreateExecutorState();
        let result =
            pg_sys::palloc0(size_of::<pg_sys::ResultRelInfo>()).cast::<pg_sys::ResultRelInfo>();
        (*result).type_ = pg_sys::NodeTag::T_ResultRelInfo;
        pg_sys::InitResultRelInfo(result, relation, 0, ptr::null_mut(), 0);
        pg_sys::ExecOpenIndices(result, false);
        let mut slots: Vec<*mut pg_sys::TupleTableSlot> = (0..rows.len().min(TUPLES_AT_ONCE))
            .map(|_| pg_sys::table_slot_create(relation, ptr::null_mut()))
            .collect();
        for rows in rows.chunks(TUPLES_AT_ONCE) {
            insert_chunk(relation, result, executor, &mut slots[..rows.len()], rows);
        }
        for slot in slots {
            pg_sys::ExecDropSingleTupleTableSlot(slot);
        }
        pg_sys::ExecCloseIndices(result);
        pg_sys::FreeExecutorState(executor);
        pg_sys::table_close(relation, pg_sys::NoLock.cast_signed());
        pg_sys::CommandCounterIncrement();
    }
}

/// # Safety
/// The pointers are live, and there is a slot of the relation for each row.
unsafe fn insert_chunk(
    relation: pg_sys::Relation,
    result: *mut pg_sys::ResultRelInfo,
    executor: *mut pg_sys::EState,
    slots: &mut [*mut pg_sys::TupleTableSlot],
    rows: &[&Row],
) {
    // SAFETY: as promised by the caller; a slot's arrays are as long as the relation has columns.
    unsafe {
        let arrival = pg_sys::GetCurrentTransactionStartTimestamp();
        for (&slot, row) in slots.iter().zip(rows) {
            pg_sys::ExecClearTuple(slot);
            let values = std::slice::from_raw_parts_mut((*slot).tts_values, COLUMNS);
            let nulls = std::slice::from_raw_parts_mut((*slot).tts_isnull, COLUMNS);
            nulls.fill(false);
            nulls[4] = row.parent_key.is_none();
            values.copy_from_slice(&datums(row, arrival));
            pg_sys::ExecStoreVirtualTuple(slot);
        }
        let count = i32::try_from(slots.len()).unwrap_or(0);
        let command = pg_sys::GetCurrentCommandId(true);
        pg_sys::table_multi_insert(
            relation,
            slots.as_mut_ptr(),
            count,
            command,
            0,
            ptr::null_mut(),
        );
        for &slot in slots.iter() {
            (*slot).tts_tableOid = (*relation).rd_id;
            insert_index_entries(result, slot, executor);
            forget_expressions(executor);
        }
    }
}

/// # Safety
/// As for the Postgres function of which this hides the difference between versions.
unsafe fn insert_index_entries(
    result: *mut pg_sys::ResultRelInfo,
    slot: *mut pg_sys::TupleTableSlot,
    executor: *mut pg_sys::EState,
) {
    // SAFETY: as promised by the caller; no arbiter indexes, so no conflict is written to.
    unsafe {
        pg_sys::ExecInsertIndexTuples(
            result,
            slot,
            executor,
            false,
            false,
            ptr::null_mut(),
            ptr::null_mut(),
            #[cfg(not(any(feature = "pg14", feature = "pg15")))]
            false,
        );
    }
}

/// Frees what the expressions of indexes have been computed to, for the row before.
///
/// # Safety
/// The executor is live, and nothing is read of it that belongs to the row.
unsafe fn forget_expressions(executor: *mut pg_sys::EState) {
    // SAFETY: as promised by the caller.
    unsafe {
        let context = (*executor).es_per_tuple_exprcontext;
        if !context.is_null() {
            pg_sys::MemoryContextReset((*context).ecxt_per_tuple_memory);
        }
    }
}

/// The columns of a row in their order. The text is copied into memory that Postgres frees at the
/// end of the call; the keys stay where they are.
///
/// # Safety
/// The datums may be read as long as the row lives.
unsafe fn datums(row: &Row, arrival: i64) -> [Datum; COLUMNS] {
    let length = i32::try_from(row.values.len()).unwrap_or(i32::MAX);
    // SAFETY: the text is read at once, and no more than there is of it.
    let values = unsafe { pg_sys::cstring_to_text_with_len(row.values.as_ptr().cast(), length) };
    [
        Datum::from(row.timestamp),
        Datum::from(arrival),
        Datum::from(row.trace_no),
        Datum::from(row.event_key.as_ptr()),
        row.parent_key.as_ref().map_or(Datum::null(), |key| Datum::from(key.as_ptr())),
        Datum::from(row.frame_id),
        Datum::from(values),
    ]
}

/// The relation of this name on `search_path`.
pub(crate) fn relation(name: &CStr) -> Oid {
    // SAFETY: the name ends with a NUL.
    unsafe { pg_sys::RelnameGetRelid(name.as_ptr()) }
}

/// Locks `parent` for reading and `partition` for writing, and says whether the latter is still
/// a partition.
pub(crate) fn lock_partition(parent: Oid, partition: Oid) -> bool {
    // SAFETY: a lock on an id of no relation keeps nobody from anything.
    unsafe {
        pg_sys::LockRelationOid(parent, pg_sys::AccessShareLock.cast_signed());
        pg_sys::LockRelationOid(partition, pg_sys::RowExclusiveLock.cast_signed());
        pg_sys::get_rel_relispartition(partition)
    }
}

/// Whether a row that this transaction has written has this `xmin`, so that an abort would take it
/// back.
pub(crate) fn is_own_transaction(xid: pg_sys::TransactionId) -> bool {
    // SAFETY: takes any number.
    unsafe { pg_sys::TransactionIdIsCurrentTransactionId(xid) }
}
