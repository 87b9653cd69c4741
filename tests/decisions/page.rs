//! docs/decisions.md: the table of decisions for people to read.
//!
//! `UPDATE_DOCS=1 cargo test --test decisions` writes it.

use std::fmt::Write;
use std::path::Path;

use signoff::approval::Wish;

use super::case::Case;
use super::table;

const BEHAVIOURS: [(&str, &str); 13] = [
    ("A1", "The first rule that matches decides, alone."),
    ("A2", "Only people whom the rule in force names may answer."),
    ("A3", "People of the workspace only: no strangers, no bots, nobody deactivated."),
    ("A4", "One person, one vote."),
    ("A5", "Seats are filled by different people, whichever way round works."),
    ("A6", "One rejection by somebody who may is enough."),
    ("A7", "Nobody approves their own change where the rule forbids it."),
    ("A8", "Outside the window or in a freeze nothing is approved, and anything may be rejected."),
    ("A9", "Comments, where the rule asks for them."),
    ("A10", "After its time nothing is answered."),
    ("A11", "What is over stays as it ended."),
    ("A12", "An override is one person's, with a comment."),
    ("A14", "While one answer is on its way no other is taken."),
];

/// What a line leaves out, as `Case::default` has it, is left out here, too.
fn row(case: &Case) -> String {
    let usual = Case::default();
    let code = |text: &str| format!("`{text}`");
    let all = |people: &[String]| people.iter().map(|person| code(person)).collect::<Vec<_>>().join(", ");
    let mut given = Vec::new();
    let mut say = |is_usual: bool, words: String| given.extend((!is_usual).then_some(words));
    say(case.state == usual.state, format!("the approval is {}", case.state));
    say(case.votes.is_empty(), format!("{} approved before", all(&case.votes)));
    say(case.security.is_empty(), format!("`security` is {}", all(&case.security)));
    say(case.on_call.is_empty(), format!("`on-call` is {}", all(&case.on_call)));
    let team = |team: &Option<String>| team.as_deref().map_or("no workspace".to_owned(), code);
    say(case.team == usual.team, format!("the click comes from {}", team(&case.team)));
    say(case.home == usual.home, format!("the click says they are of {}", team(&case.home)));
    let profile = match case.profile.as_str() {
        "nobody" => "Slack knows nobody by that id".to_owned(),
        "bot" | "stranger" => format!("Slack says they are a {}", case.profile),
        other => format!("Slack says they are {other}"),
    };
    say(case.profile == usual.profile, profile);
    say(case.author.is_none(), format!("the author is {}", code(case.author.as_deref().unwrap_or_default())));
    say(case.starter.is_none(), format!("the starter is {}", code(case.starter.as_deref().unwrap_or_default())));
    say(case.unknown.is_none(), format!("it can't be told: {}", case.unknown.as_deref().unwrap_or_default()));
    say(case.at == usual.at, format!("it is {}", case.at));
    let deed = match case.wish {
        Wish::Approve => "approves",
        Wish::Reject => "rejects",
        Wish::Override => "overrides",
        Wish::Withdraw => "withdraws",
    };
    let said = match case.comment.as_deref() {
        None => String::new(),
        Some(comment) if comment.trim().is_empty() => ", with nothing written".to_owned(),
        Some(comment) if comment.len() > 60 => ", with a long comment".to_owned(),
        Some(comment) => format!(", “{}”", comment.trim()),
    };
    // The reason and what would help are one after the other in the table.
    let comes = case.expect.replace(" | ", " ").replace('|', "\\|");
    format!("| {} | `{}` {deed}{said} | {} | {comes} |\n", case.stage, case.user, given.join("; "))
}

fn page() -> String {
    let cases = table();
    let mut page = format!(
        "# What an answer leads to\n\n\
         The {} cases of `tests/decisions/table.yaml`, which `cargo test --test decisions` holds signoff to; this page is made from it by\n\
         `UPDATE_DOCS=1 cargo test --test decisions`. Each stage has one of the rules of `tests/decisions/rules.yaml`, below.\n\n\
         Where a line says nothing else, the person is of the workspace `T0SHOP` and well known to Slack, nobody has approved before, nobody is in\n\
         the user groups, the approval waits, and it is Tuesday, 12 May 2026, 10:00:30 in Berlin. A refusal is told to who pressed, with the reason\n\
         and what would help; the lines give its beginning. The numbers are those of [behaviours.md](behaviours.md).\n",
        cases.len()
    );
    for (number, behaviour) in BEHAVIOURS {
        write!(
            page,
            "\n## {number}\n\n{behaviour}\n\n| stage | who does what | where | what comes of it |\n|---|---|---|---|\n"
        )
        .unwrap();
        for case in cases.iter().filter(|case| case.cites == number) {
            page.push_str(&row(case));
        }
    }
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decisions/rules.yaml");
    write!(page, "\n## The rules\n\n```yaml\n{}```\n", std::fs::read_to_string(rules).unwrap()).unwrap();
    page
}

#[test]
fn the_page_shows_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/decisions.md");
    let page = page();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains('`')).count();
    assert_eq!(rows, table().len(), "each case is on the page, under its number");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    } else {
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == page,
            "docs/decisions.md is not what the table says; run with UPDATE_DOCS=1 and look at the diff"
        );
    }
}
