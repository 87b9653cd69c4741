//! What an invocation's line says, and that Lambda's trace is passed on, by the compiled binary under a Runtime API that this test plays.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the test writes the folder that the binary reads")]

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const RULES: &str = "\
version: 1
workspace: T0SHOP
approvals:
  - name: everything
    match: {}
    channel: C0LIVE
    approvers: [U0NOOR]
";

/// The traces of two invocations.
const TRACES: [&str; 2] = [
    "Root=1-6a0000aa-000000000000000000000001;Parent=00000000000000a1;Sampled=1",
    "Root=1-6a0000bb-000000000000000000000002;Parent=00000000000000b2;Sampled=0",
];

/// `GET …/invocation/next`: two invocations, and then none.
struct Next(AtomicUsize);

impl Respond for Next {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let Some(trace) = TRACES.get(number) else {
            return ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
        };
        let message = json!({ "region": "eu-north-1", "approval": {
            "pipelineName": "checkout-web", "stageName": "Live", "actionName": "GoLive",
            "token": format!("a94c07d1-3be8-4f52-9d60-72c18e5fb3a{number}"), "expires": "2099-05-18T16:40Z",
        } });
        let record = json!({ "EventSource": "aws:sns", "Sns": { "MessageId": "1", "Message": message.to_string(),
            "TopicArn": "arn:aws:sns:eu-north-1:730591846207:approvals" } });
        ResponseTemplate::new(200)
            .insert_header("lambda-runtime-aws-request-id", format!("request-{number}").as_str())
            .insert_header("lambda-runtime-deadline-ms", "4102444800000")
            .insert_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-north-1:730591846207:function:f")
            .insert_header("lambda-runtime-trace-id", *trace)
            .set_body_json(json!({ "Records": [record] }))
    }
}

/// `POST …/invocation/ID/response`.
struct Answered(Mutex<Sender<()>>);

impl Respond for Answered {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        self.0.lock().unwrap().send(()).unwrap();
        ResponseTemplate::new(202)
    }
}

/// DynamoDB: it keeps what is written, and fails the first time that it is asked anything.
#[derive(Default)]
struct Table(Mutex<Option<BTreeMap<String, Value>>>);

impl Respond for Table {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut kept = self.0.lock().unwrap();
        let Some(items) = kept.as_mut() else {
            *kept = Some(BTreeMap::new());
            return ResponseTemplate::new(500).insert_header("x-amzn-RequestId", "REQUEST0OF0DYNAMODB").set_body_json(
                json!({ "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": "secret-words" }),
            );
        };
        let input: Value = serde_json::from_slice(&request.body).unwrap();
        let key = |item: &Value| item["pk"]["S"].as_str().unwrap().to_owned();
        let answer = if request.headers["x-amz-target"].to_str().unwrap().ends_with(".PutItem") {
            items.insert(key(&input["Item"]), input["Item"].clone());
            json!({})
        } else {
            items.get(&key(&input["Key"])).map_or(json!({}), |item| json!({ "Item": item }))
        };
        ResponseTemplate::new(200).set_body_json(answer)
    }
}

#[tokio::test]
async fn the_trace_of_each_invocation_is_passed_on_and_its_line_tells_of_it() {
    let server = MockServer::start().await;
    let (answered, when_answered) = mpsc::channel();
    Mock::given(method("GET"))
        .and(path("/2018-06-01/runtime/invocation/next"))
        .respond_with(Next(AtomicUsize::default()))
        .mount(&server)
        .await;
    Mock::given(path_regex("^/2018-06-01/runtime/invocation/.*/(response|error)$"))
        .respond_with(Answered(Mutex::new(answered)))
        .mount(&server)
        .await;
    let posted = json!({ "ok": true, "channel": "C0LIVE", "ts": "1.2" });
    let slack = Mock::given(path("/api/chat.postMessage"));
    slack.respond_with(ResponseTemplate::new(200).set_body_json(posted)).mount(&server).await;
    Mock::given(path("/")).respond_with(Table::default()).mount(&server).await;

    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    std::fs::write(folder.path().join("rules/shop.yaml"), RULES).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_bootstrap"))
        .current_dir(folder.path())
        .env_clear()
        .envs([
            ("SIGNOFF_TABLE", "signoff"),
            ("SIGNOFF_METRICS", "team/signoff"),
            // Whatever is asked for, no token and no body is logged.
            ("SIGNOFF_LOG", "trace"),
            ("SLACK_BOT_TOKEN", "xoxb-invented"),
            ("SLACK_SIGNING_SECRET", "invented"),
            ("SLACK_API_URL", &format!("{}/api/", server.uri())),
            ("AWS_ENDPOINT_URL", &server.uri()),
            ("AWS_REGION", "eu-north-1"),
            ("AWS_ACCESS_KEY_ID", "AKIAINVENTED"),
            ("AWS_SECRET_ACCESS_KEY", "invented"),
            ("AWS_LAMBDA_RUNTIME_API", &server.address().to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", "signoff"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    // Its line comes after its answer: the third poll says that both are written.
    let said = tokio::task::spawn_blocking(move || {
        for _ in TRACES {
            when_answered.recv_timeout(Duration::from_secs(60)).unwrap();
        }
        let mut said = Vec::new();
        let mut byte = [0];
        let ended = |said: &[u8]| String::from_utf8_lossy(said).matches("\"message\":\"invocation\"").count() == 2;
        while !(said.ends_with(b"\n") && ended(&said)) {
            assert_eq!(stdout.read(&mut byte).unwrap(), 1, "it ended: {}", String::from_utf8_lossy(&said));
            said.push(byte[0]);
        }
        String::from_utf8(said).unwrap()
    })
    .await
    .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let requests = server.received_requests().await.unwrap();
    let mut at = None;
    let mut passed_on = [0, 0];
    for request in &requests {
        match request.url.path() {
            "/2018-06-01/runtime/invocation/next" => at = at.map_or(Some(0), |at| Some(at + 1)),
            "/" => {
                let at = at.unwrap();
                assert_eq!(request.headers["x-amzn-trace-id"], TRACES[at], "{:?}", request.headers["x-amz-target"]);
                passed_on[at] += 1;
            }
            // Slack is not AWS: it has no part in the trace.
            "/api/chat.postMessage" => assert!(!request.headers.contains_key("x-amzn-trace-id")),
            _ => {}
        }
    }
    assert!(passed_on[0] > 3 && passed_on[1] > 3, "{passed_on:?}");

    for hidden in ["secret-words", "a94c07d1", "invented", "INVENTED"] {
        assert!(!said.contains(hidden), "{hidden}: {said}");
    }
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let handled: Vec<&Value> = lines.iter().filter(|line| line["message"] == "handled").collect();
    let invocations: Vec<&Value> = lines.iter().filter(|line| line["message"] == "invocation").collect();
    assert_eq!((handled.len(), invocations.len()), (2, 2), "{said}");
    for (number, trace) in TRACES.iter().enumerate() {
        let line = invocations[number];
        for span in [&line["span"], &handled[number]["span"]] {
            assert_eq!(span["xrayTraceId"], *trace);
            assert_eq!(span["requestId"], format!("request-{number}"));
        }
        assert_eq!(line["cold_start"], number == 0);
        assert_eq!((&line["event"], &line["rule"]), (&json!("approval.needed"), &json!("everything")));
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "team/signoff");
        assert_eq!(line["calls"]["dynamodb"]["retries"], usize::from(number == 0));
        assert_eq!(line["calls"]["slack"]["count"], 1);
    }
    let failed = &invocations[0]["failed_calls"][0];
    assert_eq!(failed["request_id"], "REQUEST0OF0DYNAMODB");
    assert_eq!((&failed["operation"], &failed["error"]), (&json!("GetItem"), &json!("InternalServerError")));
    assert_eq!(invocations[1]["failed_calls"], Value::Null);
}
