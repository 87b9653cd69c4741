//! What rules are read to, what is told of broken ones, and which rule is for which event.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::path::Path;

use signoff::diagnostic::{Source, text};
use signoff::rules;
use signoff::template::Templates;

#[test]
fn the_shipped_rules() {
    let read = rules::read(&yaml_files("rules"), &Templates::builtin());
    let read = read.unwrap_or_else(|found| panic!("{}", text::render_all(&found)));
    assert_eq!(text::render_all(&read.warnings), "");
    insta::assert_debug_snapshot!(read.rules);
}

#[expect(clippy::disallowed_methods, reason = "the fixtures are files")]
fn yaml_files(folder: &str) -> Vec<Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            Source::new(name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}
