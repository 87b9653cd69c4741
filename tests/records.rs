//! Records that earlier releases wrote can still be read, and nothing of them is lost when they are written again. A release that
//! writes other records adds samples of its own; these stay.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the samples are files")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use signoff::approval::record::Record;

#[test]
fn old_records_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/records");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 7);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let record: Record = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (before, after): (Value, Value) =
            (serde_json::from_str(&text).unwrap(), serde_json::to_value(&record).unwrap());
        kept(&before, &after, &path);
        assert_eq!(serde_json::from_value::<Record>(after).unwrap(), record);
    }
}

/// Whatever was there is still there.
fn kept(before: &Value, after: &Value, path: &Path) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                let now = after.get(key).unwrap_or_else(|| panic!("`{key}` of {} is lost", path.display()));
                kept(value, now, path);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            before.iter().zip(after).for_each(|(before, after)| kept(before, after, path));
        }
        _ => assert_eq!(before, after, "{}", path.display()),
    }
}
