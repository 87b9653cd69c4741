//! What is wrong with a scenario before it is played: what can't be done, and expectations that would say nothing.

use super::format::{EndExpectation, Scenario, Step, StepExpectation};
use super::start::Start;
use super::way::{Mistake, Way};
use crate::world::codepipeline::EXECUTION_STATUSES;
use crate::world::{Service, World};

/// The settings that a scenario may change.
const SETTINGS: [&str; 5] = [
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_SIGNING_SECRET_PREVIOUS",
    "SIGNOFF_AUDIT_RETENTION",
    "SIGNOFF_RULES_REVISION",
];

/// What a step may do.
const VERBS: &str = "`deliver`, `start`, `click`, `submit`, `command`, `open_home`, `replay`, `console`, `rotate`, `fault`, \
                     `tick`, `edit_rules` and `wait`";

/// What happens without the Lambda, so that nothing can happen before its first write.
const INVOKES_NOTHING: [&str; 6] = ["wait", "start", "console", "fault", "edit_rules", "rotate"];

impl Scenario {
    /// What is wrong by itself.
    pub(super) fn check(&self) -> Result<(), Mistake> {
        if self.scenario.trim().is_empty() {
            let what = "the scenario has no name: say in `scenario` what it is about";
            return Err(Mistake::of_value(Way::to("scenario"), what));
        }
        if self.steps.is_empty() {
            return Err(Mistake::of_value(Way::to("steps"), "a scenario needs at least one step"));
        }
        if let Some(unknown) = self.settings.keys().find(|name| !SETTINGS.contains(&name.as_str())) {
            let what = format!("a scenario can't set `{unknown}`");
            let wrong = Mistake::of_key(Way::to("settings").key(unknown), what);
            return Err(wrong.known(unknown, &SETTINGS, "it can set"));
        }
        for (number, step) in self.steps.iter().enumerate() {
            let says = format!("step {}", number + 1);
            step.check().map_err(|wrong| wrong.under(Way::step(number)).says(&says))?;
        }
        self.expect.check().map_err(|wrong| wrong.under(Way::to("expect")))
    }

    /// Names that nobody and nothing has in the world as the scenario begins.
    pub(super) fn check_names(&self, world: &World) -> Result<(), Mistake> {
        for (way, step) in self.all_steps() {
            if let Some(person) = &step.by {
                world.person(person, way.clone().key("by"))?;
            }
            if let Some(person) = &step.open_home {
                world.person(person, way.clone().key("open_home"))?;
            }
            if let Some(channel) = &step.channel {
                world.channel(channel, way.clone().key("channel"))?;
            }
            if let Some(start) = &step.start {
                world.pipeline(&start.pipeline, way.key("start").key("pipeline"))?;
            }
        }
        let expect = Way::to("expect");
        for (key, names) in [
            ("pipelines", self.expect.pipelines.keys().collect::<Vec<_>>()),
            ("executions", self.expect.executions.keys().collect()),
        ] {
            for name in names {
                world.pipeline(name, expect.clone().key(key).key(name)).map_err(Mistake::at_its_key)?;
            }
        }
        for name in self.expect.messages.keys() {
            world.channel(name, expect.clone().key("messages").key(name)).map_err(Mistake::at_its_key)?;
        }
        Ok(())
    }
}

impl World {
    fn person(&self, name: &str, way: Way) -> Result<(), Mistake> {
        let handles = self.slack.handles();
        if self.slack.has(name) { Ok(()) } else { Err(unknown("person", "people", name, &handles, way)) }
    }

    fn channel(&self, name: &str, way: Way) -> Result<(), Mistake> {
        let names = self.slack.channel_names();
        if names.contains(&name) { Ok(()) } else { Err(unknown("channel", "channels", name, &names, way)) }
    }

    fn pipeline(&self, name: &str, way: Way) -> Result<(), Mistake> {
        let names = self.codepipeline.names();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if names.contains(&name) { Ok(()) } else { Err(unknown("pipeline", "pipelines", name, &names, way)) }
    }
}

fn unknown(one: &str, all: &str, name: &str, known: &[&str], way: Way) -> Mistake {
    let wrong = Mistake::of_value(way, format!("there is no {one} `{name}` in what is given"));
    if known.is_empty() { wrong } else { wrong.known(name, known, &format!("the {all} are")) }
}

impl EndExpectation {
    fn check(&self) -> Result<(), Mistake> {
        let is_status = |way: Way, status: &String| {
            if EXECUTION_STATUSES.contains(&status.as_str()) {
                return Ok(());
            }
            let wrong = Mistake::of_value(way, format!("`{status}` is no status of an execution"));
            Err(wrong.known(status, EXECUTION_STATUSES, "they are"))
        };
        for (pipeline, status) in &self.pipelines {
            is_status(Way::to("pipelines").key(pipeline), status)?;
        }
        for (pipeline, statuses) in &self.executions {
            let way = Way::to("executions").key(pipeline);
            for (number, status) in statuses.iter().enumerate() {
                is_status(way.clone().item(number), status)?;
            }
        }
        Ok(())
    }
}

impl StepExpectation {
    fn check(&self) -> Result<(), Mistake> {
        let known: Vec<&str> = Service::ALL.iter().flat_map(|service| service.operations()).copied().collect();
        match self.calls.keys().find(|operation| !known.contains(&operation.as_str())) {
            Some(unknown) => {
                let wrong =
                    Mistake::of_key(Way::to("calls").key(unknown), format!("there is no operation `{unknown}`"));
                Err(wrong.known(unknown, &known, "the operations are"))
            }
            None => Ok(()),
        }
    }
}

impl Step {
    /// What is wrong with it by itself.
    pub(super) fn check(&self) -> Result<(), Mistake> {
        let verb = self.verb()?;
        let misplaced = |key: &str, what: String| Err(Mistake::of_key(Way::to(key), what));
        let by_person = matches!(verb, "click" | "submit" | "command");
        if by_person && self.by.is_none() {
            return misplaced(verb, format!("`{verb}` needs `by`: the name of a person of the workspace"));
        }
        if !by_person && self.by.is_some() {
            return misplaced(
                "by",
                match (verb, &self.start, &self.by) {
                    ("start", Some(Start { pipeline, .. }), Some(by)) => {
                        format!("`by` belongs to `start`: write `start: {{ pipeline: {pipeline}, by: {by} }}`")
                    }
                    ("console", ..) => "`by` belongs to `console`: write `console: { …, by: … }`".to_owned(),
                    _ => format!("`by` has no meaning with `{verb}`"),
                },
            );
        }
        if self.channel.is_some() && verb != "command" {
            return misplaced("channel", format!("`channel` has no meaning with `{verb}`"));
        }
        let by_person = by_person || verb == "open_home";
        for (key, is_there) in [("through", self.through.is_some()), ("tamper", self.tamper.is_some())] {
            if is_there && !by_person {
                return misplaced(key, format!("`{key}` has no meaning with `{verb}`"));
            }
        }
        if self.on.is_some() && verb != "click" {
            return misplaced("on", format!("`on` has no meaning with `{verb}`"));
        }
        if self.as_signed && verb != "replay" {
            return misplaced("as_signed", format!("`as_signed` has no meaning with `{verb}`"));
        }
        let recorded = self.replay.is_some() || self.deliver.is_some() && self.delivers_events().is_none();
        if !self.with.is_empty() && !recorded {
            return misplaced(
                "with",
                "`with` has a meaning only with a recording, of `deliver` or `replay`".to_owned(),
            );
        }
        if let Some(console) = &self.console {
            console.check().map_err(|wrong| wrong.under(Way::to("console")))?;
        }
        if let Some(fault) = &self.fault {
            fault.read().map_err(|wrong| wrong.under(Way::to("fault")))?;
        }
        self.expect.check().map_err(|wrong| wrong.under(Way::to("expect")))?;
        self.check_meanwhile(verb)
    }

    fn check_meanwhile(&self, verb: &str) -> Result<(), Mistake> {
        let misplaced = |way: Way, what: &str| Err(Mistake::of_key(way, what));
        if !self.meanwhile.is_empty() && INVOKES_NOTHING.contains(&verb) {
            let what = format!("`meanwhile` has no meaning with `{verb}`, which does not invoke the Lambda");
            return misplaced(Way::to("meanwhile"), &what);
        }
        if !self.meanwhile.is_empty() && self.delivers_events().is_some() {
            return misplaced(Way::to("meanwhile"), "`meanwhile` has no meaning with several deliveries");
        }
        for (number, step) in self.meanwhile.iter().enumerate() {
            let way = Way::to("meanwhile").item(number);
            step.check().map_err(|wrong| wrong.under(way.clone()).says("meanwhile"))?;
            if step.edit_rules.is_some() {
                return misplaced(way.key("edit_rules"), "`edit_rules` can't happen in `meanwhile`");
            }
            if !step.meanwhile.is_empty() {
                return misplaced(way.key("meanwhile"), "a step in `meanwhile` can't have a `meanwhile` of its own");
            }
        }
        Ok(())
    }

    /// What it does.
    fn verb(&self) -> Result<&'static str, Mistake> {
        let verbs = [
            ("deliver", self.deliver.is_some()),
            ("edit_rules", self.edit_rules.is_some()),
            ("start", self.start.is_some()),
            ("click", self.click.is_some()),
            ("submit", self.submit.is_some()),
            ("replay", self.replay.is_some()),
            ("console", self.console.is_some()),
            ("rotate", self.rotate.is_some()),
            ("command", self.command.is_some()),
            ("open_home", self.open_home.is_some()),
            ("fault", self.fault.is_some()),
            ("tick", self.tick.is_some()),
            ("wait", self.wait.is_some()),
        ];
        let given: Vec<&str> = verbs.iter().filter(|(_, given)| *given).map(|(verb, _)| *verb).collect();
        match given.as_slice() {
            [verb] => Ok(verb),
            [] => {
                Err(Mistake::of_value(Way::default(), "it does nothing").help(Some(format!("give it one of {VERBS}"))))
            }
            [_, second, ..] => {
                let wrong = Mistake::of_key(Way::to(second), format!("it has `{}` at once", given.join("` and `")));
                Err(wrong.help(Some(format!("give it one of {VERBS}"))))
            }
        }
    }
}
