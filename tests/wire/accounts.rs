//! Other accounts: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

use std::collections::BTreeMap;

use serde_json::json;
use signoff::adapters::codepipeline::CodePipeline;
use signoff::adapters::own_account::OwnAccount;
use signoff::diagnostic::Source;
use signoff::ports::{PipelineRef, Pipelines, PortError};
use signoff::rules::{self, Account};
use signoff::template::Templates;
use wiremock::matchers::{body_string_contains, header_exists};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{answer, header, requests, scope, sdk};

const OWN: &str = "730591846207";
const OTHER: &str = "111122223333";

fn accounts() -> Vec<Account> {
    let rules = "version: 1\nworkspace: T0SHOP\naccounts:\n  \
                 prod: { role: arn:aws:iam::111122223333:role/signoff, external_id: shop }\n\
                 commands: [{ name: all, do: status, by: U0OLA }]\n";
    rules::read(&[Source::new("shop.yaml", rules)], &Templates::builtin()).unwrap().rules.accounts
}

fn adapter(server: &MockServer) -> CodePipeline {
    let own = OwnAccount::default();
    own.learn(&format!("arn:aws:lambda:eu-north-1:{OWN}:function:signoff"));
    CodePipeline::across(sdk(&server.uri()), own, accounts())
}

fn pipeline(account: Option<&str>, region: &str) -> PipelineRef {
    PipelineRef { account: account.map(str::to_owned), region: region.to_owned(), name: "checkout-web".to_owned() }
}

/// A server that gives credentials until then, and answers CodePipeline's requests.
async fn server(sts: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(body_string_contains("Action=AssumeRole")).respond_with(sts).mount(&server).await;
    let state = answer(200, &json!({ "pipelineName": "checkout-web", "stageStates": [{ "stageName": "Live" }] }));
    Mock::given(header_exists("x-amz-target")).respond_with(state).mount(&server).await;
    server
}

fn credentials(expiration: &str) -> ResponseTemplate {
    let body = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>ASIAINVENTED</AccessKeyId><SecretAccessKey>inventedkey</SecretAccessKey>\
         <SessionToken>inventedtoken</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
         <AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/signoff/signoff</Arn>\
         <AssumedRoleId>AROAINVENTED:signoff</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
    );
    ResponseTemplate::new(200).set_body_raw(body, "text/xml")
}

fn refusal(status: u16, code: &str) -> ResponseTemplate {
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>User is not authorized</Message></Error></ErrorResponse>"
    );
    ResponseTemplate::new(status).set_body_raw(body, "text/xml")
}

/// Whose credentials each request is signed with, and for what.
fn signers(requests: &[Request]) -> Vec<(String, String, String)> {
    let signer = |request: &Request| {
        let key = header(request, "authorization").split(['=', '/']).nth(1).unwrap().to_owned();
        (key, header(request, "x-amz-security-token").to_owned(), scope(request))
    };
    requests.iter().map(signer).collect()
}

#[tokio::test]
async fn the_role_is_assumed_once_for_all_regions() {
    let server = server(credentials("2999-01-01T00:00:00Z")).await;
    let adapter = adapter(&server);
    for region in ["eu-north-1", "us-east-1", "eu-north-1"] {
        adapter.state(&pipeline(Some(OTHER), region)).await.unwrap().unwrap();
    }
    let requests = requests(&server).await;
    let own = ("AKIAINVENTED".to_owned(), String::new(), "eu-north-1/sts/aws4_request".to_owned());
    let with_role = |region: &str| {
        ("ASIAINVENTED".to_owned(), "inventedtoken".to_owned(), format!("{region}/codepipeline/aws4_request"))
    };
    let expected = [own, with_role("eu-north-1"), with_role("us-east-1"), with_role("eu-north-1")];
    assert_eq!(signers(&requests), expected);
    let form = form_urlencoded::parse(&requests[0].body).into_owned().collect::<BTreeMap<String, String>>();
    let expected = [
        ("Action", "AssumeRole"),
        ("Version", "2011-06-15"),
        ("RoleArn", "arn:aws:iam::111122223333:role/signoff"),
        ("RoleSessionName", "signoff"),
        ("ExternalId", "shop"),
    ];
    assert_eq!(form, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
}

#[tokio::test]
async fn credentials_that_are_over_are_had_anew() {
    let server = server(credentials("2001-01-01T00:00:00Z")).await;
    let adapter = adapter(&server);
    for _ in 0..2 {
        adapter.state(&pipeline(Some(OTHER), "eu-north-1")).await.unwrap();
    }
    let assumed = signers(&requests(&server).await).into_iter().filter(|(_, _, scope)| scope.contains("/sts/")).count();
    assert_eq!(assumed, 2);
}

#[tokio::test]
async fn ones_own_account_needs_no_role() {
    let server = server(refusal(403, "AccessDenied")).await;
    let adapter = adapter(&server);
    for account in [None, Some(OWN)] {
        adapter.state(&pipeline(account, "eu-north-1")).await.unwrap().unwrap();
    }
    assert!(signers(&requests(&server).await).iter().all(|(key, token, _)| key == "AKIAINVENTED" && token.is_empty()));
}

#[tokio::test]
async fn what_can_not_be_assumed_is_told_and_nothing_is_asked() {
    let words = "CodePipeline's GetPipelineState could not be sent: the role arn:aws:iam::111122223333:role/signoff of account \
                 111122223333 could not be assumed: STS's AssumeRole answered";
    for (sts, permanent) in [
        (refusal(403, "AccessDenied"), true),
        (refusal(400, "RegionDisabledException"), true),
        (refusal(400, "Throttling"), false),
        (refusal(503, "ServiceUnavailable"), false),
    ] {
        let server = server(sts).await;
        let error = adapter(&server).state(&pipeline(Some(OTHER), "eu-north-1")).await.unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with(words), "{said}");
        assert_eq!(matches!(error, PortError::Permanent(_)), permanent, "{said}");
        assert!(!said.contains("invented"), "{said}");
        assert!(requests(&server).await.iter().all(|request| header(request, "x-amz-target").is_empty()));
    }
}

#[tokio::test]
async fn an_account_without_a_role_is_never_asked_with_other_credentials() {
    let server = server(credentials("2999-01-01T00:00:00Z")).await;
    let known = adapter(&server);
    let unknown = CodePipeline::across(sdk(&server.uri()), OwnAccount::default(), accounts());
    for adapter in [known, unknown] {
        let error = adapter.state(&pipeline(Some("999988887777"), "eu-north-1")).await.unwrap_err();
        assert!(matches!(error, PortError::Permanent(_)), "{error}");
        assert!(error.to_string().contains("`accounts` in the rules has no role for it"), "{error}");
    }
    assert_eq!(requests(&server).await.len(), 0);
}

#[test]
fn the_own_account_is_that_of_the_functions_arn() {
    let own = OwnAccount::default();
    for arn in ["", "signoff", "arn:aws:lambda:eu-north-1:12:function:signoff"] {
        own.learn(arn);
        assert_eq!(own.get(), None, "{arn}");
    }
    own.learn("arn:aws:lambda:eu-north-1:730591846207:function:signoff:live");
    own.learn("arn:aws:lambda:eu-north-1:111122223333:function:signoff");
    assert_eq!(own.get().as_deref(), Some(OWN));
}
