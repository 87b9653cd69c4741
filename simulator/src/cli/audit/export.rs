//! The items in an export of the table: lines of `{"Item": {…}}`, as DynamoDB exports to S3
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html>), or `{"Items": […]}`, as
//! `aws dynamodb scan` prints.
#![allow(clippy::disallowed_methods, reason = "exports are files")]

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Deserializer, Value};

use crate::evidence::Item;
use crate::file::why;

/// Reads every item of the files.
pub(super) fn read(files: &[PathBuf]) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    for file in files {
        let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
        let bytes = bytes(file).map_err(|error| format!("{name}: can't be read: {}", why(&error)))?;
        if bytes.starts_with(&[0x1f, 0x8b]) {
            return Err(format!("{name}: it is packed: unpack it first, as with `gunzip`"));
        }
        let text = String::from_utf8(bytes).map_err(|_| format!("{name}: it is no text, so it is no export"))?;
        let before = items.len();
        let mut values = 0;
        for value in Deserializer::from_str(&text).into_iter::<Value>() {
            let value = value.map_err(|error| format!("{name}: it is not JSON: {error}"))?;
            values += 1;
            match (&value["Item"], &value["Items"]) {
                (Value::Object(item), _) => items.push(item.clone()),
                (_, Value::Array(list)) => items.extend(list.iter().filter_map(Value::as_object).cloned()),
                _ => {
                    let wanted = "lines of `{\"Item\": …}`, as DynamoDB exports, or what `aws dynamodb scan` printed";
                    return Err(format!(
                        "{name}: value {values} has neither `Item` nor `Items`: an export is {wanted}"
                    ));
                }
            }
        }
        if values == 0 && items.len() == before {
            return Err(format!("{name}: it is empty, so it is no export"));
        }
    }
    Ok(items)
}

fn bytes(file: &Path) -> std::io::Result<Vec<u8>> {
    if file != Path::new("-") {
        return std::fs::read(file);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}
