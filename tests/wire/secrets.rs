//! Parameter Store: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>, and Secrets Manager:
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>.

use serde_json::{Value, json};
use signoff::adapters::secrets::AwsSecrets;
use signoff::ports::{Secrets, UnreadableSecret};
use signoff::secret::{Secret, SecretPlace};
use wiremock::ResponseTemplate;

use super::{answer, header, nowhere, requests, scope, sdk, server};

const VALUE: &str = "xoxb-77f1-invented";

fn parameter() -> SecretPlace {
    SecretPlace::Parameter("/shop/slack/bot-token".to_owned())
}

fn secret(key: Option<&str>) -> SecretPlace {
    SecretPlace::Secret { id: "shop/slack".to_owned(), key: key.map(str::to_owned) }
}

fn parameter_answer(value: &str) -> ResponseTemplate {
    answer(
        200,
        &json!({ "Parameter": {
            "ARN": "arn:aws:ssm:eu-north-1:730591846207:parameter/shop/slack/bot-token", "DataType": "text",
            "LastModifiedDate": 1_778_000_000.123, "Name": "/shop/slack/bot-token", "Type": "SecureString",
            "Value": value, "Version": 3,
        } }),
    )
}

fn secret_answer(value: &str) -> ResponseTemplate {
    answer(
        200,
        &json!({
            "ARN": "arn:aws:secretsmanager:eu-north-1:730591846207:secret:shop/slack-a1B2c3", "Name": "shop/slack",
            "CreatedDate": 1_778_500_000.5, "SecretString": value,
            "VersionId": "4c1f6a58-2d0e-4b97-a3c5-80e9d7f61b24", "VersionStages": ["AWSCURRENT"],
        }),
    )
}

fn error(code: &str, message: &str) -> ResponseTemplate {
    answer(400, &json!({ "__type": code, "Message": message }))
}

fn body(request: &wiremock::Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn a_parameter_on_the_wire() {
    let server = server(vec![parameter_answer(&format!("{VALUE}\n"))]).await;
    let kept = AwsSecrets::new(sdk(&server.uri())).read(&parameter()).await.unwrap();
    assert_eq!((kept.secret, kept.since), (Secret::new(VALUE), None));
    let request = &requests(&server).await[0];
    assert_eq!(header(request, "x-amz-target"), "AmazonSSM.GetParameter");
    assert_eq!(header(request, "content-type"), "application/x-amz-json-1.1");
    assert_eq!(scope(request), "eu-north-1/ssm/aws4_request");
    assert_eq!(body(request), json!({ "Name": "/shop/slack/bot-token", "WithDecryption": true }));
}

#[tokio::test]
async fn a_secret_on_the_wire() {
    let server = server(vec![secret_answer(VALUE)]).await;
    let kept = AwsSecrets::new(sdk(&server.uri())).read(&secret(None)).await.unwrap();
    assert_eq!(kept.secret, Secret::new(VALUE));
    assert_eq!(kept.since.unwrap().as_second(), 1_778_500_000);
    let request = &requests(&server).await[0];
    assert_eq!(header(request, "x-amz-target"), "secretsmanager.GetSecretValue");
    assert_eq!(header(request, "content-type"), "application/x-amz-json-1.1");
    assert_eq!(scope(request), "eu-north-1/secretsmanager/aws4_request");
    assert_eq!(body(request), json!({ "SecretId": "shop/slack" }));
}

#[tokio::test]
async fn a_key_of_a_secret_and_the_version_before() {
    let of_key = |value: &str| json!({ "signing_secret": value, "bot_token": "another" }).to_string();
    let server = server(vec![secret_answer(&of_key(VALUE)), secret_answer(&of_key("before"))]).await;
    let secrets = AwsSecrets::new(sdk(&server.uri()));
    let place = secret(Some("signing_secret"));
    assert_eq!(secrets.read(&place).await.unwrap().secret, Secret::new(VALUE));
    assert_eq!(secrets.previous(&place).await, Ok(Some(Secret::new("before"))));
    let asked = body(&requests(&server).await[1]);
    assert_eq!(asked, json!({ "SecretId": "shop/slack", "VersionStage": "AWSPREVIOUS" }));
}

#[tokio::test]
async fn nothing_was_there_before() {
    let message = "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS";
    let server = server(vec![error("ResourceNotFoundException", message)]).await;
    let secrets = AwsSecrets::new(sdk(&server.uri()));
    assert_eq!(secrets.previous(&secret(None)).await, Ok(None));
    assert_eq!(requests(&server).await.len(), 1);
    // Parameter Store has no such stage, and is not asked.
    assert_eq!(secrets.previous(&parameter()).await, Ok(None));
    assert_eq!(requests(&server).await.len(), 1);
}

async fn told(place: &SecretPlace, answers: Vec<ResponseTemplate>) -> String {
    let server = server(answers).await;
    let UnreadableSecret(said) = AwsSecrets::new(sdk(&server.uri())).read(place).await.unwrap_err();
    assert!(!said.contains("77f1"), "{said}");
    format!("{place}, which {said}\n")
}

#[tokio::test]
async fn what_can_not_be_read() {
    let denied = "User: arn:aws:sts::730591846207:assumed-role/signoff/signoff is not authorized to perform this";
    let mut all = String::new();
    for refusal in [
        answer(400, &json!({ "__type": "ParameterNotFound" })),
        error("ParameterVersionNotFound", "Systems Manager could not find version 9 of /shop/slack/bot-token."),
        error("ValidationException", "Parameter name: can't be prefixed with \"ssm\" (case-insensitive)."),
        error("InvalidKeyId", "The key is disabled."),
        error("AccessDeniedException", denied),
        error("ThrottlingException", "Rate exceeded"),
        answer(500, &json!({ "__type": "InternalServerError" })),
        answer(200, &json!({})),
        parameter_answer(" \n"),
    ] {
        all.push_str(&told(&parameter(), vec![refusal]).await);
    }
    for refusal in [
        error("ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
        error(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        ),
        error("InvalidParameterException", "The parameter is invalid."),
        error("DecryptionFailure", "The secret can't be decrypted with the KMS key."),
        error("AccessDeniedException", denied),
        answer(500, &json!({ "__type": "InternalServiceError" })),
        answer(200, &json!({ "Name": "shop/slack", "SecretBinary": "eG94Yi03N2Yx" })),
        secret_answer(""),
        secret_answer(&json!({ "bot_token": VALUE }).to_string()),
    ] {
        all.push_str(&told(&secret(None), vec![refusal]).await);
    }
    for value in [VALUE.to_owned(), json!([VALUE]).to_string(), json!({}).to_string()] {
        all.push_str(&told(&secret(Some("bot_token")), vec![secret_answer(&value)]).await);
    }
    for value in [json!({ "bot_token": { "77f1": 1 } }), json!({ "bot_token": "" })] {
        all.push_str(&told(&secret(Some("bot_token")), vec![secret_answer(&value.to_string())]).await);
    }
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn nobody_answers() {
    for place in [parameter(), secret(None)] {
        let UnreadableSecret(said) = AwsSecrets::new(sdk(&nowhere())).read(&place).await.unwrap_err();
        assert!(said.contains("failed on the way"), "{said}");
    }
}
