//! `ListPipelines`: the pipelines of the region, by name.

use serde_json::{Value, json};

use super::pages::Page;
use super::validation::Input;
use super::{CodePipeline, mode, seconds};
use crate::world::aws_error::AwsError;

impl CodePipeline {
    /// `ListPipelines` in `region`.
    pub fn list_pipelines(&self, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let page = Page::read(&mut checked, 1000)?;
        checked.check()?;
        let here =
            self.pipelines.values().filter(|pipeline| pipeline.account == self.account && pipeline.region == region);
        let summaries: Vec<Value> = here
            .map(|pipeline| {
                json!({
                    "name": pipeline.name,
                    "version": 1,
                    "pipelineType": "V2",
                    "executionMode": mode(pipeline.mode),
                    "created": seconds(pipeline.created),
                    "updated": seconds(pipeline.created),
                })
            })
            .collect();
        page.of("pipelines", &summaries)
    }
}
