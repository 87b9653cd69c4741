//! What every seed starts from: people, three pipelines that ask for approval, and sets of rules for them, each also as a plain
//! list of who may do what, which the judge reads instead of the rules.

use std::sync::Arc;

use jiff::Timestamp;
use signoff::config::read_rules;
use signoff::diagnostic::Source;
use signoff::rules::RuleSet;
use signoff::template::Templates;

use super::random::Random;
use crate::world::{Given, World};

/// Monday, 2 March 2026, 15:35 UTC: windows close at 16:00.
pub const BEGIN: Timestamp = Timestamp::constant(1_772_465_700, 0);

/// How many sets of rules there are to begin with and to change to.
pub const RULE_SETS: usize = 12;

/// The commit that every execution runs.
pub const COMMIT: &str = "9c41f0d2b7a64e5f";

/// The pipelines, one of each execution mode.
pub const PIPELINES: [&str; 3] = ["api", "web", "app"];

/// Somebody who presses buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// As the schedule calls them.
    pub handle: &'static str,
    /// The Slack user id.
    pub id: &'static str,
    /// Whether Slack knows them as a person of the workspace.
    pub is_fit: bool,
}

const fn person(handle: &'static str, id: &'static str) -> Person {
    Person { handle, id, is_fit: true }
}

/// Everybody. The last ones may answer nothing: a stranger from a shared channel, a bot, and somebody whom no rule names.
pub const PEOPLE: [Person; 9] = [
    person("ann", "U0ANN"),
    person("ben", "U0BEN"),
    person("cat", "U0CAT"),
    person("dan", "U0DAN"),
    person("eve", "U0EVE"),
    person("fay", "U0FAY"),
    Person { handle: "sam", id: "U0SAM", is_fit: false },
    Person { handle: "rob", id: "U0ROB", is_fit: false },
    person("zed", "U0ZED"),
];

const GIVEN: &str = "
workspace:
  team: T0ACME
  channels: { releases: C0RELEASES, incidents: C0INCIDENTS, progress: C0PROGRESS }
  people:
    ann: { id: U0ANN, name: Ann Adler, email: ann@acme.example }
    ben: { id: U0BEN, name: Ben Baker, email: ben@acme.example }
    cat: { id: U0CAT, name: Cat Cruz, email: cat@acme.example }
    dan: { id: U0DAN, name: Dan Drew, email: dan@acme.example }
    eve: { id: U0EVE, name: Eve Ekman, email: eve@acme.example }
    fay: { id: U0FAY, name: Fay Frost, email: fay@acme.example }
    sam: { id: U0SAM, name: Sam Stranger, team: T0OTHER }
    rob: { id: U0ROB, name: Rob Robot, bot: true }
    zed: { id: U0ZED, name: Zed Zahn, email: zed@acme.example }
  groups:
    security: { id: S0SECURITY, members: [eve, fay] }
pipelines:
  api:
    mode: SUPERSEDED
    idle: true
    stages: &stages
      - name: Source
        actions: [{ name: Checkout, category: Source, variables: { CommitId: 9c41f0d2b7a64e5f } }]
      - name: Production
        actions:
          - { name: Approve, category: Approval, timeout_minutes: 100 }
          - { name: Deploy, category: Deploy, takes: 4m }
  web: { mode: QUEUED, idle: true, stages: *stages }
  app: { mode: PARALLEL, idle: true, stages: *stages }
";

/// What a rule asks for, as a list that needs no reading.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How the rules file says it.
    yaml: &'static str,
    /// The seats, each with who may fill it, by user id.
    pub seats: &'static [&'static [&'static str]],
    /// The hours of the day, in UTC, within which approvals are taken.
    pub hours: Option<(i64, i64)>,
    /// Whether whoever wrote the change may not approve it.
    pub forbids_author: bool,
    /// Whether an approval needs a comment.
    pub wants_comment: bool,
    /// Who may decide alone.
    pub override_by: &'static [&'static str],
}

const ANY: Policy =
    Policy { yaml: "", seats: &[], hours: None, forbids_author: false, wants_comment: false, override_by: &[] };
const TWO: &[&str] = &["U0ANN", "U0BEN"];
const THREE: &[&str] = &["U0ANN", "U0BEN", "U0CAT"];
const SECURITY: &[&str] = &["U0EVE", "U0FAY"];

const POLICIES: [Policy; 9] = [
    // That a rule names a guest or a bot by mistake gives them nothing.
    Policy { yaml: "approvers: [U0ANN, U0BEN, U0SAM, U0ROB], comment: none", seats: &[TWO], ..ANY },
    Policy { yaml: "require: [{ from: three, count: 2 }], comment: none", seats: &[THREE, THREE], ..ANY },
    Policy { yaml: "require: [{ from: three }, { from: security }]", seats: &[THREE, SECURITY], ..ANY },
    Policy {
        yaml: "require: [{ from: three, count: 2 }, { from: security }], comment: none",
        seats: &[THREE, THREE, SECURITY],
        ..ANY
    },
    Policy {
        yaml: "approvers: [three], comment: none, window: { days: [mon, tue, wed, thu, fri, sat, sun], from: \"09:00\", \
               until: \"16:00\", timezone: UTC }",
        seats: &[THREE],
        hours: Some((9, 16)),
        ..ANY
    },
    Policy {
        yaml: "require: [{ from: three, count: 2 }], forbid: [author], comment: none",
        seats: &[THREE, THREE],
        forbids_author: true,
        ..ANY
    },
    Policy { yaml: "approvers: [three], comment: required", seats: &[THREE], wants_comment: true, ..ANY },
    Policy {
        yaml: "require: [{ from: three, count: 3 }], override: { by: U0DAN }, comment: none",
        seats: &[THREE, THREE, THREE],
        override_by: &["U0DAN"],
        ..ANY
    },
    // Whoever sits where, two of them fill it.
    Policy {
        yaml: "require: [{ from: [U0ANN, U0BEN] }, { from: [U0BEN, U0CAT] }], comment: none",
        seats: &[TWO, &["U0BEN", "U0CAT"]],
        ..ANY
    },
];

/// A set of rules, as signoff reads it and as the judge does.
#[derive(Debug, Clone)]
pub struct Rules {
    /// As signoff reads it.
    pub set: Arc<RuleSet>,
    /// For each of [`PIPELINES`], what its rule asks for.
    pub policies: [Policy; 3],
}

/// What a seed starts from.
#[derive(Debug)]
pub struct Start {
    /// The sets of rules.
    pub rules: Vec<Rules>,
    /// Whether each execution has a message of its own, in a workspace where Slack's rate limits hold.
    pub shows_executions: bool,
    world: World,
}

/// What every seed starts from: most without messages of executions, which are many more calls.
#[derive(Debug)]
pub struct Setup {
    /// The built-in templates.
    pub templates: Arc<Templates>,
    starts: [Start; 2],
}

impl Setup {
    /// Makes it: the rules are read once for all seeds. signoff reads them as `rewritten`; the judge goes by what they were before.
    pub fn new(rewritten: impl Fn(&str) -> String) -> Result<Self, String> {
        let templates = Templates::builtin();
        let start = |shows_executions| -> Result<Start, String> {
            let sets = (0..RULE_SETS).map(|number| rules(number, shows_executions, &templates, &rewritten));
            let mut given: Given = serde_yaml::from_str(GIVEN).map_err(|error| error.to_string())?;
            given.workspace.rate_limits = shows_executions;
            let mut world = World::new(&given, BEGIN)?;
            world.keeps_calls = false;
            Ok(Start { rules: sets.collect::<Result<_, String>>()?, shows_executions, world })
        };
        let starts = [start(false)?, start(true)?];
        Ok(Self { templates: Arc::new(templates), starts })
    }

    /// What a seed starts from.
    pub fn start(&self, seed: u64) -> &Start {
        &self.starts[usize::from(seed % 4 == 3)]
    }
}

impl Start {
    /// A world in which nothing has happened yet.
    pub fn world(&self) -> World {
        self.world.clone()
    }
}

fn rules(
    number: usize,
    shows_executions: bool,
    templates: &Templates,
    rewritten: &impl Fn(&str) -> String,
) -> Result<Rules, String> {
    let mut random = Random::new(&[u64::try_from(number).unwrap_or_default()]);
    // The first policies of the first sets, so that each is in one.
    let policies: [Policy; 3] = std::array::from_fn(|at| match number * PIPELINES.len() + at {
        early if early < POLICIES.len() => POLICIES[early],
        _ => POLICIES[random.below(POLICIES.len())],
    });
    let mut text = "version: 1\nworkspace: T0ACME\n\
        channels: { releases: C0RELEASES, incidents: C0INCIDENTS, progress: C0PROGRESS }\n\
        groups: { three: { users: [U0ANN, U0BEN, U0CAT] }, security: { usergroup: S0SECURITY } }\napprovals:\n"
        .to_owned();
    for (pipeline, policy) in PIPELINES.iter().zip(&policies) {
        text.push_str(&format!(
            "  - {{ name: {pipeline}, match: {{ pipeline: {pipeline} }}, channel: releases, {}, \
             remind: {{ after: 20m, every: 40m }}, escalate: {{ after: 50m, channel: incidents }} }}\n",
            policy.yaml
        ));
    }
    text.push_str("notifications:\n  - { name: failures, match: { event: pipeline.failed }, channel: incidents }\n");
    if shows_executions {
        text.push_str(
            "  - { name: executions, match: { event: \"pipeline.*\" }, channel: progress, thread: execution, \
             template: execution }\n",
        );
    }
    let set =
        read_rules(&[Source::new("rules.yaml", rewritten(&text))], templates).map_err(|error| error.to_string())?;
    Ok(Rules { set: Arc::new(set), policies })
}
