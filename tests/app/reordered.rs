//! However input comes, twice, in another order or all at once, the decision is that of one clean pass (A14); and it is made by
//! the rules in force when it is made (A2).

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::fakes::{Called, Shop};

const PEOPLE: [&str; 5] = ["U0NOOR", "U0OLA", "U0PIA", "U0SAM", "U0ANN"];

/// Who may sit on each seat.
type Seats = Vec<Vec<&'static str>>;

fn seats() -> impl Strategy<Value = Seats> {
    let seat = prop::sample::subsequence(PEOPLE.to_vec(), 1..=4);
    prop::collection::vec(seat, 1..=3).prop_filter("they can be filled", |seats| can_sit(seats, &PEOPLE))
}

fn policy(seats: &Seats) -> String {
    let seats: Vec<String> = seats.iter().map(|people| format!("{{ from: [{}] }}", people.join(", "))).collect();
    format!("require: [{}], comment: none", seats.join(", "))
}

/// Whether every seat can have somebody else of these people, tried in every way.
fn can_sit(seats: &[Vec<&str>], people: &[&str]) -> bool {
    let Some((seat, rest)) = seats.split_first() else { return true };
    seat.iter().any(|user| {
        let left: Vec<&str> = people.iter().filter(|person| *person != user).copied().collect();
        left.len() < people.len() && can_sit(rest, &left)
    })
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn puts(shop: &Shop) -> Vec<Called> {
    shop.calls().into_iter().filter(|call| matches!(call, Called::Put(..))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, rng_seed: RngSeed::Fixed(14), ..ProptestConfig::default() })]

    /// Approvals in any order, some of them twice, each after the other or all at once, while the request comes again: they are
    /// enough, or they are not.
    #[test]
    fn the_same_approvals_come_to_the_same_end(
        seats in seats(),
        voters in prop::sample::subsequence(PEOPLE.to_vec(), 1..=5),
        order in prop::collection::vec(prop::sample::select(PEOPLE.to_vec()), 0..4),
        turns in any::<u64>(),
    ) {
        block_on(async {
            let enough = can_sit(&seats, &voters);
            let mut clicks = voters.clone();
            clicks.extend(order.iter().filter(|user| voters.contains(user)));
            let one_by_one = Shop::with_rule(&policy(&seats));
            one_by_one.announce().await.unwrap();
            for user in clicks.iter().rev() {
                one_by_one.press("approve", user).await.unwrap();
                one_by_one.announce().await.unwrap();
            }
            let at_once = Arc::new(Shop::with_rule(&policy(&seats)));
            at_once.announce().await.unwrap();
            at_once.interleave(turns);
            let work: Vec<_> = clicks.iter().map(|user| {
                let (shop, user) = (Arc::clone(&at_once), *user);
                tokio::spawn(async move { shop.press("approve", user).await.map(drop) })
            }).collect();
            at_once.announce().await.unwrap();
            for click in work {
                click.await.unwrap().unwrap();
            }
            for shop in [&one_by_one, &*at_once] {
                assert_eq!(shop.answered().map(|(approved, _)| approved), enough.then_some(true));
                assert_eq!(puts(shop).len(), usize::from(enough));
                assert_eq!(shop.messages().len(), 1);
                assert!(shop.messages()[0].text.starts_with(if enough { "Approved" } else { "Approval needed" }));
            }
        });
    }

    /// Whatever people press, each press twice, and whatever CodePipeline tells, each event twice, is as if it came once.
    #[test]
    fn what_comes_twice_is_as_what_comes_once(
        seats in seats(),
        presses in prop::collection::vec(
            (prop::sample::select(vec!["approve", "approve", "approve", "withdraw", "reject"]), prop::sample::select(PEOPLE.to_vec())), 1..8),
    ) {
        block_on(async {
            let mut ends = Vec::new();
            for times in [1, 2] {
                let shop = Shop::with_rule(&policy(&seats));
                for _ in 0..times {
                    shop.announce().await.unwrap();
                }
                for (button, user) in &presses {
                    for _ in 0..times {
                        shop.press(button, user).await.unwrap();
                        shop.tell("SUCCEEDED").await.unwrap();
                    }
                }
                let record = shop.record().await;
                ends.push((puts(&shop), record.state, record.votes, shop.messages()));
            }
            assert_eq!(ends[0], ends[1]);
        });
    }

    /// Rules that are changed between the post and the click are those that decide, also of votes that came before.
    #[test]
    fn the_rules_in_force_decide(
        before in seats(),
        after in seats(),
        voters in prop::sample::subsequence(PEOPLE.to_vec(), 0..=3),
        last in prop::sample::select(PEOPLE.to_vec()),
    ) {
        block_on(async {
            let mut shop = Shop::with_rule(&policy(&before));
            shop.announce().await.unwrap();
            for user in &voters {
                shop.press("approve", user).await.unwrap();
            }
            prop_assume!(shop.answered().is_none());
            let cast: Vec<String> = shop.record().await.votes.into_iter().map(|vote| vote.by).collect();
            shop.set_rule(&policy(&after));
            shop.press("approve", last).await.unwrap();
            let mut people: Vec<&str> = cast.iter().map(String::as_str).filter(|user| *user != last).collect();
            people.push(last);
            let approved = shop.answered().is_some();
            prop_assert!(!approved || can_sit(&after, &people), "{after:?} {people:?}");
            let named = after.iter().any(|seat| seat.contains(&last));
            let new = !cast.iter().any(|user| user == last);
            if can_sit(&after, &people) && named && new {
                prop_assert!(approved, "{after:?} {people:?}");
            }
            Ok(())
        })?;
    }
}
