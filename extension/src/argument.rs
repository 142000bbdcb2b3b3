//! Arguments of functions that are called for each row of a query, where they are.
#![allow(unsafe_code, reason = "arguments are memory of Postgres")]

use std::{slice, str};

use pgrx::pg_sys::FunctionCallInfo;
use pgrx::{pg_getarg_datum_raw, pg_sys, varlena};
use raceway_model::IdKey;

/// An integer, which is not NULL.
pub(crate) fn integer(call: FunctionCallInfo, place: usize) -> i32 {
    // SAFETY: the function is STRICT, and declared with an integer there.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "four of its bytes are the number"
    )]
    unsafe {
        pg_getarg_datum_raw(call, place).value() as i32
    }
}

/// A UUID, which is not NULL.
pub(crate) fn uuid(call: FunctionCallInfo, place: usize) -> IdKey {
    // SAFETY: the function is STRICT, and declared with a UUID there.
    unsafe { *pg_getarg_datum_raw(call, place).cast_mut_ptr::<IdKey>() }
}

/// Text, which is not NULL: nearly all is read without a copy, and without a call of Postgres, around
/// which pgrx keeps the registers.
pub(crate) fn text(call: &FunctionCallInfo, place: usize) -> &str {
    // SAFETY: the function is STRICT, and declared with text there, which lives as long as the call. The
    // encoding is UTF8: others are refused when raceway is installed.
    unsafe {
        let datum = pg_getarg_datum_raw(*call, place).cast_mut_ptr::<pg_sys::varlena>();
        let is_plain = varlena::varatt_is_4b_u(datum)
            || varlena::varatt_is_1b(datum) && !varlena::varatt_is_1b_e(datum);
        let datum = if is_plain { datum } else { pg_sys::pg_detoast_datum_packed(datum) };
        let start = varlena::vardata_any(datum).cast::<u8>();
        str::from_utf8_unchecked(slice::from_raw_parts(start, varlena::varsize_any_exhdr(datum)))
    }
}
