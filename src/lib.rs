//! signoff: AWS CodePipeline's approvals and progress in Slack, decided by YAML rules.
//!
//! The flow in ten lines:
//!
//! 1. [`lambda::handle`] is given a payload; [`lambda::classify`] tells which kind it is.
//! 2. A message becomes an [`event::Event`] ([`event::read`]), whatever envelope it came in ([`lambda::message`]).
//! 3. A request for approval goes to [`app::App::announce`]: the first approval rule that matches
//!    ([`rules::RuleSet::approval_for`]) says where it is shown, a record of it is saved, the message posted.
//! 4. Anything else goes to [`app::App::notify`]: every notification rule that matches posts, once.
//! 5. A click goes to [`app::App::interact`], after [`slack::signature::verify`] has found it to be Slack's.
//! 6. [`approval::decide`] says, from the rules then in force, what the click leads to; the decision is saved,
//! 7. CodePipeline is told ([`ports::Pipelines::put_approval_result`]), and what it says is the truth
//!    ([`approval::outcome`]),
//! 8. the message shows it ([`engine`] finds the words' variables, [`template`] the words),
//! 9. and it is remembered ([`approval::record`]).
//! 10. Whatever was refused is told to the person who clicked, and only to them, with the reason.
//!
//! Everything but [`app`], [`lambda`], [`config`] and [`adapters`] is pure: no clock, no environment, no files, no network.

pub mod adapters;
pub mod app;
pub mod approval;
pub mod command;
pub mod config;
pub mod diagnostic;
pub mod engine;
pub mod event;
pub mod execution;
pub mod explain;
pub mod facts;
pub mod lambda;
pub mod logbook;
pub mod ports;
pub mod rules;
pub mod scrub;
pub mod secret;
pub mod slack;
pub mod template;
pub mod yaml;
