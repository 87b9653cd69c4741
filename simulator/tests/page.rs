//! The page of `signoff simulate --html`, as a browser shows it. It needs Chromium; where there is none, nothing is looked at.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_macros, reason = "it says that it is left out")]

use std::path::Path;
use std::process::{Command, Stdio};

/// How many bytes the picture has at least: with its scenario closed the page has some 25,000.
const MORE_THAN_NOTHING: u64 = 40_000;

#[test]
fn the_page_is_drawn_by_a_browser() {
    let browser = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok());
    let Some(browser) = browser else {
        eprintln!("left out: there is no Chromium");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let status = Command::new(env!("CARGO_BIN_EXE_signoff"))
        .current_dir(&root)
        .args(["simulate", "--quiet", "simulator/scenarios/approved.yaml", "--html"])
        .arg(&page)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let picture = folder.path().join("page.png");
    let profile = folder.path().join("profile");
    let status = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"])
        .args(["--disable-component-update", "--disable-sync", "--window-size=1000,1600"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}#s1", page.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let size = picture.metadata().unwrap().len();
    assert!(size > MORE_THAN_NOTHING, "{size} bytes: the page is all but empty");
}
