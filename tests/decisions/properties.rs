//! What holds of any votes in any order.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use signoff::approval::record::ApprovalRecord;
use signoff::approval::{Verdict, Wish};
use signoff::rules::RuleSet;

use super::case::{Case, record, rules, verdict, verdict_on};

static RULES: LazyLock<RuleSet> = LazyLock::new(rules);

const PEOPLE: [&str; 7] = ["U0NOOR", "U0OLA", "U0PIA", "U0SAM", "U0ANN", "U0IVY", "U0ELSE"];
const STAGES: [&str; 5] = ["One", "Two", "TwoAndOne", "EitherWay", "Override"];

fn case() -> impl Strategy<Value = Case> {
    let person = || prop::sample::select(&PEOPLE[..]).prop_map(str::to_owned);
    let people = || prop::sample::subsequence(PEOPLE.map(str::to_owned).to_vec(), 0..4);
    let wish = prop::sample::select(Wish::ALL.to_vec());
    let at = prop::sample::select(vec!["2026-05-12T08:00:30Z", "2026-05-18T08:00:00Z", "2026-05-14T08:00:00Z"]);
    let stage = prop::sample::select(&STAGES[..]).prop_map(str::to_owned);
    let comment = prop::sample::select(vec![None, Some(""), Some("because")]);
    (stage, person(), wish, comment, people(), people(), at).prop_map(
        |(stage, user, wish, comment, security, on_call, at)| Case {
            stage,
            user,
            wish,
            comment: comment.map(str::to_owned),
            security,
            on_call,
            at: at.parse().unwrap(),
            ..Case::default()
        },
    )
}

/// Puts what a verdict says into the record, as the shell does.
fn apply(record: &mut ApprovalRecord, verdict: &Verdict) {
    if let Verdict::Count { votes, .. } = verdict {
        record.votes.clone_from(votes);
    }
}

/// Whether every seat can have somebody else of those who approved, tried in every way.
fn can_sit(seats: &[Vec<&str>], people: &[String]) -> bool {
    let Some((seat, rest)) = seats.split_first() else { return true };
    seat.iter().any(|user| {
        let left: Vec<String> = people.iter().filter(|person| person != user).cloned().collect();
        left.len() < people.len() && can_sit(rest, &left)
    })
}

/// Who may sit where, by the rules as they are written.
fn seats<'a>(stage: &str, security: &'a [String]) -> Vec<Vec<&'a str>> {
    let leads = || vec!["U0NOOR", "U0OLA"];
    let all: Vec<&str> = security.iter().map(String::as_str).collect();
    let join = |lists: &[&[&'a str]]| lists.concat();
    match stage {
        "One" => vec![join(&[&leads(), &["U0PIA"], &all])],
        "Two" => vec![join(&[&leads(), &["U0PIA"]]); 2],
        "TwoAndOne" => vec![leads(), leads(), all],
        "EitherWay" => vec![join(&[&leads(), &["U0OLA", "U0SAM"]]), vec!["U0OLA", "U0SAM"]],
        _ => vec![leads(); 2],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    /// I1: nothing is approved but by enough of the right people, or by an override with a comment.
    #[test]
    fn no_approval_without_enough_of_the_right_people(cases in prop::collection::vec(case(), 1..12)) {
        let rules = &*RULES;
        let first = cases[0].clone();
        let mut record = record(&first);
        for case in cases {
            let case = Case { stage: first.stage.clone(), security: first.security.clone(), ..case };
            let verdict = verdict_on(rules, &case, &record);
            if let Verdict::Decide(decision) = &verdict {
                let by: Vec<String> = decision.votes.iter().map(|vote| vote.by.clone()).collect();
                if decision.approved && !decision.is_override {
                    prop_assert!(can_sit(&seats(&case.stage, &case.security), &by), "{by:?} {case:?}");
                } else if decision.is_override {
                    prop_assert!(case.stage == "Override" && decision.comment.is_some());
                    prop_assert!(case.user == "U0IVY" || case.on_call.contains(&case.user));
                }
                break;
            }
            apply(&mut record, &verdict);
            let mut who: Vec<&str> = record.votes.iter().map(|vote| vote.by.as_str()).collect();
            who.sort_unstable();
            who.dedup();
            prop_assert_eq!(who.len(), record.votes.len(), "one person, one vote");
        }
    }

    /// The same people in another order, and any of them twice, come to the same end.
    #[test]
    fn the_order_of_votes_does_not_matter(
        stage in prop::sample::select(&STAGES[..4]),
        security in prop::sample::subsequence(PEOPLE.to_vec(), 0..3),
        voters in prop::sample::subsequence(PEOPLE.to_vec(), 1..7).prop_shuffle(),
        twice in any::<prop::sample::Index>(),
    ) {
        let rules = &*RULES;
        let security: Vec<String> = security.into_iter().map(str::to_owned).collect();
        let ends = |voters: &[&str]| {
            let case = |user: &str| {
                let (user, stage) = (user.to_owned(), stage.to_owned());
                Case { user, stage, security: security.clone(), ..Case::default() }
            };
            let mut record = record(&case("U0NOOR"));
            for user in voters {
                let verdict = verdict_on(rules, &case(user), &record);
                if matches!(verdict, Verdict::Decide(_)) {
                    return true;
                }
                apply(&mut record, &verdict);
            }
            false
        };
        let enough = ends(&voters);
        let mut sorted = voters.clone();
        sorted.sort_unstable();
        prop_assert_eq!(ends(&sorted), enough);
        let mut doubled = voters.clone();
        doubled.insert(0, voters[twice.index(voters.len())]);
        prop_assert_eq!(ends(&doubled), enough);
        let people: Vec<String> = voters.iter().map(|user| (*user).to_owned()).collect();
        prop_assert_eq!(can_sit(&seats(stage, &security), &people), enough);
    }

    /// Only an allowed person's click decides or counts: whatever else is changed about it, it does not.
    #[test]
    fn whatever_is_not_plainly_allowed_is_refused(
        case in case(),
        profile in prop::sample::select(vec!["good", "deactivated", "bot", "stranger", "of another workspace", "of no workspace", "nobody"]),
        team in prop::sample::select(vec![Some("T0SHOP"), Some("T0OTHER"), None]),
        home in prop::sample::select(vec![Some("T0SHOP"), Some("T0OTHER"), None]),
    ) {
        let rules = &*RULES;
        let case = Case {
            profile: profile.to_owned(), team: team.map(str::to_owned), home: home.map(str::to_owned), ..case
        };
        let verdict = verdict(rules, &case);
        if matches!(verdict, Verdict::Decide(_) | Verdict::Count { .. } | Verdict::AskComment { .. }) {
            prop_assert_eq!((team, profile), (Some("T0SHOP"), "good"));
            prop_assert!(home != Some("T0OTHER"));
        }
    }
}
