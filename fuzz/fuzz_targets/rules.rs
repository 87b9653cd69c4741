//! Whatever bytes a rules folder holds, reading them ends in rules or in findings that point into the files.

#![no_main]

use libfuzzer_sys::fuzz_target;
use signoff::diagnostic::{Source, text};
use signoff::rules;
use signoff::template::Templates;

fuzz_target!(|data: &[u8]| {
    let Ok(words) = std::str::from_utf8(data) else { return };
    let files: Vec<Source> =
        words.split("\n%%\n").enumerate().map(|(number, text)| Source::new(format!("{number}.yaml"), text)).collect();
    let found = match rules::read(&files, &Templates::builtin()) {
        Ok(read) => read.warnings,
        Err(found) => found,
    };
    for finding in &found {
        let file = files.iter().find(|file| file.file == finding.file);
        if let Some(file) = file {
            // YAML counts a lone carriage return as the end of a line.
            assert!(finding.line <= file.text.split(['\n', '\r']).count(), "{finding:?}");
        }
        assert!(!text::render(finding).is_empty());
    }
});
