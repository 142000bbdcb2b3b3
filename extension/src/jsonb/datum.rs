//! `jsonb` as a value of SQL.
#![allow(unsafe_code, reason = "a value of SQL is memory of Postgres")]

use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::datum::Datum;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{pg_sys, set_varsize_4b};

use super::container::Buffer;

/// What a function returns.
pub(crate) struct Jsonb(pub(super) Buffer);

// SAFETY: the memory is Postgres' own, as long as its header says.
unsafe impl BoxRet for Jsonb {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        let bytes = self.0.bytes();
        // SAFETY: as many bytes are written as are allocated; the first four are for the header.
        unsafe {
            let memory = pg_sys::palloc(bytes.len()).cast::<u8>();
            memory.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            set_varsize_4b(memory.cast(), i32::try_from(bytes.len()).unwrap_or(i32::MAX));
            fcinfo.return_raw_datum(pg_sys::Datum::from(memory))
        }
    }
}

// SAFETY: it is a jsonb.
unsafe impl SqlTranslatable for Jsonb {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Jsonb);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal("jsonb"));
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> =
        Ok(ReturnsRef::One(SqlMappingRef::literal("jsonb")));
}
