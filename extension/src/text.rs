//! `text` as a value of SQL.
#![allow(unsafe_code, reason = "a value of SQL is memory of Postgres")]

use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::datum::Datum;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{pg_sys, set_varsize_4b};

/// What a function returns: written once, where Postgres reads it.
pub(crate) struct Text(pg_sys::Datum);

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        let length = text.len() + pg_sys::VARHDRSZ;
        // SAFETY: as many bytes are written as are allocated; the first four are for the header.
        unsafe {
            let memory = pg_sys::palloc(length).cast::<u8>();
            memory.add(pg_sys::VARHDRSZ).copy_from_nonoverlapping(text.as_ptr(), text.len());
            set_varsize_4b(memory.cast(), i32::try_from(length).unwrap_or(i32::MAX));
            Text(pg_sys::Datum::from(memory))
        }
    }
}

// SAFETY: it is text, in the memory of the call.
unsafe impl BoxRet for Text {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        // SAFETY: see above.
        unsafe { fcinfo.return_raw_datum(self.0) }
    }
}

// SAFETY: it is text.
unsafe impl SqlTranslatable for Text {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Text);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal("text"));
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> =
        Ok(ReturnsRef::One(SqlMappingRef::literal("text")));
}
