//! `GetPipeline`: a pipeline's structure.

use serde_json::{Map, Value, json};

use super::model::{Action, Pipeline};
use super::validation::Input;
use super::{CodePipeline, mode, seconds};
use crate::world::aws_error::AwsError;
use crate::world::given::Category;

impl CodePipeline {
    /// `GetPipeline` in `region`. There is one version of each pipeline.
    pub fn get_pipeline(&self, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("name")?;
        let version = checked.optional_number("version", 1, i64::MAX)?;
        checked.check()?;
        let pipeline = self.find(region, name)?;
        if let Some(version) = version.filter(|version| *version != 1) {
            let message = format!("pipeline `{name}` has no version {version}");
            return Err(AwsError::client("PipelineVersionNotFoundException", message));
        }
        Ok(json!({
            "pipeline": declaration(pipeline),
            "metadata": {
                "pipelineArn": pipeline.arn(),
                "created": seconds(pipeline.created),
                "updated": seconds(pipeline.created),
            },
        }))
    }
}

fn declaration(pipeline: &Pipeline) -> Value {
    let stages: Vec<Value> = pipeline
        .stages
        .iter()
        .map(|stage| {
            let actions: Vec<Value> = stage.actions.iter().map(|action| action_declaration(pipeline, action)).collect();
            json!({ "name": stage.name, "actions": actions })
        })
        .collect();
    let variables: Vec<Value> = pipeline
        .variables
        .iter()
        .map(|(name, default)| match default {
            Some(default) => json!({ "name": name, "defaultValue": default }),
            None => json!({ "name": name }),
        })
        .collect();
    json!({
        "name": pipeline.name,
        "roleArn": format!("arn:aws:iam::{}:role/codepipeline", pipeline.account),
        "artifactStore": {
            "type": "S3",
            "location": format!("codepipeline-{}-{}", pipeline.region, pipeline.account),
        },
        "stages": stages,
        "version": 1,
        "executionMode": mode(pipeline.mode),
        "pipelineType": "V2",
        "variables": variables,
    })
}

fn action_declaration(pipeline: &Pipeline, action: &Action) -> Value {
    let artifacts = if action.category == Category::Source {
        json!([{ "name": artifact(pipeline, &action.name) }])
    } else {
        json!([])
    };
    let mut out = json!({
        "name": action.name,
        "actionTypeId": action_type(action),
        "runOrder": action.run_order,
        "configuration": configuration(pipeline, action),
        "outputArtifacts": artifacts,
        "inputArtifacts": [],
        "region": pipeline.region,
    });
    if action.category == Category::Approval {
        out["timeoutInMinutes"] = json!(action.timeout.as_mins());
    }
    out
}

/// The action's type.
pub(super) fn action_type(action: &Action) -> Value {
    json!({
        "category": format!("{:?}", action.category),
        "owner": "AWS",
        "provider": action.provider,
        "version": "1",
    })
}

/// The action's configuration.
pub(super) fn configuration(pipeline: &Pipeline, action: &Action) -> Map<String, Value> {
    let mut configuration = Map::new();
    if action.notifies {
        configuration.insert("NotificationArn".into(), json!(pipeline.topic()));
    }
    if let Some(data) = &action.custom_data {
        configuration.insert("CustomData".into(), json!(data));
    }
    if let Some(link) = &action.external_link {
        configuration.insert("ExternalEntityLink".into(), json!(link));
    }
    configuration
}

/// The name of the artifact that a source action puts out.
pub(super) fn artifact(pipeline: &Pipeline, source: &str) -> String {
    match pipeline.sources().next() {
        Some((first, _)) if first != source => format!("{}Artifact", source.replace(['.', '@'], "_")),
        _ => "SourceArtifact".to_owned(),
    }
}
