//! What every message that CodePipeline sends is understood as, or why it can't be (W2).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::path::Path;

use signoff::event::{Envelope, read_text};

/// Each message of `tests/events` beside what it is understood as.
#[test]
#[expect(clippy::disallowed_methods, reason = "the fixtures are files")]
fn messages_are_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events");
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(paths.len() > 40, "the fixtures are there");
    let envelope = Envelope {
        topic_arn: Some("arn:aws:sns:eu-north-1:730591846207:checkout".to_owned()),
        sent_at: Some("2026-05-11T16:40:01.250Z".parse().unwrap()),
        subject: None,
    };
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let understood = read_text(&std::fs::read_to_string(&path).unwrap(), &envelope);
        assert_eq!(understood.is_err(), name.starts_with("broken-"), "{name}: {understood:?}");
        settings.bind(|| match understood {
            Ok(event) => insta::assert_yaml_snapshot!(name, event),
            Err(error) => insta::assert_snapshot!(name, error),
        });
    }
}

/// Who holds the token may approve, so no debug output shows it (W4).
#[test]
fn the_approval_token_is_not_shown() {
    let message = r#"{"region": "eu-north-1", "approval": {"pipelineName": "p", "stageName": "s", "actionName": "a",
        "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6"}}"#;
    let event = read_text(message, &Envelope::default()).unwrap();
    assert_eq!(event.request.as_ref().unwrap().token.expose(), "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6");
    assert!(!format!("{event:?}").contains("a94c07d1"));
}
