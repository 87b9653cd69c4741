//! People submit views.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Interaction, OpenView, Workspace, block_kit};

impl Workspace {
    /// Submits the view that a person has open. `values` are by an input's `action_id`, `block_id` or label. The error is
    /// what Slack's own window would say, or what the view lacks.
    pub fn submit(
        &mut self,
        now: Timestamp,
        person: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<Interaction, String> {
        let person = self.person(person)?.clone();
        let open = self.views.get(&person.id).and_then(|views| views.last()).cloned();
        let Some(OpenView { mut view, .. }) = open else {
            return Err(format!("{} has no window open to submit", person.name));
        };
        let blocks = view["blocks"].as_array().cloned().unwrap_or_default();
        let mut unused: Vec<&String> = values.keys().collect();
        let mut state = Map::new();
        for input in blocks.iter().filter(|block| block["type"] == "input") {
            let (block, action) = (&input["block_id"], &input["element"]["action_id"]);
            let label = input["label"]["text"].as_str().unwrap_or_default();
            let names = [block.as_str().unwrap_or_default(), action.as_str().unwrap_or_default(), label];
            let given = values.iter().find(|(name, _)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
            if let Some((name, _)) = given {
                unused.retain(|unused| *unused != name);
            }
            let text = given.map(|(_, text)| text.as_str()).filter(|text| !text.is_empty());
            check(input, label, text)?;
            let value = json!({ "type": input["element"]["type"], "value": text });
            state.insert(names[0].to_owned(), json!({ names[1]: value }));
        }
        if let Some(name) = unused.first() {
            let title = view["title"]["text"].as_str().unwrap_or_default();
            return Err(format!("the window “{title}” has no input `{name}`"));
        }
        view["state"] = json!({ "values": state });
        let mut payload = self.interaction(now, &person, "view_submission");
        payload["view"] = view;
        payload["response_urls"] = json!([]);
        Ok(Interaction { payload, person: person.handle })
    }

    /// Takes the app's answer to a submission: nothing closes the window. Returns what the window then tells the person.
    /// <https://docs.slack.dev/surfaces/modals#updating_response>.
    pub fn answer_submission(&mut self, person: &str, body: Option<&Value>) -> Result<Option<String>, String> {
        let user = self.person(person)?.id.clone();
        let views = self.views.get_mut(&user).filter(|views| !views.is_empty());
        let Some(views) = views else { return Err(format!("`{person}` has no window open")) };
        match body.map(|body| (body["response_action"].as_str(), body)) {
            None | Some((None, Value::Null)) => drop(views.pop()),
            Some((Some("clear"), _)) => views.clear(),
            Some((Some("errors"), body)) => {
                let errors = body["errors"].as_object().filter(|errors| !errors.is_empty());
                let errors = errors.ok_or("the answer has `response_action: errors` and no `errors`")?;
                // Slack wants the block id of an input: <https://docs.slack.dev/surfaces/modals#displaying_errors>.
                let blocks = views.last().and_then(|open| open.view["blocks"].as_array()).into_iter().flatten();
                let inputs: Vec<&str> = blocks
                    .filter(|block| block["type"] == "input")
                    .filter_map(|block| block["block_id"].as_str())
                    .collect();
                if let Some(unknown) = errors.keys().find(|key| !inputs.contains(&key.as_str())) {
                    return Err(format!("the answer has an error for `{unknown}`, which is no input of the window"));
                }
                let texts: Vec<&str> = errors.values().filter_map(Value::as_str).collect();
                return Ok(Some(texts.join("; ")));
            }
            Some((Some(action @ ("update" | "push")), body)) => {
                let wrong = block_kit::check_view(&body["view"], "/view");
                if !wrong.is_empty() {
                    return Err(format!("the answer's view is refused: {}", wrong.join("; ")));
                }
                let replaced = (action == "update").then(|| views.last().map(|view| view.id.clone())).flatten();
                let view = self.keep_view(&user, &body["view"], replaced.as_deref());
                self.opened.push(view.clone());
                let views = self.views.entry(user).or_default();
                if replaced.is_some() {
                    views.pop();
                }
                views.push(view);
            }
            Some((action, _)) => {
                let action =
                    action.map(|action| format!("`{action}`")).unwrap_or_else(|| "no `response_action`".to_owned());
                return Err(format!("Slack does not understand the answer to the submission: {action}"));
            }
        }
        Ok(None)
    }
}

/// What Slack's window itself checks before it lets somebody submit.
fn check(input: &Value, label: &str, text: Option<&str>) -> Result<(), String> {
    let Some(text) = text else {
        let optional = input["optional"].as_bool().unwrap_or(false);
        return if optional { Ok(()) } else { Err(format!("the input “{label}” has to be filled in")) };
    };
    let length = text.chars().count() as u64;
    match (input["element"]["min_length"].as_u64(), input["element"]["max_length"].as_u64()) {
        (Some(least), _) if length < least => {
            Err(format!("the input “{label}” wants {least} characters, and has {length}"))
        }
        (_, Some(most)) if length > most => {
            Err(format!("the input “{label}” takes {most} characters, and has {length}"))
        }
        _ => Ok(()),
    }
}
