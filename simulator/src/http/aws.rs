//! AWS's JSON protocols: the operation in `X-Amz-Target`, the region and service in the signature's scope.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::world::sts::Signer;
use crate::world::{AwsError, World};

/// A service as its protocol names it.
struct Protocol {
    /// What `X-Amz-Target` begins with.
    target: &'static str,
    /// The service in a signature's scope.
    scope: &'static str,
    content_type: &'static str,
    /// What `__type` begins with; CodePipeline sends the bare name.
    namespace: &'static str,
}

const CODEPIPELINE: Protocol = Protocol {
    target: "CodePipeline_20150709",
    scope: "codepipeline",
    content_type: "application/x-amz-json-1.1",
    namespace: "",
};
const DYNAMODB: Protocol = Protocol {
    target: "DynamoDB_20120810",
    scope: "dynamodb",
    content_type: "application/x-amz-json-1.0",
    namespace: "com.amazonaws.dynamodb.v20120810#",
};
const SSM: Protocol =
    Protocol { target: "AmazonSSM", scope: "ssm", content_type: "application/x-amz-json-1.1", namespace: "" };
const SECRETS_MANAGER: Protocol = Protocol {
    target: "secretsmanager",
    scope: "secretsmanager",
    content_type: "application/x-amz-json-1.1",
    namespace: "",
};

/// What `X-Amz-Target` says.
pub(super) fn target(request: &Request) -> Option<&str> {
    header(request, "x-amz-target")
}

/// Answers a request that is not Slack's.
pub(super) fn respond(world: &mut World, request: &Request) -> ResponseTemplate {
    if let Some(other) = header(request, "smithy-protocol") {
        let message = format!("the protocol `{other}` is not spoken here, only JSON with `X-Amz-Target`");
        return error("application/x-amz-json-1.1", "", &AwsError::client("UnknownOperationException", message));
    }
    let target = target(request).unwrap_or_default();
    let (service, operation) = target.split_once('.').unwrap_or((target, ""));
    let protocols = [CODEPIPELINE, DYNAMODB, SSM, SECRETS_MANAGER];
    let Some(protocol) = protocols.into_iter().find(|protocol| protocol.target == service) else {
        let message = format!("no service here has the target `{target}`");
        return error("application/x-amz-json-1.1", "", &AwsError::client("UnknownOperationException", message));
    };
    let answer = check(&protocol, request).and_then(|(signer, input)| match protocol.scope {
        "codepipeline" => world.codepipeline_request_by(signer, operation, &input),
        "ssm" => world.ssm_request(signer, operation, &input),
        "secretsmanager" => world.secrets_manager_request(signer, operation, &input),
        _ => world.dynamodb_request_by(signer, operation, &input),
    });
    match answer {
        Ok(output) => ResponseTemplate::new(200)
            .insert_header("x-amzn-requestid", REQUEST_ID)
            .set_body_raw(output.to_string(), protocol.content_type),
        Err(refused) => error(protocol.content_type, protocol.namespace, &refused),
    }
}

pub(super) const REQUEST_ID: &str = "5b1f0c9e-2d47-4c8a-9e63-7f0a1b2c3d4e";

/// Reads the signature. It is not computed anew: the key would have to be known here.
pub(super) fn signer<'a>(request: &'a Request, scope: &str) -> Result<Signer<'a>, AwsError> {
    let authorization = header(request, "authorization").unwrap_or_default();
    let missing =
        |what: &str| AwsError::client("IncompleteSignatureException", format!("Authorization header requires {what}"));
    let Some(parts) = authorization.strip_prefix("AWS4-HMAC-SHA256 ") else {
        let message = "Request is missing Authentication Token";
        return Err(AwsError::client("MissingAuthenticationTokenException", message));
    };
    let part = |name: &str| parts.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let credential = part("Credential").ok_or_else(|| missing("'Credential' parameter."))?;
    part("SignedHeaders").ok_or_else(|| missing("'SignedHeaders' parameter."))?;
    part("Signature").ok_or_else(|| missing("'Signature' parameter."))?;
    let [key, _, region, service, "aws4_request"] = credential.split('/').collect::<Vec<_>>()[..] else {
        return Err(missing("a credential of the form KEY/DATE/REGION/SERVICE/aws4_request."));
    };
    if service != scope {
        let message = format!("Credential should be scoped to correct service: '{scope}'. ");
        return Err(AwsError::client("InvalidSignatureException", message));
    }
    let token = header(request, "x-amz-security-token").filter(|token| !token.is_empty());
    Ok(Signer { key, token, region })
}

/// The signature and the input of a request that may be answered.
fn check<'a>(protocol: &Protocol, request: &'a Request) -> Result<(Signer<'a>, Value), AwsError> {
    let signer = signer(request, protocol.scope)?;
    if header(request, "content-type") != Some(protocol.content_type) {
        return Err(AwsError::client("SerializationException", "the content type is not that of the protocol"));
    }
    let input = serde_json::from_slice(&request.body)
        .map_err(|_| AwsError::client("SerializationException", "the body is not JSON"))?;
    Ok((signer, input))
}

/// An error as JSON protocols carry it. Where a service's model has no message for it, a message may come all the same.
fn error(content_type: &str, namespace: &str, refused: &AwsError) -> ResponseTemplate {
    // What DynamoDB's front end refuses has the front end's namespaces.
    let namespace = match refused.code {
        _ if namespace.is_empty() => namespace,
        "ValidationException" => "com.amazon.coral.validate#",
        "ThrottlingException" => "com.amazon.coral.availability#",
        "MissingAuthenticationTokenException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "SerializationException"
        | "UnrecognizedClientException"
        | "ExpiredTokenException"
        | "AccessDeniedException"
        | "UnknownOperationException" => "com.amazon.coral.service#",
        _ => namespace,
    };
    let mut body = json!({ "__type": format!("{namespace}{}", refused.code) });
    if !refused.message.is_empty() {
        body["message"] = refused.message.clone().into();
    }
    ResponseTemplate::new(refused.status)
        .insert_header("x-amzn-requestid", REQUEST_ID)
        .set_body_raw(body.to_string(), content_type)
}

pub(super) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}
