//! How far what CodePipeline lists is read, by the adapter and by whoever stands in for it: pages of 100 action runs, the API's
//! most, or of 1000 pipelines.

use crate::ports::PortError;

/// Of all runs of a pipeline's actions, newest first, in search of one.
pub const OF_LATER_RUNS: usize = 10;
/// Of the runs of one execution's actions.
pub const OF_AN_EXECUTION: usize = 5;
/// Of the runs of one execution's actions, in search of its sources.
pub const OF_SOURCES: usize = 10;
/// Of the pipelines of an account in a region.
pub const OF_PIPELINES: usize = 10;

/// The run that is looked for may be further down: the latest would be taken for it, and that is another's.
pub fn too_many_later_runs() -> PortError {
    PortError::Permanent(format!(
        "CodePipeline's ListActionExecutions has more than {OF_LATER_RUNS} pages of later runs of the pipeline's actions"
    ))
}

/// A source that was not looked at may have another author.
pub fn too_many_runs_of_sources() -> PortError {
    PortError::Permanent(format!(
        "CodePipeline's ListActionExecutions has more than {OF_SOURCES} pages of one execution"
    ))
}
