//! See `outcrop_fuzz_checks::exchange`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outcrop_fuzz_checks::exchange(bytes));
