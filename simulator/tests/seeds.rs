//! Seeds that once found a bug. How seeds are made into schedules may change, and then these tell less than the tests that were
//! written for each bug; until then they are the very schedules.
//!
//! Also that docs/seeds.md shows what the command prints. `UPDATE_DOCS=1 cargo test --test seeds` plays all the seeds that the page names
//! and writes the numbers into it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the page is a file")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use signoff_simulator::seeds::{Explorer, Signoff};

#[test]
fn what_seeds_have_found_is_mended() {
    let explorer = Explorer::new(Arc::new(Signoff)).unwrap();
    // An event that was left to an invocation which ended; a message that was written from a record which others had ended; a list
    // that was begun anew with a version that others knew; evidence by the clock that CodePipeline contradicts; a last word that nobody
    // looked after; two who showed an execution at once, one of them for longer than it is held.
    for seed in [3_595, 12_629, 32_851, 41_534, 47_402, 128_679] {
        let broken = explorer.first_broken(seed, 1).unwrap();
        assert!(broken.is_none(), "seed {seed}: {broken:?}");
    }
}

/// What the command prints where all is well.
fn signoff(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_signoff")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Its words, line by line, without the numbers.
fn without_numbers(text: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let is_number = |word: &String| word.chars().all(|c| c.is_ascii_digit() || c == ':');
    text.lines()
        .map(|line| words(line).into_iter().filter(|word| !is_number(word)).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn the_page_shows_what_the_command_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/seeds.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (_, block) = page.split_once("```console\n$ ").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let (command, shown) = block.split_once('\n').unwrap();
    let words: Vec<&str> = command.split(' ').collect();
    let [_, "simulate", "--seeds", count] = words[..] else { panic!("{command}") };
    assert!(shown.starts_with(&format!("✔ {count} seeds, 0 to ")), "{shown}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let printed = signoff(&words[1..]);
        std::fs::write(&path, page.replacen(shown, &printed, 1)).unwrap();
    } else {
        let printed = signoff(&["simulate", "--seeds", "10"]);
        assert_eq!(without_numbers(&printed), without_numbers(shown), "docs/seeds.md does not show what is printed");
    }
}
