//! signoff: AWS CodePipeline's approvals and progress in Slack, decided by YAML rules.

pub mod event;
pub mod facts;
pub mod slack;
pub mod template;
