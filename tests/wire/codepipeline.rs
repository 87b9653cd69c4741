//! CodePipeline: <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutApprovalResult.html>.

use serde_json::{Value, json};
use signoff::adapters::codepipeline::CodePipeline;
use signoff::command::{Revision, Variable};
use signoff::event::ApprovalToken;
use signoff::ports::{
    ActionRef, ActionStatus, Answer, OperateError, Operation, Origin, PipelineRef, Pipelines, PortError, PutError,
    StageStatus,
};
use wiremock::ResponseTemplate;

use super::{answer, header, nowhere, requests, scope, sdk, server};

const TOKEN: &str = "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6";

fn pipeline(region: &str) -> PipelineRef {
    PipelineRef { account: None, region: region.to_owned(), name: "checkout-web".to_owned() }
}

fn action() -> ActionRef {
    ActionRef { pipeline: pipeline("ap-southeast-2"), stage: "Live".to_owned(), action: "GoLive".to_owned() }
}

fn approval(approved: bool) -> Answer {
    Answer { action: action(), token: ApprovalToken::new(TOKEN), approved, summary: "Looks fine — Noor".to_owned() }
}

fn error(code: &str) -> ResponseTemplate {
    answer(400, &json!({ "__type": code, "message": "so it is" }))
}

#[tokio::test]
async fn an_answer_on_the_wire() {
    let server = server(vec![answer(200, &json!({ "approvedAt": 1_778_517_600 }))]).await;
    let codepipeline = CodePipeline::new(sdk(&server.uri()));
    codepipeline.put_approval_result(&approval(true)).await.unwrap();
    codepipeline.put_approval_result(&approval(false)).await.unwrap();
    let requests = requests(&server).await;
    for (request, status) in requests.iter().zip(["Approved", "Rejected"]) {
        assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/"));
        assert_eq!(header(request, "x-amz-target"), "CodePipeline_20150709.PutApprovalResult");
        assert_eq!(header(request, "content-type"), "application/x-amz-json-1.1");
        // The pipeline's region, not the one that the Lambda runs in (W3).
        assert_eq!(scope(request), "ap-southeast-2/codepipeline/aws4_request");
        let expected = json!({
            "pipelineName": "checkout-web", "stageName": "Live", "actionName": "GoLive", "token": TOKEN,
            "result": { "summary": "Looks fine — Noor", "status": status },
        });
        assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), expected);
    }
    assert_eq!(requests.len(), 2);
}

#[tokio::test]
async fn a_throttled_answer_is_given_again() {
    let server = server(vec![error("ThrottlingException"), answer(200, &json!({ "approvedAt": 1 }))]).await;
    CodePipeline::new(sdk(&server.uri())).put_approval_result(&approval(true)).await.unwrap();
    assert_eq!(requests(&server).await.len(), 2);
}

/// Each refusal of an answer: whether it is over, may work later, or never will; and how often it was tried.
#[tokio::test]
async fn refused_answers() {
    let mut told = Vec::new();
    for refusal in [
        error("InvalidApprovalTokenException"),
        error("ApprovalAlreadyCompletedException"),
        error("PipelineNotFoundException"),
        error("StageNotFoundException"),
        error("ActionNotFoundException"),
        error("com.amazonaws.codepipeline#ApprovalAlreadyCompletedException"),
        error("ValidationException"),
        error("AccessDeniedException"),
        error("UnrecognizedClientException"),
        error("ThrottlingException"),
        answer(500, &json!({ "__type": "InternalFailure" })),
        answer(503, &json!({})),
        ResponseTemplate::new(400).set_body_string("not JSON"),
        ResponseTemplate::new(200).set_body_string("not JSON"),
    ] {
        let server = server(vec![refusal]).await;
        let error = CodePipeline::new(sdk(&server.uri())).put_approval_result(&approval(true)).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("a94c07d1"), "the token is shown: {error}");
        told.push(format!("{error:?} after {} calls", requests(&server).await.len()));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn nobody_answers() {
    let error = CodePipeline::new(sdk(&nowhere())).put_approval_result(&approval(true)).await.unwrap_err();
    assert!(matches!(error, PutError::Failed(PortError::Transient(_))), "{error:?}");
}

fn token() -> ApprovalToken {
    ApprovalToken::new(TOKEN)
}

/// A page of `ListActionExecutions`.
fn runs(details: &[Value], next: Option<&str>) -> Value {
    json!({ "actionExecutionDetails": details, "nextToken": next })
}

fn run(stage: &str, action: &str, token: &str, status: &str) -> Value {
    json!({
        "pipelineExecutionId": "5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60", "stageName": stage, "actionName": action, "status": status,
        "lastUpdateTime": 1_778_517_660, "updatedBy": "arn:aws:iam::730591846207:user/pia",
        "output": { "executionResult": { "externalExecutionId": token, "externalExecutionSummary": "Looks good" } },
    })
}

/// In PARALLEL mode, and when the action has run again since, the state has another run or no token.
#[tokio::test]
async fn the_run_of_a_request_is_found_by_its_token() {
    let other = "00000000-1111-4222-8333-444444444444";
    for latest in [json!({ "status": "InProgress" }), json!({ "status": "InProgress", "token": other }), Value::Null] {
        let first = [run("Live", "GoLive", other, "InProgress"), run("Live", "Other", TOKEN, "Failed")];
        let second = [run("Test", "GoLive", TOKEN, "Failed"), run("Live", "GoLive", TOKEN, "Succeeded")];
        let pages = [runs(&first, Some("more")), runs(&second, Some("and more"))];
        let server = server(vec![answer(200, &state(&latest)), answer(200, &pages[0]), answer(200, &pages[1])]).await;
        let found =
            CodePipeline::new(sdk(&server.uri())).approval_state(&action(), &token(), None).await.unwrap().unwrap();
        assert_eq!(found.status, ActionStatus::Succeeded, "{latest}");
        assert_eq!(found.token, Some(token()));
        assert_eq!(found.execution.as_deref(), Some("5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60"));
        assert_eq!(found.summary.as_deref(), Some("Looks good"));
        assert_eq!(found.changed_at.unwrap().to_string(), "2026-05-11T16:41:00Z");
        let requests = requests(&server).await;
        let bodies: Vec<Value> =
            requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect();
        assert_eq!(bodies[1], json!({ "pipelineName": "checkout-web", "maxResults": 100 }));
        assert_eq!(bodies[2], json!({ "pipelineName": "checkout-web", "maxResults": 100, "nextToken": "more" }));
        assert_eq!(bodies.len(), 3);
    }
}

/// The latest run is another execution's, and says nothing of this request.
#[tokio::test]
async fn where_there_are_too_many_later_runs_nothing_is_believed() {
    let other = "00000000-1111-4222-8333-444444444444";
    let page = runs(&[run("Live", "GoLive", other, "Succeeded")], Some("more"));
    let latest = json!({ "status": "Succeeded", "summary": "Fine" });
    let mut answers = vec![answer(200, &state(&latest))];
    answers.extend((0..10).map(|_| answer(200, &page)));
    let server = server(answers).await;
    let error = CodePipeline::new(sdk(&server.uri())).approval_state(&action(), &token(), None).await.unwrap_err();
    assert!(error.to_string().contains("more than 10 pages"), "{error}");
}

#[tokio::test]
async fn of_a_known_execution_only_its_runs_are_looked_through() {
    let page = runs(&[run("Live", "GoLive", TOKEN, "Succeeded")], None);
    let server = server(vec![answer(200, &state(&Value::Null)), answer(200, &page)]).await;
    let sdk = CodePipeline::new(sdk(&server.uri()));
    let found = sdk.approval_state(&action(), &token(), Some(EXECUTION)).await.unwrap().unwrap();
    assert_eq!(found.status, ActionStatus::Succeeded);
    let body: Value = serde_json::from_slice(&requests(&server).await[1].body).unwrap();
    let filter = json!({ "pipelineExecutionId": EXECUTION });
    assert_eq!(body, json!({ "pipelineName": "checkout-web", "filter": filter, "maxResults": 100 }));
}

fn state(latest: &Value) -> Value {
    json!({ "pipelineName": "checkout-web", "stageStates": [
        { "stageName": "Source", "actionStates": [{ "actionName": "GoLive", "latestExecution": { "status": "Failed" } }] },
        { "stageName": "Live", "actionStates": [
            { "actionName": "Deploy" },
            { "actionName": "GoLive", "latestExecution": latest },
        ] },
    ] })
}

#[tokio::test]
async fn an_actions_state_on_the_wire() {
    let latest = json!({
        "actionExecutionId": "f17ab6c0-22d9-4b0e-8d14-6a5c93e0b758", "status": "InProgress", "token": TOKEN,
        "lastStatusChange": 1_778_517_600.25,
    });
    let server = server(vec![answer(200, &state(&latest))]).await;
    let found = CodePipeline::new(sdk(&server.uri())).approval_state(&action(), &token(), None).await.unwrap().unwrap();
    assert_eq!(found.status, ActionStatus::InProgress);
    assert_eq!(found.token.unwrap().expose(), TOKEN);
    assert_eq!(found.changed_at.unwrap().to_string(), "2026-05-11T16:40:00.25Z");
    let request = &requests(&server).await[0];
    assert_eq!(header(request, "x-amz-target"), "CodePipeline_20150709.GetPipelineState");
    assert_eq!(scope(request), "ap-southeast-2/codepipeline/aws4_request");
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), json!({ "name": "checkout-web" }));
}

#[tokio::test]
async fn what_is_made_of_a_state() {
    let by = "arn:aws:iam::730591846207:user/pia";
    for (latest, expected) in [
        (
            json!({ "status": "Succeeded", "summary": "Fine", "lastUpdatedBy": by }),
            Some((ActionStatus::Succeeded, true)),
        ),
        (json!({ "status": "Failed", "summary": "", "lastUpdatedBy": by }), Some((ActionStatus::Failed, false))),
        (json!({ "status": "Abandoned" }), Some((ActionStatus::Abandoned, false))),
        (json!({ "status": "Paused" }), Some((ActionStatus::Unknown, false))),
        (json!({}), Some((ActionStatus::Unknown, false))),
        (Value::Null, None),
    ] {
        let server = server(vec![answer(200, &state(&latest)), answer(200, &runs(&[], None))]).await;
        let found = CodePipeline::new(sdk(&server.uri())).approval_state(&action(), &token(), None).await.unwrap();
        let summary = found.as_ref().map(|found| (found.status, found.summary.is_some()));
        assert_eq!(summary, expected, "{latest}");
        let said_by = found.and_then(|found| found.updated_by);
        assert_eq!(said_by.as_deref(), latest["lastUpdatedBy"].as_str());
    }
}

#[tokio::test]
async fn a_pipeline_stage_or_action_that_is_gone_has_no_state() {
    let gone = [
        error("PipelineNotFoundException"),
        answer(200, &json!({ "stageStates": [] })),
        answer(200, &json!({ "stageStates": [{ "stageName": "Live", "actionStates": [] }] })),
        answer(200, &json!({})),
    ];
    for gone in gone {
        let server = server(vec![gone, answer(200, &runs(&[], None))]).await;
        assert_eq!(CodePipeline::new(sdk(&server.uri())).approval_state(&action(), &token(), None).await, Ok(None));
    }
    for (refusal, transient) in [(error("AccessDeniedException"), false), (error("ThrottlingException"), true)] {
        let server = server(vec![refusal]).await;
        let error = CodePipeline::new(sdk(&server.uri())).approval_state(&action(), &token(), None).await.unwrap_err();
        assert_eq!(matches!(error, PortError::Transient(_)), transient, "{error:?}");
    }
}

const EXECUTION: &str = "5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60";

fn execution(trigger: &Value) -> ResponseTemplate {
    let execution = json!({ "pipelineExecutionId": EXECUTION, "status": "InProgress", "trigger": trigger });
    answer(200, &json!({ "pipelineExecution": execution }))
}

fn source(action: &str, category: &str, variables: &Value) -> Value {
    let kind = json!({ "category": category, "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1" });
    json!({ "actionName": action, "input": { "actionTypeId": kind }, "output": { "outputVariables": variables } })
}

async fn origin(server: &wiremock::MockServer) -> Result<Option<Origin>, PortError> {
    CodePipeline::new(sdk(&server.uri())).origin(&pipeline("ap-southeast-2"), EXECUTION).await
}

#[tokio::test]
async fn where_an_execution_comes_from() {
    let first = [
        source("Deploy", "Deploy", &json!({ "AuthorEmail": "nobody@shop.example" })),
        source("App", "Source", &json!({ "CommitId": "c1", "AuthorEmail": "noor@shop.example" })),
    ];
    let second = [
        source("Data", "Source", &json!({ "CommitId": "c2", "AuthorEmail": "" })),
        // Of an earlier run of the same action.
        source("App", "Source", &json!({ "CommitId": "c0", "AuthorEmail": "ola@shop.example" })),
    ];
    let trigger = json!({ "triggerType": "WebhookV2", "triggerDetail": "arn:aws:codestar-connections:invented" });
    let pages = [answer(200, &runs(&first, Some("more"))), answer(200, &runs(&second, None))];
    let server = server(vec![execution(&trigger), pages[0].clone(), pages[1].clone()]).await;
    insta::assert_debug_snapshot!(origin(&server).await.unwrap().unwrap());
    let requests = requests(&server).await;
    let targets: Vec<&str> = requests.iter().map(|request| header(request, "x-amz-target")).collect();
    let list = "CodePipeline_20150709.ListActionExecutions";
    assert_eq!(targets, ["CodePipeline_20150709.GetPipelineExecution", list, list]);
    let body: Value = serde_json::from_slice(&requests[1].body).unwrap();
    assert_eq!(body["filter"], json!({ "pipelineExecutionId": EXECUTION }));
}

#[tokio::test]
async fn an_execution_that_is_not_there_comes_from_nowhere() {
    for code in ["PipelineNotFoundException", "PipelineExecutionNotFoundException"] {
        assert_eq!(origin(&server(vec![error(code)]).await).await, Ok(None));
    }
    let refused = server(vec![execution(&Value::Null), error("AccessDeniedException")]).await;
    assert!(matches!(origin(&refused).await, Err(PortError::Permanent(_))));
    // A source that was not looked at may have another author.
    let endless = server(vec![execution(&Value::Null), answer(200, &runs(&[], Some("more")))]).await;
    assert!(matches!(origin(&endless).await, Err(PortError::Permanent(_))));
}

/// Each operation, what is sent, and what comes back.
#[tokio::test]
async fn operations_on_the_wire() {
    let (stage, execution) = ("Live".to_owned(), EXECUTION.to_owned());
    let revision = |action: &str, id: &str| Revision { action: Some(action.to_owned()), id: id.to_owned() };
    let start = Operation::Start {
        variables: vec![Variable { name: "TRACK".to_owned(), value: "beta".to_owned() }],
        revisions: vec![
            revision("Source", "0b7e4f2c91d84a6f8e35c7d2a1906b4f3e8d5c27"),
            revision("Image", "sha256:beef"),
            revision("Bucket", "3sL4kqtJlcpXroDTDmJ"),
        ],
        token: "98a2bb9c0f".to_owned(),
    };
    let made = json!({ "pipelineExecutionId": EXECUTION });
    for (operation, target, answered, sent) in [
        (
            start,
            "StartPipelineExecution",
            made.clone(),
            json!({
                "name": "checkout-web", "clientRequestToken": "98a2bb9c0f",
                "variables": [{ "name": "TRACK", "value": "beta" }],
                "sourceRevisions": [
                    { "actionName": "Source", "revisionType": "COMMIT_ID",
                      "revisionValue": "0b7e4f2c91d84a6f8e35c7d2a1906b4f3e8d5c27" },
                    { "actionName": "Image", "revisionType": "IMAGE_DIGEST", "revisionValue": "sha256:beef" },
                    { "actionName": "Bucket", "revisionType": "S3_OBJECT_VERSION_ID",
                      "revisionValue": "3sL4kqtJlcpXroDTDmJ" },
                ],
            }),
        ),
        (
            Operation::Stop { execution: execution.clone(), abandon: true, reason: "wrong".to_owned() },
            "StopPipelineExecution",
            made.clone(),
            json!({ "pipelineName": "checkout-web", "pipelineExecutionId": EXECUTION, "abandon": true, "reason": "wrong" }),
        ),
        (
            Operation::Retry { stage: stage.clone(), execution: execution.clone() },
            "RetryStageExecution",
            made.clone(),
            json!({ "pipelineName": "checkout-web", "stageName": "Live", "pipelineExecutionId": EXECUTION,
                    "retryMode": "FAILED_ACTIONS" }),
        ),
        (
            Operation::Rollback { stage: stage.clone(), target: execution.clone() },
            "RollbackStage",
            made.clone(),
            json!({ "pipelineName": "checkout-web", "stageName": "Live", "targetPipelineExecutionId": EXECUTION }),
        ),
        (
            Operation::Enable { stage: stage.clone() },
            "EnableStageTransition",
            json!({}),
            json!({ "pipelineName": "checkout-web", "stageName": "Live", "transitionType": "Inbound" }),
        ),
        (
            Operation::Disable { stage, reason: "migration".to_owned() },
            "DisableStageTransition",
            json!({}),
            json!({ "pipelineName": "checkout-web", "stageName": "Live", "transitionType": "Inbound", "reason": "migration" }),
        ),
    ] {
        let server = server(vec![answer(200, &answered)]).await;
        let codepipeline = CodePipeline::new(sdk(&server.uri()));
        let done = codepipeline.operate(&pipeline("ap-southeast-2"), &operation).await.unwrap();
        let expected = answered["pipelineExecutionId"].as_str().map(str::to_owned);
        assert_eq!(done, expected, "{target}");
        let requests = requests(&server).await;
        assert_eq!(header(&requests[0], "x-amz-target"), format!("CodePipeline_20150709.{target}"));
        assert_eq!(scope(&requests[0]), "ap-southeast-2/codepipeline/aws4_request");
        assert_eq!(serde_json::from_slice::<Value>(&requests[0].body).unwrap(), sent, "{target}");
    }
}

/// What fails is sent again where that can do nothing twice, and nowhere else.
#[tokio::test]
async fn only_what_has_a_token_is_sent_again() {
    let retry = Operation::Retry { stage: "Live".to_owned(), execution: EXECUTION.to_owned() };
    let rollback = Operation::Rollback { stage: "Live".to_owned(), target: EXECUTION.to_owned() };
    let stop = Operation::Stop { execution: EXECUTION.to_owned(), abandon: false, reason: "x".to_owned() };
    let start = Operation::Start { variables: Vec::new(), revisions: Vec::new(), token: "a".to_owned() };
    for (operation, is_sent_again) in [(retry, false), (rollback, false), (stop, false), (start, true)] {
        let server = server(vec![answer(503, &json!({}))]).await;
        let error = CodePipeline::new(sdk(&server.uri())).operate(&pipeline("eu-west-1"), &operation).await;
        assert!(matches!(error, Err(OperateError::Failed(PortError::Transient(_)))), "{error:?}");
        assert_eq!(requests(&server).await.len() > 1, is_sent_again, "{operation:?}");
    }
}

#[tokio::test]
async fn refused_operations() {
    let operation = Operation::Retry { stage: "Live".to_owned(), execution: EXECUTION.to_owned() };
    for (code, is_refused) in [
        ("StageNotRetryableException", true),
        ("NotLatestPipelineExecutionException", true),
        ("ConflictException", true),
        ("ValidationException", true),
        ("PipelineNotFoundException", true),
        ("AccessDeniedException", false),
    ] {
        let server = server(vec![error(code)]).await;
        let refused = CodePipeline::new(sdk(&server.uri())).operate(&pipeline("eu-west-1"), &operation).await;
        match refused.unwrap_err() {
            OperateError::Refused { said } => {
                assert!(is_refused && said.starts_with(code) && said.ends_with(": so it is"), "{said}");
            }
            OperateError::Failed(error) => assert!(!is_refused && matches!(error, PortError::Permanent(_)), "{error}"),
        }
    }
}

#[tokio::test]
async fn how_a_pipeline_stands() {
    let state = json!({ "pipelineName": "checkout-web", "stageStates": [
        { "stageName": "Source", "inboundTransitionState": { "enabled": true },
          "latestExecution": { "pipelineExecutionId": EXECUTION, "status": "Succeeded" },
          "actionStates": [{ "actionName": "Checkout", "latestExecution": {
              "status": "Succeeded", "lastStatusChange": 1_778_517_600, "externalExecutionUrl": "https://git.example" } }] },
        { "stageName": "Live",
          "inboundTransitionState": { "enabled": false, "disabledReason": "migration", "lastChangedBy": "arn:aws:iam::1:user/ola",
                                      "lastChangedAt": 1_778_517_600 },
          "inboundExecution": { "pipelineExecutionId": EXECUTION, "status": "InProgress" },
          "inboundExecutions": [{ "pipelineExecutionId": EXECUTION, "status": "InProgress" }],
          "latestExecution": { "pipelineExecutionId": EXECUTION, "status": "Cancelled" },
          "actionStates": [{ "actionName": "Deploy", "latestExecution": {
              "status": "Failed", "errorDetails": { "code": "JobFailed", "message": "2 of 6" } } }, { "actionName": "Test" }] },
    ] });
    let server = server(vec![answer(200, &state)]).await;
    let state = CodePipeline::new(sdk(&server.uri())).state(&pipeline("eu-west-1")).await.unwrap().unwrap();
    let [source, live] = state.stages.as_slice() else { panic!() };
    assert_eq!((source.name.as_str(), source.closed.as_ref(), source.inbound.len()), ("Source", None, 0));
    assert_eq!(source.actions[0].link.as_deref(), Some("https://git.example"));
    assert_eq!(live.latest.as_ref().unwrap().status, StageStatus::Canceled);
    assert_eq!(live.closed.as_ref().unwrap().reason.as_deref(), Some("migration"));
    assert_eq!(live.inbound, [EXECUTION], "told twice, it is one");
    assert_eq!(live.actions[0].error.as_deref(), Some("2 of 6"));
    assert_eq!((live.actions[0].status, live.actions[1].status), (Some(ActionStatus::Failed), None));
    let gone = self::server(vec![error("PipelineNotFoundException")]).await;
    assert_eq!(CodePipeline::new(sdk(&gone.uri())).state(&pipeline("eu-west-1")).await.unwrap(), None);
}

#[tokio::test]
async fn which_pipelines_and_executions_there_are() {
    let first = json!({ "pipelines": [{ "name": "a" }, { "name": "b" }], "nextToken": "more" });
    let pages = server(vec![answer(200, &first), answer(200, &json!({ "pipelines": [{ "name": "c" }] }))]).await;
    let names = CodePipeline::new(sdk(&pages.uri())).pipelines(None, "eu-west-1").await.unwrap();
    assert_eq!(names, ["a", "b", "c"]);
    let runs = json!({ "pipelineExecutionSummaries": [{ "pipelineExecutionId": EXECUTION }] });
    let listed = server(vec![answer(200, &runs)]).await;
    let codepipeline = CodePipeline::new(sdk(&listed.uri()));
    assert_eq!(codepipeline.succeeded_in(&pipeline("eu-west-1"), "Live").await.unwrap(), [EXECUTION]);
    let sent: Value = serde_json::from_slice(&requests(&listed).await[0].body).unwrap();
    assert_eq!(sent["filter"], json!({ "succeededInStage": { "stageName": "Live" } }));
}

/// Of each source what it tells: a connection's summary is JSON, CodeCommit's, S3's and ECR's are text or nothing.
#[tokio::test]
async fn what_an_execution_runs() {
    let kind = |provider: &str| json!({ "category": "Source", "owner": "AWS", "provider": provider, "version": "1" });
    let source = |action: &str, provider: &str, artifact: &str, variables: &Value| {
        json!({
            "actionName": action, "input": { "actionTypeId": kind(provider) },
            "output": { "outputArtifacts": [{ "name": artifact }], "outputVariables": variables },
        })
    };
    let sources = [
        source(
            "App",
            "CodeStarSourceConnection",
            "AppSource",
            &json!({ "CommitId": "c1", "AuthorDisplayName": "Noor", "FullRepositoryName": "shop/app" }),
        ),
        source(
            "Data",
            "CodeCommit",
            "DataSource",
            &json!({ "CommitId": "c2", "BranchName": "main", "CommitMessage": "Add tariffs" }),
        ),
        source(
            "Menu",
            "S3",
            "MenuSource",
            &json!({ "VersionId": "v3", "BucketName": "shop-menus", "ObjectKey": "menu.zip" }),
        ),
        source(
            "Image",
            "ECR",
            "ImageSource",
            &json!({ "ImageDigest": "sha256:4d", "RepositoryName": "shop/web", "ImageTag": "live" }),
        ),
    ];
    let gitlab = r#"{"ProviderType":"GitLab","CommitMessage":"Sell tickets\n\nAt last."}"#;
    let execution = json!({
        "pipelineExecutionId": EXECUTION, "status": "InProgress",
        "trigger": { "triggerType": "ManualRollback", "triggerDetail": "arn:aws:iam::730591846207:user/pia" },
        "executionType": "ROLLBACK",
        "rollbackMetadata": { "rollbackTargetPipelineExecutionId": "0a3d5b71-9c2e-4f60-8d17-b5e4c8a2f936" },
        "artifactRevisions": [
            { "name": "AppSource", "revisionId": "c1", "revisionSummary": gitlab, "revisionUrl": "https://console.example/c1" },
            { "name": "DataSource", "revisionId": "c2", "revisionSummary": "Add tariffs", "revisionUrl": "https://console.example/c2" },
            { "name": "MenuSource", "revisionId": "v3", "revisionSummary": "Amazon S3 version id: v3" },
            { "name": "ImageSource", "revisionId": "sha256:4d", "revisionUrl": "javascript:alert(1)" },
            { "name": "Other", "revisionId": "x5", "revisionSummary": " " },
        ],
    });
    let server =
        server(vec![answer(200, &json!({ "pipelineExecution": execution })), answer(200, &runs(&sources, None))]).await;
    insta::assert_debug_snapshot!(origin(&server).await.unwrap().unwrap());
}

#[tokio::test]
async fn what_failed_in_an_execution() {
    let run = |action: &str, status: &str, result: &Value| json!({ "stageName": "Live", "actionName": action, "status": status, "output": { "executionResult": result } });
    let newest_first = [
        run("Smoke", "Failed", &json!({ "errorDetails": { "code": "JobFailed", "message": "3 checks failed" } })),
        run("Deploy", "Succeeded", &json!({})),
        run("Deploy", "Failed", &json!({ "externalExecutionSummary": "an earlier run" })),
        run(
            "Test",
            "Failed",
            &json!({ "externalExecutionSummary": "Build terminated", "externalExecutionUrl": "https://log.example/1" }),
        ),
    ];
    let server = server(vec![answer(200, &runs(&newest_first, None))]).await;
    let failed = CodePipeline::new(sdk(&server.uri())).failures(&pipeline("ap-southeast-2"), EXECUTION).await.unwrap();
    insta::assert_debug_snapshot!(failed);
    let body: Value = serde_json::from_slice(&requests(&server).await[0].body).unwrap();
    assert_eq!(body["filter"], json!({ "pipelineExecutionId": EXECUTION }));
    let (_server, gone) = gone("PipelineExecutionNotFoundException").await;
    assert_eq!(gone.failures(&pipeline("ap-southeast-2"), EXECUTION).await, Ok(Vec::new()));
}

#[tokio::test]
async fn the_run_of_an_action_in_an_execution() {
    let latest = [
        run("Live", "Other", TOKEN, "Failed"),
        run("Live", "GoLive", TOKEN, "Succeeded"),
        run("Live", "GoLive", "older", "Failed"),
    ];
    let server = server(vec![answer(200, &runs(&latest, None))]).await;
    let found = CodePipeline::new(sdk(&server.uri())).run_in(&action(), EXECUTION).await.unwrap().unwrap();
    assert_eq!((found.status, found.token), (ActionStatus::Succeeded, Some(token())));
    let (_server, gone) = gone("PipelineNotFoundException").await;
    assert_eq!(gone.run_in(&action(), EXECUTION).await, Ok(None));
}

#[tokio::test]
async fn the_stages_of_a_pipeline() {
    let server = server(vec![answer(200, &state(&Value::Null))]).await;
    let stages = CodePipeline::new(sdk(&server.uri())).stages(&pipeline("ap-southeast-2")).await.unwrap();
    assert_eq!(stages, ["Source", "Live"]);
    let (_server, gone) = gone("PipelineNotFoundException").await;
    assert_eq!(gone.stages(&pipeline("ap-southeast-2")).await, Ok(Vec::new()));
}

async fn gone(code: &str) -> (wiremock::MockServer, CodePipeline) {
    let server = server(vec![error(code)]).await;
    let adapter = CodePipeline::new(sdk(&server.uri()));
    (server, adapter)
}
