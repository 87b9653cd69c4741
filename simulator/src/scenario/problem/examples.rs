//! What belongs to a key of a scenario, by an example.

/// How what is often written wrong looks where it is right.
pub(super) const EXAMPLES: [(&str, &str); 21] = [
    ("again", "again: [m-2]"),
    ("answer", "answer: 401"),
    ("audit", "audit: [[\"✔ approved\", \"by Jane Doe\"]]"),
    ("buttons", "buttons: false"),
    ("calls", "calls: { PutApprovalResult: 1 }"),
    ("clock", "clock: 2026-03-02T10:00:00Z"),
    ("console", "console: { approve: pipeline/stage/action, by: alice }"),
    ("deliver", "deliver: approval-needed.json"),
    ("executions", "executions: { payments-api: [Succeeded] }"),
    ("fault", "fault: { service: slack, kind: throttled }"),
    ("given", "given: given/acme.yaml"),
    ("log", "log: [[approved, payments-api]]"),
    ("meanwhile", "meanwhile: [{ click: reject, by: bob }]"),
    ("messages", "messages: { releases: [{ shows: [Approved] }] }"),
    ("never", "never: [\"Rejected by\"]"),
    ("pipelines", "pipelines: { payments-api: Succeeded }"),
    ("posted", "posted: 1"),
    ("shows", "shows: [\"Approved: payments-api\"]"),
    ("steps", "steps: [{ deliver: approval-needed.json }]"),
    ("submit", "submit: { comment: urgent }"),
    ("with", "with: { Records.0.Sns.Subject: other }"),
];
