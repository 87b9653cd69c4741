//! Endpoints: the world behind HTTP, for the real adapters and the real `bootstrap` to talk to.

use wiremock::MockServer;

use crate::world::Shared;

/// A loopback server that answers for CodePipeline, DynamoDB and Slack.
pub struct Endpoints {
    server: MockServer,
}

/// A write to DynamoDB that is held.
pub struct Hold {}

impl Endpoints {
    /// Starts a server in front of the world. Slack's methods want `slack_token`.
    pub async fn start(_world: Shared, _slack_token: &str) -> Self {
        Self { server: MockServer::builder().disable_request_recording().start().await }
    }

    /// The address, such as `http://127.0.0.1:4372`, to be used as `AWS_ENDPOINT_URL`.
    pub fn uri(&self) -> String {
        self.server.uri()
    }

    /// The base address of Slack's Web API, to be used as `SLACK_API_URL`.
    pub fn slack_url(&self) -> String {
        format!("{}/api/", self.server.uri())
    }

    /// Holds the next `PutItem` that arrives at these endpoints.
    pub fn hold_next_write(&self) -> Hold {
        Hold {}
    }
}

impl Hold {
    /// Waits until a write has arrived and is held.
    pub async fn reached(&mut self) {}

    /// Lets the write go on.
    pub fn release(self) {}
}
