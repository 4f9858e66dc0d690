//! A slow twin of each model: an obvious simulation of its own, event by event through one queue,
//! written from the rules and not from the fast code. The fast engine must agree with it, fact by
//! fact and measure by measure, on random scenarios and on real logs.
//!
//! `PROPTEST_CASES=500 PROPTEST_RNG_SEED=7 cargo test --release --test twin` looks further than the
//! ordinary run.

mod batch;
mod compare;
mod continuous;
mod dedup;
mod failures;
mod findings;
mod input;
mod logs;
mod measures;
mod micro_batch;
mod properties;
mod random;
mod record;
mod scenarios;
mod sessions;
mod sink;
mod workers;
