//! Real logs: the three formats say the same, wrong ones say what is wrong, and no bytes can break a reader.

mod broken;
mod replay;
mod sound;
mod wrong;

use std::path::{Path, PathBuf};

use millstream::error::Error;
use millstream::tabular::{Table, Values};
use millstream::workload::{Log, LogRow, read_bytes};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data").join(name)
}

/// A file's rows as a table; `integers` names the columns to make whole numbers.
fn table(csv: &Path, integers: &[&str]) -> Table {
    let mut reader = csv::Reader::from_path(csv).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    names.iter().enumerate().fold(Table::default(), |table, (index, name)| {
        let cells = rows.iter().map(|row| row[index].to_owned());
        let values = if integers.contains(&name.as_str()) {
            Values::Integer(cells.map(|cell| Some(cell.parse().unwrap())).collect())
        } else {
            Values::Text(cells.map(Some).collect())
        };
        table.with(name, values)
    })
}

fn ndjson(table: &Table) -> String {
    let mut text = String::new();
    for row in 0..table.rows() {
        let fields = table.columns.iter().map(|column| {
            let value = match &column.values {
                Values::Text(cells) => serde_json::json!(cells[row]),
                Values::Number(cells) => serde_json::json!(cells[row]),
                Values::Integer(cells) => serde_json::json!(cells[row]),
            };
            (column.name.clone(), value)
        });
        text.push_str(&serde_json::Value::Object(fields.collect()).to_string());
        text.push('\n');
    }
    text
}

fn parquet(table: &Table) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.parquet");
    table.write_parquet(&path).unwrap();
    std::fs::read(path).unwrap()
}

/// A log's deliveries.
fn rows(log: &Log) -> Vec<LogRow> {
    log.deliveries().map(Result::unwrap).collect()
}

/// The problems of a log that must be wrong, one a line.
fn problems(name: &str, content: &[u8]) -> String {
    let error = read_bytes(name, content).unwrap_err();
    assert!(matches!(error, Error::Input(_)), "{error}");
    assert_eq!(error.exit_code(), 2);
    error.to_string()
}
