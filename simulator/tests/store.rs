//! The promises of the port [`Store`], held by every implementation: the one in the process, and the one in DynamoDB in
//! front of the fake table. What is said here of one is said of all.
//!
//! With `SIGNOFF_TEST_DYNAMODB_URL` also by the one in DynamoDB in front of whatever answers there, with credentials and the region
//! from the environment (any, where it does not look at them): each test makes a table of its own and deletes it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "store/endpoint.rs"]
mod endpoint;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use jiff::Timestamp;
use proptest::prelude::*;
use signoff::adapters::dynamodb::DynamoDb;
use signoff::adapters::memory::MemoryStore;
use signoff::adapters::{aws, http_client};
use signoff::approval::record::{
    ApprovalRecord, ApprovalState, CastVote, Decision, Elsewhere, Escalation, Fate, FollowUp, Outcome, Posting, Record,
};
use signoff::approval::showing::Showing;
use signoff::event::{ApprovalRequest, ApprovalToken, Event, EventKind};
use signoff::execution::record::ExecutionRecord;
use signoff::ports::{PortError, SaveError, Store, Stored};
use signoff::slack::interaction::MessageRef;
use signoff_simulator::http::Endpoints;
use signoff_simulator::world::sts::OWN_ACCESS_KEY;
use signoff_simulator::world::{Given, World};

/// A store under test, with what has to outlive it.
struct Candidate {
    name: &'static str,
    store: Arc<dyn Store>,
    _endpoints: Option<Endpoints>,
    _table: Option<endpoint::Table>,
}

async fn dynamodb(table: &str) -> Candidate {
    let world = World::new(&Given::default(), at(0)).unwrap();
    let endpoints = Endpoints::start(Arc::new(Mutex::new(world)), "xoxb-lime").await;
    let http = http_client::builder().unwrap().no_proxy().build().unwrap();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoints.uri())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            OWN_ACCESS_KEY,
            "lime",
            None,
            None,
            "test",
        )))
        .http_client(http_client::for_aws(http))
        .retry_config(aws::retry())
        .sleep_impl(aws::sleep())
        .build();
    Candidate {
        name: "DynamoDb",
        store: Arc::new(DynamoDb::new(&config, table)),
        _endpoints: Some(endpoints),
        _table: None,
    }
}

async fn candidates() -> Vec<Candidate> {
    let memory =
        Candidate { name: "MemoryStore", store: Arc::new(MemoryStore::default()), _endpoints: None, _table: None };
    let mut all = vec![memory, dynamodb("signoff").await];
    if let Some((store, table)) = endpoint::store().await {
        let store: Arc<dyn Store> = Arc::new(store);
        all.push(Candidate {
            name: "DynamoDb at SIGNOFF_TEST_DYNAMODB_URL",
            store,
            _endpoints: None,
            _table: Some(table),
        });
    }
    all
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

/// A record that a number tells from others.
fn record(number: i64) -> Record {
    Record::Notice { posting: Posting::Claimed { until: at(number) }, at: None }
}

/// A step of a case, at a second: milliseconds where they matter.
enum Step {
    /// Key, record, expected version, and the times at which it expires and at which this happens, in milliseconds. Then
    /// the version it got; `None` for a conflict.
    Save(&'static str, i64, Option<u64>, i64, i64, Option<u64>),
    /// Key and time in milliseconds, then the record and its version.
    Load(&'static str, i64, Option<(i64, u64)>),
}
use Step::{Load, Save};

const DAY: i64 = 86_400_000;

const CASES: &[(&str, &[Step])] = &[
    ("nothing is there at first", &[Load("a", 0, None)]),
    ("a new record has version 1", &[Save("a", 7, None, DAY, 0, Some(1)), Load("a", 1, Some((7, 1)))]),
    (
        "what exists is not new",
        &[Save("a", 7, None, DAY, 0, Some(1)), Save("a", 8, None, DAY, 0, None), Load("a", 1, Some((7, 1)))],
    ),
    (
        "versions count the writes",
        &[
            Save("a", 7, None, DAY, 0, Some(1)),
            Save("a", 8, Some(1), DAY, 0, Some(2)),
            Save("a", 9, Some(2), DAY, 0, Some(3)),
            Load("a", 1, Some((9, 3))),
        ],
    ),
    (
        "of two writers that read the same version, one writes",
        &[
            Save("a", 7, None, DAY, 0, Some(1)),
            Save("a", 8, Some(1), DAY, 0, Some(2)),
            Save("a", 9, Some(1), DAY, 0, None),
            Load("a", 1, Some((8, 2))),
        ],
    ),
    ("a version from the future is wrong", &[Save("a", 7, None, DAY, 0, Some(1)), Save("a", 8, Some(2), DAY, 0, None)]),
    ("what is not there has no version", &[Save("a", 7, Some(1), DAY, 0, None), Load("a", 0, None)]),
    (
        "records live until the second in which they expire",
        &[
            Save("a", 7, None, 60_500, 0, Some(1)),
            Load("a", 59_999, Some((7, 1))),
            Load("a", 60_000, None),
            Load("a", 60_400, None),
            Load("a", 61_000, None),
        ],
    ),
    (
        "an expired record may be replaced, and counts anew",
        &[
            Save("a", 7, None, 60_000, 0, Some(1)),
            Save("a", 8, Some(1), 60_000, 0, Some(2)),
            Save("a", 9, None, DAY, 59_999, None),
            Save("a", 9, None, DAY, 60_000, Some(1)),
            Load("a", 60_000, Some((9, 1))),
        ],
    ),
    (
        "an expired record can't be written on",
        &[Save("a", 7, None, 60_000, 0, Some(1)), Save("a", 8, Some(1), DAY, 60_000, None), Load("a", 60_000, None)],
    ),
    (
        "writing moves the end",
        &[
            Save("a", 7, None, 60_000, 0, Some(1)),
            Save("a", 8, Some(1), DAY, 59_000, Some(2)),
            Load("a", 60_000, Some((8, 2))),
            Save("a", 9, Some(2), 61_000, 60_000, Some(3)),
            Load("a", 61_000, None),
        ],
    ),
    (
        "a record may be written that has expired already",
        &[Save("a", 7, None, 0, 1_000, Some(1)), Load("a", 1_000, None), Save("a", 8, None, DAY, 1_000, Some(1))],
    ),
    (
        "keys are told apart to the letter",
        &[
            Save("a", 1, None, DAY, 0, Some(1)),
            Save("A", 2, None, DAY, 0, Some(1)),
            Save("a ", 3, None, DAY, 0, Some(1)),
            Save("ä#„🚀“/\"\\", 4, None, DAY, 0, Some(1)),
            Load("a", 0, Some((1, 1))),
            Load("A", 0, Some((2, 1))),
            Load("a ", 0, Some((3, 1))),
            Load("ä#„🚀“/\"\\", 0, Some((4, 1))),
        ],
    ),
];

fn milliseconds(after: i64) -> Timestamp {
    Timestamp::from_millisecond(at(0).as_millisecond() + after).unwrap()
}

#[tokio::test]
async fn every_store_keeps_the_promises() {
    for (title, steps) in CASES {
        for Candidate { name, store, .. } in candidates().await {
            for (step, number) in steps.iter().zip(1..) {
                let place = format!("{name}: {title}, step {number}");
                match *step {
                    Save(key, number, expected, expires, now, wanted) => {
                        let (expires, now) = (milliseconds(expires), milliseconds(now));
                        let saved = store.save(key, &record(number), expected, expires, now).await;
                        assert_eq!(saved, wanted.ok_or(SaveError::Conflict), "{place}");
                    }
                    Load(key, now, wanted) => {
                        let loaded = store.load(key, milliseconds(now)).await.unwrap();
                        let wanted = wanted.map(|(number, version)| Stored { record: record(number), version });
                        assert_eq!(loaded, wanted, "{place}");
                    }
                }
            }
        }
    }
}

fn cast(by: &str) -> CastVote {
    CastVote { by: by.into(), name: "Elin".into(), at: milliseconds(999), comment: None }
}

/// Everything that ticks may have done.
fn followed_up() -> FollowUp {
    let mut showing = Showing::default();
    showing.begin(at(0), at(120));
    showing.begin(at(60), at(180));
    FollowUp {
        execution: Some("8d1f".to_owned()),
        uncovered: true,
        since: Some(at(0)),
        looked: Some(milliseconds(60_001)),
        look_at: Some(at(3_600)),
        held_until: Some(at(120)),
        failures: 3,
        reminded: Some(at(50)),
        escalation: Some(Escalation {
            at: MessageRef { channel: "C0QUAY".into(), ts: "1780000050.000100".into() },
            link: Some("https://ferries.slack.example/archives/C0HARBOUR/p1780000000000100".into()),
        }),
        showing,
    }
}

/// A record of every variant, with every state and outcome inside.
fn every_record() -> Vec<Record> {
    let posted = Posting::Posted(MessageRef { channel: "C0HARBOUR".into(), ts: "1780000000.000100".into() });
    let claimed = Posting::Claimed { until: at(60) };
    let decision = Decision {
        approved: false,
        by: "U0MIRA".into(),
        name: "Mira “Mi” Óskarsdóttir 🚢".into(),
        at: milliseconds(1_234),
        comment: Some("line one\nline \"two\" \\ <&> \u{7}".into()),
        rule: "ferries".into(),
        rules_digest: "00ff".into(),
        votes: vec![cast("U0ELIN"), cast("U0MIRA")],
        is_override: true,
    };
    let elsewhere = |fate| Elsewhere { fate, by: None, at: Some(at(5)), comment: None };
    let mut states = vec![
        ApprovalState::Pending,
        ApprovalState::Deciding { decision: decision.clone(), until: at(60) },
        ApprovalState::Ended(Outcome::Decided(Decision { approved: true, comment: None, ..decision })),
    ];
    for fate in [Fate::Approved, Fate::Rejected, Fate::Expired, Fate::Closed] {
        states.push(ApprovalState::Ended(Outcome::Elsewhere(elsewhere(fate))));
    }
    let approvals = states.into_iter().flat_map(|state| {
        [(&claimed, false), (&posted, true)].map(|(posting, shown)| {
            let (posting, state, id) = (posting.clone(), state.clone(), "5eaf00d".into());
            Record::Approval(Box::new(ApprovalRecord {
                id,
                event: event(shown),
                posting,
                state,
                shown,
                votes: vec![cast("U0ELIN")],
                waits_for: Some("1 of crew".into()),
                follow_up: if shown { followed_up() } else { FollowUp::default() },
            }))
        })
    });
    let execution = event(true);
    let mut followed = ExecutionRecord::new(&execution, "7d0c1bd0-1111-4222-8333-944445555666");
    followed.fold(&execution);
    let more = [Record::Execution(Box::new(followed)), Record::Pace { next: milliseconds(1_234) }];
    let notices = [&claimed, &posted].map(|posting| Record::Notice { posting: posting.clone(), at: Some(at(7)) });
    approvals.chain(notices).chain(more).collect()
}

/// A request that tells everything, or next to nothing.
fn event(full: bool) -> Event {
    let text = |text: &str| full.then(|| text.to_owned());
    Event {
        account: text("220011334455"),
        stage: text("Release"),
        action: text("Captain"),
        execution: text("7d0c1bd0-1111-4222-8333-944445555666"),
        at: full.then(|| milliseconds(999)),
        attempt: full.then_some(2),
        subject: text("Tide table"),
        provider: text("Manual"),
        custom_data: text("Æ\t\u{1f6a2}"),
        external_link: text("https://ferries.example/plan?a=1&b=2"),
        request: full.then(|| ApprovalRequest {
            token: ApprovalToken::new("aaaabbbb-cccc-4ddd-8eee-ffff00001111"),
            expires: Some(at(3600)),
            review_link: None,
        }),
        ..Event::new(EventKind::ApprovalNeeded, "eu-north-1", "ferry-timetable")
    }
}

#[tokio::test]
async fn every_record_comes_back_as_it_went() {
    for Candidate { name, store, .. } in candidates().await {
        for (record, number) in every_record().into_iter().zip(0..) {
            let key = format!("approval#{number}");
            assert_eq!(store.save(&key, &record, None, at(100), at(0)).await, Ok(1), "{name}: {record:?}");
            let loaded = store.load(&key, at(0)).await.unwrap();
            assert_eq!(loaded, Some(Stored { record, version: 1 }), "{name}");
        }
    }
}

#[tokio::test]
async fn versions_are_numbers_and_not_words() {
    for Candidate { name, store, .. } in candidates().await {
        for before in 0..12 {
            let expected = Some(before).filter(|version| *version > 0);
            assert_eq!(store.save("a", &record(1), expected, at(100), at(0)).await, Ok(before + 1), "{name}");
        }
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_is_for_people_to_mend() {
    let Candidate { store, _endpoints, .. } = dynamodb("another").await;
    let failed = store.save("a", &record(1), None, at(100), at(0)).await.unwrap_err();
    assert!(matches!(failed, SaveError::Failed(PortError::Permanent(_))), "{failed:?}");
    assert!(matches!(store.load("a", at(0)).await, Err(PortError::Permanent(_))));
    assert!(matches!(store.due(at(0), 1).await, Err(PortError::Permanent(_))));
}

/// An approval that a tick has to look at, at a time in milliseconds; never again without one.
fn due(look_at: Option<i64>) -> Record {
    let posting = Posting::Posted(MessageRef { channel: "C0HARBOUR".into(), ts: "1780000000.000100".into() });
    let closed = Elsewhere { fate: Fate::Closed, by: None, at: None, comment: None };
    let state = match look_at {
        Some(_) => ApprovalState::Pending,
        None => ApprovalState::Ended(Outcome::Elsewhere(closed)),
    };
    let follow_up = FollowUp { look_at: look_at.map(milliseconds), ..FollowUp::default() };
    let (id, event, votes) = ("5eaf00d".into(), event(true), Vec::new());
    Record::Approval(Box::new(ApprovalRecord {
        id,
        event,
        posting,
        state,
        shown: true,
        votes,
        waits_for: None,
        follow_up,
    }))
}

#[tokio::test]
async fn what_is_due_is_found_the_earliest_first() {
    for Candidate { name, store, .. } in candidates().await {
        let mut version = BTreeMap::new();
        for (key, look_at) in [("a", Some(9_000)), ("b", Some(10_999)), ("c", Some(2_000)), ("d", None)] {
            version.insert(key, store.save(key, &due(look_at), None, at(DAY), at(0)).await.unwrap());
        }
        store.save("e", &record(1), None, at(DAY), at(0)).await.unwrap();
        let found = async |now, limit| store.due(milliseconds(now), limit).await.unwrap();
        assert_eq!(found(1_999, 10).await, [""; 0], "{name}");
        assert_eq!(found(2_000, 10).await, ["c"], "{name}");
        // By whole seconds, both of the record and of the clock.
        assert_eq!(found(10_000, 10).await, ["c", "a", "b"], "{name}");
        assert_eq!(found(10_000, 2).await, ["c", "a"], "{name}");
        assert_eq!(found(10_000, 0).await, [""; 0], "{name}");
        // What is looked after moves on, or out.
        store.save("c", &due(Some(11_000)), Some(version["c"]), at(DAY), at(10)).await.unwrap();
        store.save("a", &due(None), Some(version["a"]), at(DAY), at(10)).await.unwrap();
        assert_eq!(found(10_000, 10).await, ["b"], "{name}");
        assert_eq!(found(20_000, 10).await, ["b", "c"], "{name}");
        let stored = store.load("c", at(20)).await.unwrap().unwrap();
        assert_eq!(stored.record.due_at(), Some(milliseconds(11_000)), "{name}");
    }
}

/// More than one page of an index.
#[tokio::test]
async fn as_much_is_found_as_is_wanted() {
    for Candidate { name, store, .. } in candidates().await {
        let keys: Vec<String> = (0..60).map(|number| format!("approval#{number:02}")).collect();
        for (key, number) in keys.iter().zip(0..) {
            store.save(key, &due(Some(number * 1_000)), None, at(DAY), at(0)).await.unwrap();
        }
        assert_eq!(store.due(at(1_000), 1_000).await.unwrap(), keys, "{name}");
        assert_eq!(store.due(at(1_000), 60).await.unwrap(), keys, "{name}");
        assert_eq!(store.due(at(1_000), 59).await.unwrap(), keys[..59], "{name}");
        assert_eq!(store.due(at(29), 1_000).await.unwrap(), keys[..30], "{name}");
    }
}

/// One of a few operations on one of a few keys.
#[derive(Debug, Clone)]
enum Operation {
    Save { key: u8, record: i64, expected: Option<u64>, life: i64 },
    Load { key: u8 },
    Wait { seconds: i64 },
}

/// What a store would be if it were a list of everything ever written.
async fn play(store: &dyn Store, operations: &[Operation]) {
    let mut written: Vec<(u8, i64, u64, i64)> = Vec::new();
    let mut now = 0;
    for (operation, number) in operations.iter().zip(0..) {
        let latest: BTreeMap<u8, (i64, u64, i64)> =
            written.iter().map(|(key, record, version, end)| (*key, (*record, *version, *end))).collect();
        let living = |key: u8| latest.get(&key).copied().filter(|(_, _, end)| now < *end);
        let place = format!("operation {number} of {operations:?}");
        match *operation {
            Operation::Wait { seconds } => now += seconds,
            Operation::Load { key } => {
                let loaded = store.load(&key.to_string(), at(now)).await.unwrap();
                let wanted = living(key).map(|(number, version, _)| Stored { record: record(number), version });
                assert_eq!(loaded, wanted, "{place}");
            }
            Operation::Save { key, record: number, expected, life } => {
                let version = living(key).map(|(_, version, _)| version);
                let wanted = if version == expected { Ok(version.unwrap_or(0) + 1) } else { Err(SaveError::Conflict) };
                let end = now + life;
                let saved = store.save(&key.to_string(), &record(number), expected, at(end), at(now)).await;
                assert_eq!(saved, wanted, "{place}");
                written.extend(saved.ok().map(|version| (key, number, version, end)));
            }
        }
    }
}

fn operation() -> impl Strategy<Value = Operation> {
    let expected = prop_oneof![Just(None), (1..4_u64).prop_map(Some)];
    prop_oneof![
        5 => (0..3_u8, 0..100_i64, expected, 0..20_i64)
            .prop_map(|(key, record, expected, life)| Operation::Save { key, record, expected, life }),
        3 => (0..3_u8).prop_map(|key| Operation::Load { key }),
        1 => (0..10_i64).prop_map(|seconds| Operation::Wait { seconds }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_the_store_in_the_process_does_as_the_model(
        operations in prop::collection::vec(operation(), 0..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(&MemoryStore::default(), &operations));
    }
}

#[tokio::test]
async fn whatever_is_done_every_store_does_as_the_model() {
    let mut state = 20_260_601_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let operations: Vec<Operation> = (0..400)
        .map(|_| {
            let key = u8::try_from(next(3)).unwrap();
            match next(9) {
                0 => Operation::Wait { seconds: next(10).cast_signed() },
                1..=3 => Operation::Load { key },
                _ => Operation::Save {
                    key,
                    record: next(100).cast_signed(),
                    expected: Some(next(4)).filter(|version| *version > 0),
                    life: next(20).cast_signed(),
                },
            }
        })
        .collect();
    for Candidate { store, .. } in candidates().await {
        play(store.as_ref(), &operations).await;
    }
}
