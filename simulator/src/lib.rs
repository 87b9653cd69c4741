//! The simulator: scenarios are played against fakes of CodePipeline, Slack and DynamoDB, with no network and no AWS
//! account.
//!
//! - [`world`] holds the fakes, pure and with state; none of them knows signoff.
//! - [`http`] puts endpoints on loopback in front of them, as the AWS SDK and Slack's Web API expect.
//! - [`engine`] puts signoff's ports right on it, without HTTP.
//! - [`runtime_api`] runs the compiled Lambda binary as Lambda would.
//! - [`recording`] reads what arrived at the Lambda.
//! - [`scenario`] plays a scenario's steps, writes its transcript and compares both with what is expected.
//! - [`seeds`] plays schedules that are drawn from a number, and judges them by the invariants.
//! - [`coverage`] tells which parts of the rules the scenarios touch.
//! - [`doctor`] judges a set-up by what the services say of it.
//! - [`incident`] makes a scenario of what the Lambda logged.
//! - [`report`] shows it, [`cli`] is the `signoff` command.

pub mod cli;
pub mod coverage;
pub mod doctor;
pub mod engine;
pub mod evidence;
mod file;
pub mod http;
pub mod incident;
pub mod recording;
pub mod report;
pub mod runtime_api;
pub mod scenario;
pub mod seeds;
pub mod world;
