//! docs/approval-lifecycle.md names tests that are there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the page and the tests are files")]

use std::path::Path;

#[test]
fn every_test_that_the_page_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let mut tests = read(&root.join("tests/app.rs"));
    for entry in std::fs::read_dir(root.join("tests/app")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            tests.push_str(&read(&path));
        }
    }
    let page = read(&root.join("docs/approval-lifecycle.md"));
    // The last column of the table of edges, and what is named with its module.
    let edges = page.lines().filter(|line| line.starts_with("| ")).filter_map(|line| line.rsplit('|').nth(1));
    let of_edges =
        edges.flat_map(|cell| cell.split('`').skip(1).step_by(2)).filter(|name| name.matches('_').count() > 2);
    let elsewhere = page.split('`').skip(1).step_by(2).filter(|name| name.contains("::"));
    let elsewhere = elsewhere.filter_map(|name| name.rsplit("::").next());
    let mut named: Vec<&str> = of_edges.chain(elsewhere).chain(["approved"]).collect();
    named.sort_unstable();
    named.dedup();
    assert!(named.len() > 18, "{named:?}");
    for name in named {
        assert!(tests.contains(&format!("fn {name}(")), "there is no test `{name}`");
    }
}
