//! Approvals of somebody's own pipelines that no rule covers.

use std::path::Path;

use serde_json::Value;
use signoff::diagnostic::{Diagnostic, Severity};
use signoff::rules::{Known, RuleSet, codes, is_uncovered};

/// The findings for a file of pipelines, in its order.
///
/// # Errors
///
/// The file can't be read, or is nothing that the AWS command line says of pipelines.
pub(super) fn uncovered(rules: &RuleSet, file: &Path) -> Result<Vec<Diagnostic>, String> {
    let name = file.display().to_string();
    let text =
        crate::file::read(file).map_err(|why| format!("`{name}`, which `--pipelines` names, can't be read: {why}"))?;
    let mut found = Vec::new();
    let mut documents = 0;
    for document in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let document =
            document.map_err(|error| format!("`{name}`, which `--pipelines` names, is not JSON: {error}"))?;
        documents += 1;
        let list = if let Value::Array(list) = document { list } else { vec![document] };
        for document in &list {
            found.extend(of_document(rules, &name, document)?);
        }
    }
    if documents == 0 {
        return Err(format!("`{name}`, which `--pipelines` names, is empty"));
    }
    Ok(found)
}

fn of_document(rules: &RuleSet, file: &str, document: &Value) -> Result<Vec<Diagnostic>, String> {
    if let Some(pipelines) = document["pipelines"].as_array() {
        let names = pipelines.iter().filter_map(|pipeline| pipeline["name"].as_str());
        let known = |name: &str| [Some(name.to_owned()), None, None, None, None];
        let of_name = |name: &str| {
            let message = format!("no rule is for any approval of the pipeline `{name}`");
            finding(file, message, "write a rule for it under `approvals`, if it has an approval action")
        };
        return Ok(names.filter(|name| is_uncovered(rules, &known(name))).map(of_name).collect());
    }
    let pipeline = &document["pipeline"];
    let Some(name) = pipeline["name"].as_str() else {
        return Err(format!(
            "`{file}`, which `--pipelines` names, is not the output of `aws codepipeline list-pipelines` or `get-pipeline`"
        ));
    };
    let (region, account) = place(document["metadata"]["pipelineArn"].as_str().unwrap_or_default());
    let mut found = Vec::new();
    for stage in pipeline["stages"].as_array().into_iter().flatten() {
        let is_approval = |action: &&Value| action["actionTypeId"]["category"] == "Approval";
        for action in stage["actions"].as_array().into_iter().flatten().filter(is_approval) {
            let text = |value: &Value| value["name"].as_str().map(str::to_owned);
            let known: Known = [Some(name.to_owned()), text(stage), text(action), region.clone(), account.clone()];
            if is_uncovered(rules, &known) {
                let parts: Vec<&str> = known[..3].iter().flatten().map(String::as_str).collect();
                let message = format!("no rule is for the approval `{}`", parts.join(" / "));
                let help =
                    "write a rule for it under `approvals`: until then it can be answered in the AWS console only";
                found.push(finding(file, message, help));
            }
        }
    }
    Ok(found)
}

/// The region and account of an ARN: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
fn place(arn: &str) -> (Option<String>, Option<String>) {
    let mut parts = arn.split(':').skip(3).map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()));
    (parts.next().flatten(), parts.next().flatten())
}

fn finding(file: &str, message: String, help: &str) -> Diagnostic {
    Diagnostic {
        file: file.to_owned(),
        line: 0,
        column: 0,
        length: 0,
        excerpt: None,
        severity: Severity::Warning,
        code: codes::UNCOVERED,
        message,
        help: Some(help.to_owned()),
    }
}
