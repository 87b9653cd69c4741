//! Slack's Web API: bearer token, arguments as a form or as JSON, errors with status 200:
//! <https://docs.slack.dev/apis/web-api>.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::world::slack::Arguments;
use crate::world::{Service, SlackFailure, World};

/// Answers a method.
pub(super) fn respond(world: &mut World, token: &str, method: &str, request: &Request) -> ResponseTemplate {
    let authorization = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    let refused = match authorization.and_then(|value| value.strip_prefix("Bearer ")) {
        None => Some("not_authed"),
        Some(found) if found != token => Some("invalid_auth"),
        Some(_) => None,
    };
    if let Some(code) = refused {
        return refuse(world, method, code);
    }
    let content_type = request.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let arguments = match kind.trim() {
        "application/json" => match serde_json::from_slice(&request.body) {
            Ok(Value::Object(values)) => Arguments::json(values),
            Ok(_) => return refuse(world, method, "json_not_object"),
            Err(_) => return refuse(world, method, "invalid_json"),
        },
        "application/x-www-form-urlencoded" if !request.body.is_empty() => Arguments::form(pairs(&request.body)),
        "" | "application/x-www-form-urlencoded" if request.body.is_empty() => {
            Arguments::form(request.url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())))
        }
        _ => return refuse(world, method, "invalid_post_type"),
    };
    let answer = match world.slack_request(method, &arguments) {
        Ok(mut answer) => {
            if kind.trim() == "application/json" && !parameters.contains("charset") {
                answer["warning"] = "missing_charset".into();
                answer["response_metadata"] = json!({ "warnings": ["missing_charset"] });
            }
            ResponseTemplate::new(200).set_body_json(answer)
        }
        Err(SlackFailure::Refused(error)) => {
            let mut body = error.body();
            if let Some(needed) = world.slack.missing_scope(method).filter(|_| error.error == "missing_scope") {
                body["needed"] = needed.into();
                body["provided"] = world.slack.scopes().into();
            }
            ResponseTemplate::new(200).set_body_json(body)
        }
        Err(SlackFailure::RateLimited { retry_after_s }) => rate_limited(retry_after_s),
        Err(SlackFailure::Broken | SlackFailure::ServerError) => broken(),
    };
    // Slack says in each answer what the token may do: <https://docs.slack.dev/authentication/installing-with-oauth>.
    answer
        .insert_header("X-Slack-Req-Id", "7e1b3f0c9d2a4e5f8a6b0c1d2e3f4a5b")
        .insert_header("X-OAuth-Scopes", world.slack.scopes().as_str())
        .insert_header("Date", world.now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string().as_str())
}

/// The path of the `response_url` that a request goes to, without the first slash.
pub(super) fn response_url(request: &Request) -> Option<&str> {
    let path = request.url.path().strip_prefix('/')?;
    matches!(path.split_once('/')?.0, "actions" | "commands").then_some(path)
}

/// Takes what is posted to a `response_url`. Unlike the methods it says by the status what is wrong.
pub(super) fn take_response(world: &mut World, path: &str, request: &Request) -> ResponseTemplate {
    let body = serde_json::from_slice(&request.body).unwrap_or_default();
    match world.response_url_request(path, &body) {
        Ok(()) if path.starts_with("commands/") => ResponseTemplate::new(200).set_body_string("ok"),
        Ok(()) => ResponseTemplate::new(200).set_body_json(json!({ "ok": true })),
        Err(SlackFailure::Refused(error)) => {
            let is_gone = matches!(error.error, "no_service" | "expired_url" | "used_url");
            ResponseTemplate::new(if is_gone { 404 } else { 400 }).set_body_json(error.body())
        }
        Err(SlackFailure::RateLimited { retry_after_s }) => rate_limited(retry_after_s),
        Err(SlackFailure::Broken | SlackFailure::ServerError) => broken(),
    }
}

fn rate_limited(retry_after_s: u32) -> ResponseTemplate {
    ResponseTemplate::new(429)
        .insert_header("Retry-After", retry_after_s.to_string().as_str())
        .set_body_json(json!({ "ok": false, "error": "ratelimited" }))
}

/// Of a connection that breaks nobody gets it.
fn broken() -> ResponseTemplate {
    ResponseTemplate::new(500).set_body_json(json!({ "ok": false, "error": "internal_error" }))
}

/// Refuses a request before anybody looks at its arguments.
fn refuse(world: &mut World, method: &str, code: &'static str) -> ResponseTemplate {
    world.note(Service::Slack, method, String::new(), Err(code));
    ResponseTemplate::new(200).set_body_json(json!({ "ok": false, "error": code }))
}

/// A form's fields: the form encoding is that of a query.
fn pairs(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).into_owned().collect()
}
