//! An invocation that dies between any two writes is mended by what AWS and people do next: the redelivery, the next event, the
//! next press (A14, I2, I3, I4).

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
