//! Which rule is for which event.

use std::fmt::Write;

use signoff::event::{ApprovalRequest, ApprovalToken, Event, EventKind};

use super::{fixture, read, snapshot_settings};

/// Each event, and the rules that are for it.
#[test]
fn which_rule_is_for_which_event() {
    let rules = read(&[fixture("matching.yaml")]);
    let event = |kind: &str, pipeline: &str, rest: [Option<&str>; 3]| {
        let [stage, action, account] = rest.map(|text| text.map(str::to_owned));
        let kind = EventKind::from_name(kind).unwrap();
        Event { stage, action, account, ..event_of(kind, pipeline) }
    };
    let production = Some("Production");
    let (approve, deploy, account) = (Some("ApproveRelease"), Some("Deploy"), Some("123456789012"));
    let mut requests = vec![
        event("approval.needed", "shop-cart", [production, approve, account]),
        event("approval.needed", "shop-", [production, approve, None]),
        event("approval.needed", "old-shop-cart", [production, approve, None]),
        event("approval.needed", "SHOP-CART", [production, approve, None]),
        event("approval.needed", "shop-cart", [Some("production"), approve, None]),
        event("approval.needed", "shop-cart", [Some("Staging"), approve, None]),
        event("approval.needed", "big-stock", [production, approve, None]),
        event("approval.needed", "big-stock", [production, Some("Approve1"), account]),
        event("approval.needed", "big-stock", [None, approve, account]),
        event("approval.needed", "big-stock", [None, approve, Some("123456789013")]),
        event("approval.needed", "big-stock", [None, None, None]),
    ];
    let mut elsewhere = event("approval.needed", "ledger", [None, None, account]);
    elsewhere.region = "us-east-1".to_owned();
    requests.push(elsewhere);
    for event in &mut requests {
        let token = ApprovalToken::new("invented");
        event.request = Some(ApprovalRequest { token, expires: None, review_link: None });
    }
    let others = [
        event("approval.needed", "shop-cart", [production, approve, account]),
        event("approval.failed", "shop-cart", [production, approve, None]),
        event("pipeline.started", "shop-cart", [None, None, None]),
        event("pipeline.started", "shop-search", [None, None, None]),
        event("pipeline.failed", "shop-cart", [production, None, None]),
        event("stage.failed", "shop-cart", [production, None, None]),
        event("action.started", "shop-cart", [production, deploy, None]),
        event("action.succeeded", "shop-cart", [None, deploy, None]),
        event("action.failed", "shop-cart", [production, deploy, None]),
        event("other", "shop-cart", [None, None, None]),
    ];
    let mut table = String::new();
    for event in requests.iter().chain(&others) {
        let known = [Some(&event.pipeline), event.stage.as_ref(), event.action.as_ref(), event.account.as_ref()];
        let known: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
        let kind = if event.request.is_some() { "request".to_owned() } else { event.kind.to_string() };
        writeln!(table, "{kind} {} ({})", known.join(" / "), event.region).unwrap();
        let approval = rules.approval_for(event).unwrap().map(|rule| rule.name.as_str());
        let told: Vec<&str> = rules.notifications_for(event).map(|rule| rule.name.as_str()).collect();
        writeln!(table, "    decided by {}; told by {}", approval.unwrap_or("nobody"), told.join(", ")).unwrap();
    }
    snapshot_settings("").bind(|| insta::assert_snapshot!("matching", table));
}

/// An event of which nothing more is known.
pub fn event_of(kind: EventKind, pipeline: &str) -> Event {
    Event::new(kind, "eu-west-1", pipeline)
}
