//! An invocation that dies is mended by what AWS and people do next: the redelivery, the next event, the next press (A14, I2, I3,
//! I4). It may die between any two writes, as when the store is lost; or after any call, as when the Lambda is stopped.
//! docs/approval-lifecycle.md says what mends what.

use std::collections::BTreeSet;

use signoff::approval::audit::AuditResult;
use signoff::approval::record::{ApprovalState, Outcome};

use super::fakes::{Called, Shop};

/// Who mends it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mending {
    Event,
    Press,
}

/// Plays a request and its approval, with the store lost after so many writes, and then what comes next. Returns whether
/// the store was lost at all.
async fn play(writes: u32, mending: Mending) -> bool {
    let shop = Shop::new();
    shop.lose_writes_after(writes);
    let announced = shop.announce().await;
    let pressed = shop.press("approve", "U0NOOR").await;
    let crashed = announced.is_err() || pressed.is_err();
    shop.mend();
    shop.wait(61);
    // AWS delivers again what failed; Slack does not, so that the person presses again.
    if announced.is_err() {
        shop.announce().await.unwrap();
    }
    let was_told = shop.calls().iter().any(|call| matches!(call, Called::Put(..)));
    match mending {
        Mending::Event if was_told => drop(shop.tell("SUCCEEDED").await.unwrap()),
        _ => drop(shop.press("approve", "U0OLA").await.unwrap()),
    }
    let calls = shop.calls();
    let count = |wanted: fn(&Called) -> bool| calls.iter().filter(|call| wanted(call)).count();
    assert_eq!(count(|call| matches!(call, Called::Put(..))), 1, "{writes} {mending:?}: {calls:?}");
    let shown = calls.iter().rfind(|call| matches!(call, Called::Update(_)));
    assert_eq!(shown, Some(&Called::Update("Approved".to_owned())), "{writes} {mending:?}: {calls:?}");
    let by = match shop.state().await {
        ApprovalState::Ended(Outcome::Decided(decision)) => decision.by,
        state => panic!("{writes} {mending:?}: {state:?}"),
    };
    let kept = shop.evidence().await.unwrap_or_else(|| panic!("{writes} {mending:?}: nothing is kept"));
    assert_eq!((kept.result, kept.by.as_deref()), (AuditResult::Approved, Some(by.as_str())), "{writes} {mending:?}");
    // Whoever CodePipeline was told of is whom the message shows.
    let told = calls.iter().find_map(|call| match call {
        Called::Put(_, summary) => Some(summary.contains(&by)),
        _ => None,
    });
    assert_eq!(told, Some(true), "{writes} {mending:?}: {calls:?}");
    crashed
}

#[tokio::test]
async fn after_every_write() {
    for mending in [Mending::Event, Mending::Press] {
        let mut crashes = 0;
        while play(crashes, mending).await {
            crashes += 1;
            assert!(crashes < 50, "it never ends well");
        }
        assert!(crashes >= 4, "{crashes}");
    }
}

/// Something that reaches signoff, or happens around it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Input {
    Request,
    Press(&'static str, &'static str),
    Submit(&'static str, &'static str),
    /// Somebody decides in the console.
    Console(bool),
    Told(&'static str),
    /// So many days pass.
    Days(i64),
}
use Input::{Console, Days, Press, Request, Submit, Told};

impl Input {
    fn by(self) -> Option<&'static str> {
        match self {
            Press(_, user) | Submit(_, user) => Some(user),
            _ => None,
        }
    }
}

/// What happens, and how it ends: what CodePipeline is told, what the message says first, and whom it names.
struct Story {
    name: &'static str,
    policy: &'static str,
    inputs: &'static [Input],
    told: Option<bool>,
    says: &'static str,
    names: &'static [&'static str],
}

const ONE: &str = "approvers: [U0NOOR, U0OLA]";
const TWO: &str = "require: [{ from: [U0NOOR, U0OLA], count: 2 }]";

const STORIES: &[Story] = &[
    Story {
        name: "approved",
        policy: ONE,
        inputs: &[Request, Press("approve", "U0NOOR"), Told("SUCCEEDED")],
        told: Some(true),
        says: "Approved",
        names: &["U0NOOR"],
    },
    Story {
        name: "approved by two",
        policy: TWO,
        inputs: &[Request, Press("approve", "U0NOOR"), Press("approve", "U0OLA")],
        told: Some(true),
        says: "Approved",
        names: &["U0NOOR", "U0OLA"],
    },
    Story {
        name: "one of two",
        policy: TWO,
        inputs: &[Request, Press("approve", "U0NOOR")],
        told: None,
        says: "Approval needed",
        names: &["U0NOOR> approved"],
    },
    Story {
        name: "withdrawn",
        policy: TWO,
        inputs: &[Request, Press("approve", "U0NOOR"), Press("withdraw", "U0NOOR")],
        told: None,
        says: "Approval needed",
        names: &["needs 2 of"],
    },
    Story {
        name: "rejected with a reason",
        policy: ONE,
        inputs: &[Request, Press("reject", "U0OLA"), Submit("Wrong prices.", "U0OLA")],
        told: Some(false),
        says: "Rejected",
        names: &["U0OLA", "Wrong prices."],
    },
    Story {
        name: "rejected in the console",
        policy: ONE,
        inputs: &[Request, Console(false), Told("FAILED")],
        told: None,
        says: "Rejected",
        names: &["pia"],
    },
    Story {
        name: "approved in the console, pressed late",
        policy: ONE,
        inputs: &[Request, Console(true), Press("approve", "U0NOOR")],
        told: None,
        says: "Approved",
        names: &["pia"],
    },
    Story {
        name: "expired",
        policy: ONE,
        inputs: &[Request, Days(8), Press("approve", "U0NOOR")],
        told: None,
        says: "Approval expired",
        names: &[],
    },
];

/// Whether it was done; else it has to come again. `None`: the invocation died.
async fn do_it(shop: &Shop, input: Input) -> Option<bool> {
    match input {
        Request => shop.unless_it_dies(shop.announce()).await.map(|done| done.is_ok()),
        Told(state) => shop.unless_it_dies(shop.tell(state)).await.map(|done| done.is_ok()),
        Press(button, user) => {
            shop.unless_it_dies(shop.press(button, user)).await.map(|done| was_taken(&done.unwrap()))
        }
        Submit(text, user) => shop.unless_it_dies(shop.submit(text, user)).await.map(|done| was_taken(&done.unwrap())),
        Console(approved) => {
            shop.answer_in_console(approved, "As agreed");
            Some(true)
        }
        Days(days) => {
            shop.wait(days * 86_400);
            Some(true)
        }
    }
}

/// Whoever is told to wait and look again does so.
fn was_taken(outcome: &str) -> bool {
    !outcome.contains("is on its way to CodePipeline already")
}

/// Plays a story whose invocation dies after so many calls, and what comes of it then. Returns after which call it died.
async fn play_and_die(story: &Story, calls: u32, mending: Mending) -> Option<&'static str> {
    let place = format!("{}, dead after call {calls}, mended by {mending:?}", story.name);
    let shop = Shop::with_rule(story.policy);
    shop.die_after(calls);
    let mut again: Vec<Input> = Vec::new();
    for input in story.inputs {
        // Nobody presses what is not there, and everybody waits for their own last press.
        let waits = input.by().is_some_and(|user| again.iter().any(|before| before.by() == Some(user)));
        if waits || (input.by().is_some() && shop.messages().is_empty()) || do_it(&shop, *input).await != Some(true) {
            again.push(*input);
        }
    }
    let died = shop.died_after();
    shop.mend_calls();
    shop.wait(61);
    if mending == Mending::Event
        && let Some((approved, _)) = shop.answered()
        && !again.contains(&Request)
    {
        // Nobody presses again: what CodePipeline tells is enough.
        shop.tell(if approved { "SUCCEEDED" } else { "FAILED" })
            .await
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        again.clear();
    }
    for input in again {
        assert_eq!(do_it(&shop, input).await, Some(true), "{place}: {input:?}");
    }
    if shop.messages().len() > 1 {
        // It died after Slack took the message and before that was known. Whoever presses on the first one brings it up to date.
        assert!(matches!(died, Some("chat.postMessage" | "a read of the store")), "{place}: {died:?}");
        shop.press_on(0, "withdraw", "U0NOOR").await.unwrap();
    }
    // I2: one answer. I1 and A14: the one that it would have been.
    let told: Vec<bool> = shop
        .calls()
        .iter()
        .filter_map(|call| if let Called::Put(approved, _) = call { Some(*approved) } else { None })
        .collect();
    assert_eq!(told, story.told.into_iter().collect::<Vec<_>>(), "{place}: {:?}", shop.calls());
    // I4: the messages show how it is.
    let is_over = story.says != "Approval needed";
    let record = shop.record().await;
    for message in shop.messages() {
        let shown = format!("{} {}", message.text, serde_json::to_string(&message.blocks).unwrap());
        assert!(shown.starts_with(story.says), "{place}: {shown}");
        assert!(story.names.iter().all(|name| shown.contains(name)), "{place}: {shown}");
        if !is_over {
            assert_eq!(shown.matches("> approved ·").count(), record.votes.len(), "{place}: {shown}");
        }
        assert_eq!(message.blocks.iter().any(|block| block["type"] == "actions"), !is_over, "{place}: {shown}");
    }
    assert_eq!(matches!(record.state, ApprovalState::Ended(_)), is_over, "{place}");
    died
}

/// What each story calls, in order, is a place to die.
#[tokio::test]
async fn after_every_call() {
    let mut places = Vec::new();
    let mut died_after = BTreeSet::new();
    for story in STORIES {
        for mending in [Mending::Event, Mending::Press] {
            let mut calls = Vec::new();
            while let Some(died) = play_and_die(story, u32::try_from(calls.len()).unwrap() + 1, mending).await {
                calls.push(died);
            }
            died_after.extend(calls.iter().copied());
            if mending == Mending::Press {
                places.push(format!("{}\n    {}", story.name, calls.join("\n    ")));
            }
        }
    }
    let all = ["GetPipelineState", "PutApprovalResult", "a read of the store", "a write to the store"];
    let slack = ["chat.postEphemeral", "chat.postMessage", "chat.update", "users.info", "views.open"];
    assert_eq!(died_after, all.into_iter().chain(slack).collect());
    insta::assert_snapshot!(places.join("\n\n"));
}
