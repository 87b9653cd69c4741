//! The endpoints over HTTP: what they check before a fake sees a request, and what errors look like on the wire.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_sdk_codepipeline::types::{
    ApprovalResult, ApprovalStatus, PipelineExecutionStatus, PipelineVariable, SourceRevisionOverride,
    SourceRevisionType, StageRetryMode, StageTransitionType,
};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use signoff::adapters::http_client;
use signoff_simulator::http::Endpoints;
use signoff_simulator::world::sts::{OWN_ACCESS_KEY, Signer};
use signoff_simulator::world::{Fault, FaultKind, Given, Service, Shared, World};

const TOKEN: &str = "xoxb-lime";
const JSON_10: &str = "application/x-amz-json-1.0";
const JSON_11: &str = "application/x-amz-json-1.1";
const DYNAMODB: &str = "DynamoDB_20120810";
const CODEPIPELINE: &str = "CodePipeline_20150709";

fn shared() -> Shared {
    let given: Given = serde_json::from_value(json!({
        "workspace": {
            "channels": { "quay": "C0QUAY" },
            "people": { "mira": { "id": "U0MIRA", "name": "Mira Lund" } },
        },
        "pipelines": { "ferry": { "region": "eu-north-1", "stages": [
            { "name": "Release", "actions": [{ "name": "Captain", "category": "Approval" }] },
        ] } },
    }))
    .unwrap();
    Arc::new(Mutex::new(World::new(&given, "2026-05-30T09:10:11Z".parse().unwrap()).unwrap()))
}

fn client() -> reqwest::Client {
    http_client::builder().unwrap().no_proxy().build().unwrap()
}

fn authorization(region: &str, service: &str) -> String {
    let credential = format!("Credential={OWN_ACCESS_KEY}/20260530/{region}/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host;x-amz-date, Signature=00ff")
}

/// A request to AWS, rightly signed, which a test may still change.
fn aws(endpoints: &Endpoints, target: &str, body: &Value) -> RequestBuilder {
    let (service, region, content_type) = match target.split_once('.') {
        Some((CODEPIPELINE, _)) => ("codepipeline", "eu-north-1", JSON_11),
        _ => ("dynamodb", "eu-west-1", JSON_10),
    };
    let request = client().post(endpoints.uri()).header("x-amz-target", target).body(body.to_string());
    request.header("content-type", content_type).header("authorization", authorization(region, service))
}

fn put(endpoints: &Endpoints, key: &str) -> RequestBuilder {
    aws(endpoints, "DynamoDB_20120810.PutItem", &json!({ "TableName": "signoff", "Item": { "pk": { "S": key } } }))
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), body(response).await)
}

async fn body(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn aws_takes_a_signed_request_of_its_protocol() {
    let endpoints = Endpoints::start(shared(), TOKEN).await;
    let state = || aws(&endpoints, "CodePipeline_20150709.GetPipelineState", &json!({ "name": "ferry" }));
    let response = state().send().await.unwrap();
    assert_eq!(response.headers()["content-type"], JSON_11);
    assert!(response.headers().contains_key("x-amzn-requestid"));
    assert_eq!(body(response).await["pipelineName"], "ferry");
    let response = put(&endpoints, "a").send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &JSON_10.parse().unwrap()));
}

#[tokio::test]
async fn aws_refuses_what_is_not_signed_for_it() {
    let world = shared();
    let endpoints = Endpoints::start(Arc::clone(&world), TOKEN).await;
    let right = authorization("eu-north-1", "dynamodb");
    let without = |part: &str| right.split(", ").map(|found| found.replace(part, "X=")).collect::<Vec<_>>().join(", ");
    let cases = [
        (None, "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
        (Some("Bearer x".into()), "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
        (
            Some(without("Credential=")),
            "IncompleteSignatureException",
            "Authorization header requires 'Credential' parameter.",
        ),
        (
            Some(without("SignedHeaders=")),
            "IncompleteSignatureException",
            "Authorization header requires 'SignedHeaders' parameter.",
        ),
        (
            Some(without("Signature=")),
            "IncompleteSignatureException",
            "Authorization header requires 'Signature' parameter.",
        ),
        (
            Some(right.replace("/aws4_request", "")),
            "IncompleteSignatureException",
            "Authorization header requires a credential of the form KEY/DATE/REGION/SERVICE/aws4_request.",
        ),
        (
            Some(authorization("eu-north-1", "codepipeline")),
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'dynamodb'. ",
        ),
    ];
    let input = json!({ "TableName": "signoff", "Item": { "pk": { "S": "a" } } });
    for (authorization, code, message) in cases {
        let mut request = client().post(endpoints.uri()).header("x-amz-target", "DynamoDB_20120810.PutItem");
        request = request.header("content-type", JSON_10).body(input.to_string());
        if let Some(authorization) = &authorization {
            request = request.header("authorization", authorization);
        }
        let wanted = json!({ "__type": format!("com.amazon.coral.service#{code}"), "message": message });
        assert_eq!(answer(request).await, (400, wanted), "{authorization:?}");
    }
    assert!(world.lock().unwrap().take_calls().is_empty(), "no fake saw any of it");
}

#[tokio::test]
async fn aws_refuses_other_protocols_and_operations() {
    let endpoints = Endpoints::start(shared(), TOKEN).await;
    let name = json!({ "name": "ferry" });
    let signed = |service: &str| authorization("eu-north-1", service);
    let post = |target: &str, service: &str, content_type: &str, body: String| {
        let request =
            client().post(endpoints.uri()).header("x-amz-target", target).header("content-type", content_type);
        request.header("authorization", signed(service)).body(body)
    };
    let state = format!("{CODEPIPELINE}.GetPipelineState");
    let kind = |answer: (u16, Value)| (answer.0, answer.1["__type"].as_str().unwrap().to_owned());
    let cases = [
        (post(&state, "codepipeline", JSON_10, name.to_string()), "SerializationException"),
        (post(&state, "codepipeline", "application/json", name.to_string()), "SerializationException"),
        (post(&state, "codepipeline", JSON_11, "{".into()), "SerializationException"),
        (post(&state, "codepipeline", JSON_11, "[]".into()), "SerializationException"),
        (post(&format!("{CODEPIPELINE}.Explode"), "codepipeline", JSON_11, "{}".into()), "UnknownOperationException"),
        (post(CODEPIPELINE, "codepipeline", JSON_11, "{}".into()), "UnknownOperationException"),
        (post("S3_20060301.GetObject", "s3", JSON_11, "{}".into()), "UnknownOperationException"),
        (
            post(&format!("{DYNAMODB}.DeleteTable"), "dynamodb", JSON_10, "{}".into()),
            "com.amazon.coral.service#UnknownOperationException",
        ),
        (client().post(endpoints.uri()), "UnknownOperationException"),
    ];
    for (request, wanted) in cases {
        assert_eq!(kind(answer(request).await), (400, wanted.to_owned()));
    }
}

#[tokio::test]
async fn the_region_of_the_signature_says_where_pipelines_are() {
    let endpoints = Endpoints::start(shared(), TOKEN).await;
    let ask = |region: &str| {
        let request = client().post(endpoints.uri()).header("x-amz-target", "CodePipeline_20150709.GetPipelineState");
        let request = request.header("authorization", authorization(region, "codepipeline"));
        request.header("content-type", JSON_11).body(r#"{"name":"ferry"}"#)
    };
    assert_eq!(answer(ask("eu-north-1")).await.0, 200);
    // The model of this error has no message, and one comes all the same.
    let message = "Pipeline with name ferry does not exist in account 482910375566";
    let wanted = json!({ "__type": "PipelineNotFoundException", "message": message });
    assert_eq!(answer(ask("eu-west-1")).await, (400, wanted));
}

/// A request with these credentials: an access key, a session token, and a region.
fn by(endpoints: &Endpoints, target: &str, signer: (&str, &str, &str), input: &Value) -> RequestBuilder {
    let (key, token, region) = signer;
    let (service, content_type) = match target.split_once('.').unwrap().0 {
        CODEPIPELINE => ("codepipeline", JSON_11),
        DYNAMODB => ("dynamodb", JSON_10),
        "AmazonSSM" => ("ssm", JSON_11),
        service => (service, JSON_11),
    };
    let request = client().post(endpoints.uri()).header("x-amz-target", target).header("content-type", content_type);
    let signed = authorization(region, service).replace(OWN_ACCESS_KEY, key);
    let request = if token.is_empty() { request } else { request.header("x-amz-security-token", token) };
    request.header("authorization", signed).body(input.to_string())
}

#[tokio::test]
async fn every_service_asks_who_signs_and_what_they_may() {
    let role = "arn:aws:iam::111122223333:role/tide";
    let given: Given = serde_json::from_value(json!({
        "roles": { role: { "allows": ["ssm:*", "codepipeline:*"] } },
        "secrets": { "ssm": { "/tide": "ebb" }, "secretsmanager": { "tide": "flow" } },
    }))
    .unwrap();
    let mut world = World::new(&given, "2026-05-30T09:10:11Z".parse().unwrap()).unwrap();
    let own = Signer::own("eu-west-1");
    let input = [("RoleArn", role), ("RoleSessionName", "tide")].map(|(name, value)| (name.into(), value.to_owned()));
    let session = world.assume_role_request(own, &input.into()).unwrap();
    let endpoints = Endpoints::start(Arc::new(Mutex::new(world)), TOKEN).await;
    let (key, token) = (session.access_key.as_str(), session.token.as_str());
    let (table, name) = (json!({ "TableName": "signoff", "Key": { "pk": { "S": "a" } } }), json!({ "Name": "/tide" }));
    let asked = [
        ("DynamoDB_20120810.GetItem", table, "dynamodb:GetItem", "ResourceNotFoundException"),
        ("AmazonSSM.GetParameter", name, "", "ParameterNotFound"),
        (
            "secretsmanager.GetSecretValue",
            json!({ "SecretId": "tide" }),
            "secretsmanager:GetSecretValue",
            "ResourceNotFoundException",
        ),
    ];
    for (target, input, denied, missing) in asked {
        let ask = |signer| answer(by(&endpoints, target, signer, &input));
        let kind = |(status, body): (u16, Value)| {
            let kind = body["__type"].as_str().unwrap_or_default();
            (status, kind.rsplit('#').next().unwrap_or_default().to_owned())
        };
        assert_eq!(ask((OWN_ACCESS_KEY, "", "eu-west-1")).await.0, 200, "{target}");
        // What is in one region is in no other.
        assert_eq!(kind(ask((OWN_ACCESS_KEY, "", "eu-north-1")).await), (400, missing.to_owned()), "{target}");
        for stranger in [("AKIALIME", ""), ("ASIALIME", "lime"), (OWN_ACCESS_KEY, "lime"), (key, ""), (key, "lime")] {
            let refused = kind(ask((stranger.0, stranger.1, "eu-west-1")).await);
            assert_eq!(refused, (400, "UnrecognizedClientException".to_owned()), "{target} by {stranger:?}");
        }
        // What is in one account is in no other.
        let refused = ask((key, token, "eu-west-1")).await;
        match denied {
            "" => assert_eq!(kind(refused), (400, missing.to_owned()), "{target}"),
            denied => {
                let message = refused.1["message"].as_str().unwrap_or_default().to_owned();
                assert_eq!(kind(refused), (400, "AccessDeniedException".to_owned()), "{target}");
                assert!(message.contains(denied), "{message}");
            }
        }
    }
}

#[tokio::test]
async fn sts_says_in_its_own_codes_what_is_wrong_with_credentials() {
    let endpoints = Endpoints::start(shared(), TOKEN).await;
    let form = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=tide&RoleArn=arn:aws:iam::111122223333:role/tide";
    let ask = |key: &str, more: &str| {
        let signed = authorization("eu-west-1", "sts").replace(OWN_ACCESS_KEY, key);
        let request = client().post(endpoints.uri()).header("authorization", signed).body(format!("{form}{more}"));
        request.header("content-type", "application/x-www-form-urlencoded").send()
    };
    let chained = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
    let pattern = r"Value 'a b' at 'externalId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@:\/-]*";
    let cases = [
        ("AKIALIME", "", 403, "<Code>InvalidClientTokenId</Code>"),
        (OWN_ACCESS_KEY, "", 403, "<Code>AccessDenied</Code>"),
        (OWN_ACCESS_KEY, "&DurationSeconds=3600", 403, "<Code>AccessDenied</Code>"),
        (OWN_ACCESS_KEY, "&DurationSeconds=3601", 400, chained),
        (OWN_ACCESS_KEY, "&DurationSeconds=43201", 400, "at 'durationSeconds' failed to satisfy constraint"),
        (OWN_ACCESS_KEY, "&ExternalId=a", 400, "at 'externalId' failed to satisfy constraint"),
        (OWN_ACCESS_KEY, "&ExternalId=a+b", 400, pattern),
        (OWN_ACCESS_KEY, "&ExternalId=a:b/c", 403, "<Code>AccessDenied</Code>"),
    ];
    for (key, more, status, wanted) in cases {
        let response = ask(key, more).await.unwrap();
        assert_eq!(response.status(), status, "{key} {more}");
        let said = response.text().await.unwrap();
        assert!(said.contains(wanted), "{key} {more}: {said}");
    }
}

fn slack(endpoints: &Endpoints, method: &str) -> RequestBuilder {
    client().post(format!("{}{method}", endpoints.slack_url())).header("authorization", format!("Bearer {TOKEN}"))
}

#[tokio::test]
async fn slack_answers_200_whatever_is_wrong() {
    let world = shared();
    let endpoints = Endpoints::start(Arc::clone(&world), TOKEN).await;
    let utf8 = "application/json; charset=utf-8";
    let post = |content_type: &str, body: &str| {
        slack(&endpoints, "chat.postMessage").header("content-type", content_type).body(body.to_owned())
    };
    let url = format!("{}auth.test", endpoints.slack_url());
    let cases = [
        (client().post(&url), "not_authed"),
        (client().post(&url).header("authorization", TOKEN), "not_authed"),
        (client().post(&url).header("authorization", "Bearer xoxb-other"), "invalid_auth"),
        (post(utf8, "{"), "invalid_json"),
        (post(utf8, "[]"), "json_not_object"),
        (post("text/plain", "text=x"), "invalid_post_type"),
        (post(utf8, r#"{"text":"x"}"#), "channel_not_found"),
        (slack(&endpoints, "chat.shout"), "unknown_method"),
    ];
    for (request, wanted) in cases {
        assert_eq!(answer(request).await, (200, json!({ "ok": false, "error": wanted })));
    }
    let broken = post(utf8, r#"{"channel":"C0QUAY","blocks":[{"type":"x"}]}"#);
    let messages = json!(["[ERROR] unsupported type: x [json-pointer:/blocks/0/type]"]);
    let errors = json!(["unsupported type: x [json-pointer:/blocks/0/type]"]);
    let wanted = json!({
        "ok": false, "error": "invalid_blocks", "errors": errors, "response_metadata": { "messages": messages },
    });
    assert_eq!(answer(broken).await, (200, wanted));
    let told = world.lock().unwrap().take_calls();
    assert_eq!((told.len(), told[1].outcome.clone()), (9, Err("not_authed".to_owned())));
}

#[tokio::test]
async fn slack_takes_json_forms_and_queries() {
    let endpoints = Endpoints::start(shared(), TOKEN).await;
    let post = |content_type: &str, body: &str| {
        slack(&endpoints, "chat.postMessage").header("content-type", content_type).body(body.to_owned())
    };
    let json = r#"{"channel":"C0QUAY","text":"50 % & more"}"#;
    let (_, right) = answer(post("application/json; charset=utf-8", json)).await;
    assert_eq!((&right["message"]["text"], right.get("warning")), (&json!("50 % & more"), None));
    let (_, warned) = answer(post("application/json", json)).await;
    assert_eq!((&warned["ok"], &warned["warning"]), (&json!(true), &json!("missing_charset")));
    assert_eq!(warned["response_metadata"]["warnings"], json!(["missing_charset"]));
    let form = "channel=C0QUAY&text=50+%25+%26+more";
    let (_, right) = answer(post("application/x-www-form-urlencoded", form)).await;
    assert_eq!(right["message"]["text"], "50 % & more");
    let query = client().get(format!("{}users.info?user=U0MIRA", endpoints.slack_url()));
    let (_, right) = answer(query.header("authorization", format!("Bearer {TOKEN}"))).await;
    assert_eq!(right["user"]["real_name"], "Mira Lund");
}

#[tokio::test]
async fn faults_befall_the_next_calls_and_are_used_up() {
    let world = shared();
    let endpoints = Endpoints::start(Arc::clone(&world), TOKEN).await;
    let fault = |service, operation: Option<&str>, times, kind| {
        world.lock().unwrap().faults.push(Fault::new(service, operation.map(str::to_owned), times, kind));
    };
    fault(Service::Slack, Some("chat.postMessage"), 2, FaultKind::RateLimited { retry_after_s: 7 });
    fault(Service::Slack, None, 1, FaultKind::ServerError);
    let post = || {
        slack(&endpoints, "chat.postMessage")
            .body("channel=C0QUAY&text=x")
            .header("content-type", "application/x-www-form-urlencoded")
    };
    let limited = post().send().await.unwrap();
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(body(limited).await, json!({ "ok": false, "error": "ratelimited" }));
    // The first fault is for another method, so the second befalls this call.
    assert_eq!(answer(slack(&endpoints, "auth.test")).await.0, 500);
    assert_eq!(answer(slack(&endpoints, "auth.test")).await.0, 200);
    assert_eq!(answer(post()).await.0, 429);
    assert_eq!(answer(post()).await.1["ok"], true);
    assert_eq!(world.lock().unwrap().slack.messages().len(), 1, "a call that failed did nothing");

    fault(Service::DynamoDb, Some("PutItem"), 1, FaultKind::Throttled);
    fault(Service::CodePipeline, None, 1, FaultKind::ServerError);
    let throttled =
        json!({ "__type": "com.amazon.coral.availability#ThrottlingException", "message": "Rate exceeded" });
    assert_eq!(answer(put(&endpoints, "a")).await, (400, throttled));
    assert_eq!(answer(put(&endpoints, "a")).await.0, 200);
    let state = || aws(&endpoints, "CodePipeline_20150709.GetPipelineState", &json!({ "name": "ferry" }));
    let failed = answer(state()).await;
    assert_eq!((failed.0, &failed.1["__type"]), (500, &json!("InternalServerError")));
    assert_eq!(answer(state()).await.0, 200);
    assert!(world.lock().unwrap().faults.is_empty());
}

fn new(endpoints: &Endpoints) -> RequestBuilder {
    let condition = "attribute_not_exists(pk)";
    let item = json!({ "pk": { "S": "ferry" } });
    aws(
        endpoints,
        "DynamoDB_20120810.PutItem",
        &json!({ "TableName": "signoff", "Item": item, "ConditionExpression": condition }),
    )
}

#[tokio::test]
async fn two_endpoints_share_a_world_and_one_is_held_alone() {
    let world = shared();
    let first = Endpoints::start(Arc::clone(&world), TOKEN).await;
    let second = Endpoints::start(Arc::clone(&world), TOKEN).await;
    assert_ne!(first.uri(), second.uri());
    let mut hold = first.hold_next_write();
    let held = tokio::spawn(new(&first).send());
    hold.reached().await;
    assert!(!held.is_finished());
    // What another endpoint writes meanwhile is there when the held write goes on, and wins.
    assert_eq!(answer(new(&second)).await.0, 200);
    hold.release();
    let late = held.await.unwrap().unwrap();
    assert_eq!(late.status(), 400);
    assert_eq!(body(late).await["__type"], "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException");
    // Only one write is held.
    assert_eq!(answer(put(&first, "ferry")).await.0, 200);
    let outcomes: Vec<bool> = world.lock().unwrap().take_calls().iter().map(|call| call.outcome.is_ok()).collect();
    assert_eq!(outcomes, [true, false, true]);
}

#[tokio::test]
async fn a_hold_that_is_dropped_lets_the_write_go() {
    let endpoints = Endpoints::start(shared(), TOKEN).await;
    drop(endpoints.hold_next_write());
    assert_eq!(answer(put(&endpoints, "a")).await.0, 200);
    let nameless = aws(&endpoints, "DynamoDB_20120810.PutItem", &json!({ "TableName": "signoff", "Item": {} }));
    assert_eq!(answer(nameless).await.1["__type"], "com.amazon.coral.validate#ValidationException");
    // Reading is never held.
    let hold = endpoints.hold_next_write();
    let get = json!({ "TableName": "signoff", "Key": { "pk": { "S": "a" } } });
    assert_eq!(answer(aws(&endpoints, "DynamoDB_20120810.GetItem", &get)).await.0, 200);
    hold.release();
    assert_eq!(answer(put(&endpoints, "a")).await.0, 200);
}

/// Every operation, as AWS's own client asks for it and reads the answer.
#[tokio::test]
async fn the_sdk_of_aws_finds_every_operation_of_codepipeline() {
    let given: Given = serde_json::from_value(json!({ "pipelines": { "ferry": {
        "region": "eu-north-1", "idle": true, "variables": { "CARGO": "cars" }, "stages": [
            { "name": "Source", "actions": [{ "name": "Plan", "category": "Source" }] },
            { "name": "Build", "actions": [
                { "name": "Hull", "category": "Build", "fails": "a leak", "fails_times": 1 },
            ] },
            { "name": "Release", "actions": [{ "name": "Captain", "category": "Approval" }] },
        ],
    } } }))
    .unwrap();
    let world = World::new(&given, "2026-05-30T09:10:11Z".parse().unwrap()).unwrap();
    let endpoints = Endpoints::start(Arc::new(Mutex::new(world)), TOKEN).await;
    let credentials = Credentials::new(OWN_ACCESS_KEY, "lime", None, None, "test");
    let config = aws_sdk_codepipeline::Config::builder()
        .behavior_version(aws_sdk_codepipeline::config::BehaviorVersion::latest())
        .endpoint_url(endpoints.uri())
        .region(aws_sdk_codepipeline::config::Region::new("eu-north-1"))
        .credentials_provider(credentials)
        .http_client(http_client::for_aws(client()))
        .build();
    let aws = aws_sdk_codepipeline::Client::from_conf(config);

    let pipelines = aws.list_pipelines().send().await.unwrap();
    assert_eq!(pipelines.pipelines()[0].name(), Some("ferry"));
    let pipeline = aws.get_pipeline().name("ferry").send().await.unwrap();
    assert_eq!(pipeline.pipeline().unwrap().stages()[1].actions()[0].name(), "Hull");

    let cargo = PipelineVariable::builder().name("CARGO").value("sheep").build().unwrap();
    let plan = SourceRevisionOverride::builder().action_name("Plan").revision_type(SourceRevisionType::CommitId);
    let plan = plan.revision_value("c0ffee").build().unwrap();
    let started = aws.start_pipeline_execution().name("ferry").variables(cargo).source_revisions(plan);
    let id = started.send().await.unwrap().pipeline_execution_id.unwrap();
    let told = aws.get_pipeline_execution().pipeline_name("ferry").pipeline_execution_id(&id).send().await.unwrap();
    let told = told.pipeline_execution.unwrap();
    assert_eq!(told.status, Some(PipelineExecutionStatus::Failed));
    assert_eq!(
        (told.artifact_revisions()[0].revision_id(), told.variables()[0].resolved_value()),
        (Some("c0ffee"), Some("sheep"))
    );

    let retry = || {
        let retry = aws.retry_stage_execution().pipeline_name("ferry").stage_name("Build");
        retry.pipeline_execution_id(&id).retry_mode(StageRetryMode::FailedActions).send()
    };
    retry().await.unwrap();
    assert!(retry().await.unwrap_err().into_service_error().is_stage_not_retryable_exception());
    let state = aws.get_pipeline_state().name("ferry").send().await.unwrap();
    let waiting = state.stage_states()[2].action_states()[0].latest_execution().unwrap();
    let result = ApprovalResult::builder().status(ApprovalStatus::Approved).summary("calm sea").build().unwrap();
    let put = aws.put_approval_result().pipeline_name("ferry").stage_name("Release").action_name("Captain");
    put.token(waiting.token().unwrap()).result(result).send().await.unwrap();
    let runs = aws.list_action_executions().pipeline_name("ferry").into_paginator().items().send();
    assert_eq!(runs.try_collect().await.unwrap().len(), 4);

    let kind = StageTransitionType::Inbound;
    let disable = aws.disable_stage_transition().pipeline_name("ferry").stage_name("Release").reason("ice");
    disable.transition_type(kind.clone()).send().await.unwrap();
    let held = aws.start_pipeline_execution().name("ferry").send().await.unwrap().pipeline_execution_id.unwrap();
    let stop =
        || aws.stop_pipeline_execution().pipeline_name("ferry").pipeline_execution_id(&held).abandon(true).send();
    stop().await.unwrap();
    assert!(stop().await.unwrap_err().into_service_error().is_pipeline_execution_not_stoppable_exception());
    let enable = aws.enable_stage_transition().pipeline_name("ferry").stage_name("Release");
    enable.transition_type(kind).send().await.unwrap();

    let back = |stage: &str| {
        aws.rollback_stage().pipeline_name("ferry").stage_name(stage).target_pipeline_execution_id(&id).send()
    };
    back("Build").await.unwrap();
    assert!(back("Source").await.unwrap_err().into_service_error().is_unable_to_rollback_stage_exception());
    let all = aws.list_pipeline_executions().pipeline_name("ferry").max_results(1).into_paginator().items().send();
    let statuses: Vec<_> = all.try_collect().await.unwrap().into_iter().filter_map(|it| it.status).collect();
    use PipelineExecutionStatus::{Stopped, Succeeded};
    assert_eq!(statuses, [Succeeded, Stopped, Succeeded]);
}

#[tokio::test]
async fn a_protocol_that_is_not_spoken_is_named() {
    let endpoints = Endpoints::start(shared(), TOKEN).await;
    let url = format!("{}/service/{CODEPIPELINE}/operation/GetPipelineState", endpoints.uri());
    let (status, said) = answer(client().post(url).header("smithy-protocol", "rpc-v2-cbor")).await;
    assert_eq!((status, &said["__type"]), (400, &json!("UnknownOperationException")));
    assert_eq!(said["message"], "the protocol `rpc-v2-cbor` is not spoken here, only JSON with `X-Amz-Target`");
}

#[tokio::test]
async fn a_response_url_says_by_its_status_what_is_wrong() {
    let world = shared();
    let endpoints = Endpoints::start(Arc::clone(&world), TOKEN).await;
    let address = {
        let mut world = world.lock().unwrap();
        world.slack.answer_at(&endpoints.uri());
        let now = world.now;
        let sent = world.slack.command(now, "mira", "/ferry", None).unwrap();
        let mut fields = form_urlencoded::parse(sent.body.as_bytes()).into_owned();
        fields.find(|(name, _)| name == "response_url").unwrap().1
    };
    assert!(address.starts_with(&endpoints.uri()), "{address}");
    let post = |address: &str, body: Value| client().post(address).body(body.to_string());
    let told = post(&address, json!({ "text": "It sails" })).send().await.unwrap();
    assert_eq!((told.status().as_u16(), told.text().await.unwrap().as_str()), (200, "ok"));
    assert_eq!(answer(post(&address, json!({}))).await, (400, json!({ "ok": false, "error": "no_text" })));
    for _ in 0..3 {
        assert_eq!(post(&address, json!({ "text": "It sails" })).send().await.unwrap().status(), 200);
    }
    assert_eq!(
        answer(post(&address, json!({ "text": "It sails" }))).await,
        (404, json!({ "ok": false, "error": "used_url" }))
    );
    let other = format!("{}/actions/T0LIME/other", endpoints.uri());
    assert_eq!(
        answer(post(&other, json!({ "text": "a" }))).await,
        (404, json!({ "ok": false, "error": "no_service" }))
    );
    world.lock().unwrap().faults.push(Fault::new(
        Service::Slack,
        Some("response_url".to_owned()),
        1,
        FaultKind::Throttled,
    ));
    assert_eq!(post(&other, json!({})).send().await.unwrap().status(), 429);
    assert_eq!(world.lock().unwrap().slack.ephemerals().len(), 4);
}
