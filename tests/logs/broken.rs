//! Broken files: no bytes may do more than be refused.

use millstream::error::Error;
use millstream::tabular::{Table, Values};
use millstream::workload::read_bytes;
use proptest::prelude::*;

use super::{data, ndjson, parquet, problems, rows, table};

#[test]
fn a_parquet_file_cut_anywhere_is_refused() {
    let integers = ["event_id", "event_time_ms", "arrival_time_ms"];
    let whole = parquet(&table(&data("late_arrivals.csv"), &integers));
    for length in (1..whole.len()).step_by(97).chain([whole.len() - 1]) {
        let text = problems("log.parquet", &whole[..length]);
        assert!(text.contains("truncated") || text.contains("too short"), "{length}: {text}");
    }
}

/// A small log in each format, to break.
fn samples() -> [(&'static str, Vec<u8>); 3] {
    let rows = 0..40_i64;
    let key = |row: i64| (row % 4 > 0).then(|| format!("key-number-{}", row % 5));
    let table = Table::default()
        .with("event_id", Values::Integer(rows.clone().map(Some).collect()))
        .with("event_time_us", Values::Integer(rows.clone().map(|row| Some(row * 9)).collect()))
        .with("arrival_time_us", Values::Number(rows.clone().map(|row| Some(row as f64 * 10.0)).collect()))
        .with("key", Values::Text(rows.clone().map(key).collect()))
        .with("bytes", Values::Integer(rows.map(|row| (row % 3 > 0).then_some(row)).collect()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    table.write_csv(&path).unwrap();
    let csv = std::fs::read(path).unwrap();
    [("log.parquet", parquet(&table)), ("log.csv", csv), ("log.ndjson", ndjson(&table).into_bytes())]
}

#[test]
fn the_samples_are_sound_before_they_are_broken() {
    let [first, second, third] = samples().map(|(name, content)| read_bytes(name, &content).unwrap());
    assert_eq!(first.len(), 40);
    assert_eq!(rows(&first), rows(&second));
    assert_eq!(rows(&first), rows(&third));
}

/// A reader's answer must be a log in order, or problems.
fn check(name: &str, content: &[u8]) {
    match read_bytes(name, content) {
        Ok(log) => {
            assert!(!log.is_empty());
            let rows = rows(&log);
            assert_eq!(rows.len() as u64, log.len());
            assert!(rows.is_sorted_by_key(|row| row.arrival.unwrap_or(row.true_time)));
        }
        Err(Error::Input(problems)) => assert!(!problems.is_empty()),
        Err(other) => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_a_reader(content in proptest::collection::vec(any::<u8>(), 0..400)) {
        for name in ["log.csv", "log.ndjson", "log.parquet"] {
            check(name, &content);
        }
        check("log.csv", &[b"event_id,event_time_us,key,bytes\n", content.as_slice()].concat());
        check("log.ndjson", &[b"{\"event_id\":1,\"event_time_us\":1}\n{\"event_id\":", content.as_slice()].concat());
        let length = (content.len() as u32).to_le_bytes();
        check("log.parquet", &[b"PAR1", content.as_slice(), &length, b"PAR1"].concat());
    }
}

#[test]
fn no_mutation_breaks_a_reader() {
    let samples = samples();
    let mutations = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = proptest::test_runner::TestRunner::new(config).run(&mutations, |mutations| {
        for (name, content) in &samples {
            let mut content = content.clone();
            for (place, byte) in &mutations {
                let place = place.index(content.len());
                content[place] = *byte;
            }
            check(name, &content);
        }
        Ok(())
    });
    outcome.unwrap();
}
