//! The ports' implementations. Each knows one service and none of the others.

pub mod aws;
pub mod aws_error;
pub mod codepipeline;
pub mod dynamodb;
pub mod http_client;
pub mod memory;
pub mod own_account;
pub mod secrets;
pub mod slack_web;
pub mod system_clock;
