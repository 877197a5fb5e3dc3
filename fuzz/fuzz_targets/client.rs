//! See `outcrop_fuzz_checks::client`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outcrop_fuzz_checks::client(bytes));
