//! What the binary does and what the files in `deploy/` allow are the same: AWS operations and IAM actions, methods of Slack's Web
//! API and scopes, metrics and the alarms on them, settings and the function's environment.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the test reads the repository's own files")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use signoff::logbook::Metric;

/// Granted, and called by somebody else on our behalf.
const ON_OUR_BEHALF: [(&str, &str); 8] = [
    ("kms:Decrypt", "Parameter Store and Secrets Manager decrypt with a key of the customer's"),
    ("logs:CreateLogStream", "the Lambda service writes what the function prints"),
    ("logs:PutLogEvents", "the Lambda service writes what the function prints"),
    ("sqs:DeleteMessage", "the Lambda service reads the queue"),
    ("sqs:GetQueueAttributes", "the Lambda service reads the queue"),
    ("sqs:ReceiveMessage", "the Lambda service reads the queue"),
    ("xray:PutTelemetryRecords", "the Lambda service traces invocations"),
    ("xray:PutTraceSegments", "the Lambda service traces invocations"),
];

/// The bot scope that each method needs: <https://docs.slack.dev/reference/methods>, one page a method.
const SCOPES: [(&str, Option<&str>); 25] = [
    ("api.test", None),
    ("auth.test", None),
    ("bots.info", Some("users:read")),
    ("chat.delete", Some("chat:write")),
    ("chat.deleteScheduledMessage", Some("chat:write")),
    ("chat.getPermalink", None),
    ("chat.postEphemeral", Some("chat:write")),
    ("chat.postMessage", Some("chat:write")),
    ("chat.scheduleMessage", Some("chat:write")),
    ("chat.update", Some("chat:write")),
    ("pins.add", Some("pins:write")),
    ("pins.remove", Some("pins:write")),
    ("reactions.add", Some("reactions:write")),
    ("reactions.remove", Some("reactions:write")),
    ("team.info", Some("team:read")),
    ("usergroups.list", Some("usergroups:read")),
    ("usergroups.users.list", Some("usergroups:read")),
    ("users.getPresence", Some("users:read")),
    ("users.info", Some("users:read")),
    ("users.list", Some("users:read")),
    ("users.lookupByEmail", Some("users:read.email")),
    ("users.profile.get", Some("users.profile:read")),
    ("views.open", None),
    ("views.publish", None),
    ("views.update", None),
];

#[test]
fn the_sam_template_allows_exactly_what_the_binary_calls() {
    let template = yaml("deploy/template.yaml");
    let mut granted = BTreeSet::new();
    actions(&template["Resources"]["FunctionRole"]["Properties"]["Policies"], &mut granted);
    same_as_called("deploy/template.yaml", &granted);
}

#[test]
fn terraform_allows_exactly_what_the_binary_calls() {
    let text = read("deploy/terraform/role.tf");
    let (_, document) =
        text.split_once("data \"aws_iam_policy_document\" \"function\" {").expect("the function's policy");
    let (document, _) = document.split_once("\n}").expect("its end");
    let lists = document.split("actions").skip(1).filter_map(|rest| rest.split(']').next());
    let granted = lists.flat_map(literals).collect();
    same_as_called("deploy/terraform/role.tf", &granted);
}

#[test]
fn only_x_ray_is_allowed_on_everything() {
    let template = yaml("deploy/template.yaml");
    let policies = template["Resources"]["FunctionRole"]["Properties"]["Policies"].to_string();
    assert_eq!(policies.matches(r#""Resource":"*""#).count(), 1, "in deploy/template.yaml");
    assert!(policies.contains(r#""Action":["xray:PutTraceSegments","xray:PutTelemetryRecords"],"Resource":"*""#));
    assert_eq!(
        read("deploy/terraform/role.tf").matches(r#"resources = ["*"]"#).count(),
        1,
        "in deploy/terraform/role.tf"
    );
    assert_eq!(read("deploy/cdk/lib/permissions.ts").matches("['*']").count(), 1, "in deploy/cdk/lib/permissions.ts");
}

#[test]
fn the_slack_app_has_exactly_the_scopes_of_the_methods_that_are_called() {
    let manifest = yaml("deploy/slack-app-manifest.yaml");
    let methods = web_api_methods();
    assert!(methods.contains("chat.postMessage"), "the methods are no longer found where this test looks: {methods:?}");
    let scopes: BTreeMap<_, _> = SCOPES.into_iter().collect();
    let unknown: Vec<_> = methods.iter().filter(|method| !scopes.contains_key(method.as_str())).collect();
    assert!(
        unknown.is_empty(),
        "look up the scopes of {unknown:?} at https://docs.slack.dev/reference/methods and add them here"
    );

    let mut needed: BTreeSet<_> = methods.iter().filter_map(|method| scopes[method.as_str()]).collect();
    // Slack grants addresses only together with the people whose they are: <https://docs.slack.dev/reference/scopes/users.read.email>.
    if needed.contains("users:read.email") {
        needed.insert("users:read");
    }
    if manifest["features"]["slash_commands"].is_array() {
        needed.insert("commands");
    }
    let scopes = manifest["oauth_config"]["scopes"]["bot"].as_array().expect("bot scopes");
    let given: BTreeSet<_> = scopes.iter().filter_map(Value::as_str).collect();
    assert_eq!(given, needed, "left: the manifest's scopes; right: those needed");
    assert_eq!(scopes.len(), given.len(), "a scope is named twice");
    assert!(manifest["oauth_config"]["scopes"]["user"].is_null(), "signoff acts as itself, never as a person");

    let home = manifest["features"]["app_home"]["home_tab_enabled"] == true;
    assert_eq!(home, methods.contains("views.publish"), "the home tab is there when it is published, and only then");
    assert_eq!(manifest["settings"]["interactivity"]["is_enabled"], true, "clicks come to signoff");
}

/// Alarms and dashboards look at metrics that there are, and all three at the same ones.
#[test]
fn alarms_and_dashboards_look_at_metrics_that_signoff_has() {
    let known: BTreeSet<String> = Metric::ALL.into_iter().map(|metric| metric.name().to_owned()).collect();
    let template = yaml("deploy/template.yaml");
    let of_signoff = |namespace: &Value| namespace.as_str().is_some_and(|name| name.starts_with("signoff/"));
    let mut alarms = BTreeSet::new();
    let mut shown = BTreeSet::new();
    for resource in template["Resources"].as_object().expect("resources").values() {
        let properties = &resource["Properties"];
        if of_signoff(&properties["Namespace"]) {
            alarms.insert(properties["MetricName"].as_str().expect("a metric").to_owned());
        }
        if let Some(body) = properties["DashboardBody"].as_str() {
            let body: Value = serde_json::from_str(body).expect("the dashboard is JSON");
            let widgets = body["widgets"].as_array().expect("widgets").iter();
            let metrics = widgets.filter_map(|widget| widget["properties"]["metrics"].as_array()).flatten();
            let metrics = metrics.filter(|metric| of_signoff(&metric[0]));
            shown.extend(metrics.map(|metric| metric[1].as_str().expect("a metric").to_owned()));
        }
    }
    assert!(alarms.len() >= 5 && shown.len() >= 10, "{alarms:?} and {shown:?} are all that this test finds");
    let used: BTreeSet<String> = alarms.union(&shown).cloned().collect();
    assert!(used.is_subset(&known), "signoff has no {:?}", used.difference(&known).collect::<Vec<_>>());
    let quoted = |text: &str| -> BTreeSet<String> {
        let words = text.split(['"', '\'']);
        words.filter(|word| known.contains(*word)).map(str::to_owned).collect()
    };
    // AWS's own `Duration` has that name, too.
    let without = |mut set: BTreeSet<String>| {
        set.remove("Duration");
        set
    };
    for file in ["deploy/terraform/alarms.tf", "deploy/cdk/lib/watch.ts"] {
        assert_eq!(without(quoted(&read(file))), used, "left: {file}; right: deploy/template.yaml");
    }
}

/// Settings that no template sets, and why.
const NOT_SET: [(&str, &str); 3] = [
    ("SIGNOFF_RULES", "the package has the folder"),
    ("SIGNOFF_TEMPLATES", "the package has the folder"),
    ("SLACK_API_URL", "Slack has one address; the simulator has others"),
];

#[test]
fn the_functions_environment_is_what_the_configuration_reads() {
    let read_settings = settings();
    assert!(read_settings.len() > 10, "the settings are no longer found where this test looks: {read_settings:?}");
    let template = yaml("deploy/template.yaml");
    let variables = &template["Resources"]["Function"]["Properties"]["Environment"]["Variables"];
    let mut set: BTreeSet<String> = variables.as_object().expect("variables").keys().cloned().collect();
    for required in ["SIGNOFF_TABLE", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"] {
        assert!(variables[required].is_string(), "deploy/template.yaml does not set `{required}`");
    }
    let of_text = |file: &str| -> BTreeSet<String> {
        let text = read(file);
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        words.filter(|word| word.starts_with("SIGNOFF_") || word.starts_with("SLACK_")).map(str::to_owned).collect()
    };
    let mut expected = read_settings;
    for (name, _) in NOT_SET {
        assert!(expected.remove(name), "`{name}` is no setting");
    }
    assert_eq!(set, expected, "left: deploy/template.yaml; right: src/config.rs");
    for file in ["deploy/terraform/function.tf", "deploy/cdk/lib/signoff.ts"] {
        set = of_text(file);
        assert_eq!(set, expected, "left: {file}; right: src/config.rs");
    }
    let readme = read("README.md");
    for name in settings() {
        assert!(readme.contains(&format!("`{name}`")), "README.md does not have `{name}`");
    }
}

/// The settings that the configuration reads.
fn settings() -> BTreeSet<String> {
    let text = read("src/config.rs");
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let is_setting = |text: &String| {
        (text.starts_with("SIGNOFF_") || text.starts_with("SLACK_"))
            && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    literals(&code).into_iter().filter(is_setting).collect()
}

#[test]
fn every_alarm_has_its_place_in_the_runbook() {
    let template = yaml("deploy/template.yaml");
    let runbook = read("docs/operations.md");
    let mut alarms = 0;
    for (name, resource) in template["Resources"].as_object().expect("resources") {
        let Some(description) = resource["Properties"]["AlarmDescription"].as_str() else { continue };
        alarms += 1;
        let heading = literals(description).pop().unwrap_or_else(|| panic!("`{name}` names no heading of the runbook"));
        assert!(
            runbook.contains(&format!("\n### {heading}\n")),
            "docs/operations.md has no heading `{heading}`, for `{name}`"
        );
    }
    assert!(alarms > 4, "the alarms are no longer found where this test looks");
}

/// Compares what a file grants with what the code calls, in both directions.
fn same_as_called(file: &str, granted: &BTreeSet<String>) {
    let called = operations();
    assert!(
        called.contains("codepipeline:PutApprovalResult") && called.contains("dynamodb:GetItem"),
        "the calls are no longer found where this test looks: {called:?}"
    );
    let missing: Vec<_> = called.difference(granted).collect();
    assert!(missing.is_empty(), "{file} does not allow {missing:?}, which src/ calls");
    let known = |action: &&String| called.contains(*action) || ON_OUR_BEHALF.iter().any(|(known, _)| known == *action);
    let idle: Vec<_> = granted.iter().filter(|action| !known(action)).collect();
    assert!(idle.is_empty(), "{file} allows {idle:?}, which nothing calls");
}

/// The operations that `src/` calls, as IAM actions: every operation of every AWS SDK that is linked, found by the name of its
/// method.
fn operations() -> BTreeSet<String> {
    let sdks = sdk_operations();
    let mut called = BTreeSet::new();
    for (_, text) in sources(Path::new("src")) {
        let text: String = text.split_whitespace().collect();
        for (service, operations) in &sdks {
            for (method, operation) in operations {
                let others = sdks.iter().filter(|(other, found)| *other != service && found.contains_key(method));
                let ambiguous = others.into_iter().any(|(other, _)| text.contains(&format!("aws_sdk_{other}")));
                let named = text.contains(&format!("aws_sdk_{service}"));
                if text.contains(&format!(".{method}()")) && (named || !ambiguous) {
                    called.insert(format!("{service}:{operation}"));
                }
            }
        }
    }
    called
}

/// Each linked SDK's operations, by the name of their method in the client.
fn sdk_operations() -> BTreeMap<String, BTreeMap<String, String>> {
    let cargo = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let output = output.expect("cargo runs");
        assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo's host");
    let metadata = cargo(&["metadata", "--format-version", "1", "--locked", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .filter_map(|package| {
            let service = package["name"].as_str()?.strip_prefix("aws-sdk-")?;
            let source = Path::new(package["manifest_path"].as_str()?).with_file_name("src").join("operation.rs");
            let source =
                std::fs::read_to_string(&source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
            Some((service.to_owned(), operations_of(&source)))
        })
        .collect()
}

/// From lines such as "/// Types for the `PutItem` operation." and "pub mod put_item;" below them.
fn operations_of(source: &str) -> BTreeMap<String, String> {
    let mut operations = BTreeMap::new();
    let mut name = None;
    for line in source.lines() {
        if let Some(rest) = line.strip_prefix("/// Types for the `") {
            name = rest.split('`').next();
        } else if let Some(module) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';'))
            && let Some(name) = name.take()
        {
            operations.insert(module.trim_start_matches("r#").to_owned(), name.to_owned());
        }
    }
    assert!(!operations.is_empty(), "an SDK's operations are no longer found where this test looks");
    operations
}

/// The methods of Slack's Web API that the adapters name.
fn web_api_methods() -> BTreeSet<String> {
    let is_method = |text: &str| {
        let parts: Vec<_> = text.split('.').collect();
        parts.len() > 1
            && parts[0].chars().all(|c| c.is_ascii_lowercase())
            && parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphabetic()))
    };
    let adapters = sources(Path::new("src/adapters")).into_iter();
    let slack = adapters.filter(|(path, _)| path.to_string_lossy().contains("slack_web"));
    slack.flat_map(|(_, text)| literals(&text)).filter(|text| is_method(text)).collect()
}

/// Every Rust file below a folder, without its comments.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("UTF-8");
                let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                found.push((path, lines.fold(String::new(), |text, line| text + line + "\n")));
            }
        }
    }
    found
}

/// Every value of a key `Action`, wherever it is.
fn actions(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| actions(item, into)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(action) if key == "Action" => {
                        into.insert(action.clone());
                    }
                    Value::Array(list) if key == "Action" => {
                        into.extend(list.iter().map(|action| action.as_str().expect("an action").to_owned()));
                    }
                    _ => actions(value, into),
                }
            }
        }
        _ => {}
    }
}

/// What stands between double quotes.
fn literals(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
