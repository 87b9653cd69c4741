//! STS's Query protocol: a form in, XML out: <https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html>.

use std::collections::BTreeMap;

use wiremock::{Request, ResponseTemplate};

use super::aws::{REQUEST_ID, header, signer};
use crate::world::sts::Assumed;
use crate::world::{AwsError, World};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Whether a request speaks this protocol.
pub(super) fn is_query(request: &Request) -> bool {
    header(request, "content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

pub(super) fn respond(world: &mut World, request: &Request) -> ResponseTemplate {
    match answer(world, request) {
        Ok(Assumed { access_key, secret_key, token, ends, arn }) => {
            let ends = ends.strftime("%Y-%m-%dT%H:%M:%SZ");
            let id = "AROASIMULATED:signoff";
            xml(
                200,
                format!(
                    "<AssumeRoleResponse xmlns=\"{NAMESPACE}\"><AssumeRoleResult>\
                     <AssumedRoleUser><AssumedRoleId>{id}</AssumedRoleId><Arn>{arn}</Arn></AssumedRoleUser>\
                     <Credentials><AccessKeyId>{access_key}</AccessKeyId><SecretAccessKey>{secret_key}</SecretAccessKey>\
                     <SessionToken>{token}</SessionToken><Expiration>{ends}</Expiration></Credentials>\
                     </AssumeRoleResult><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>\
                     </AssumeRoleResponse>"
                ),
            )
        }
        Err(AwsError { code, message, status }) => {
            let whose = if status < 500 { "Sender" } else { "Receiver" };
            let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            xml(
                status,
                format!(
                    "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{whose}</Type><Code>{code}</Code>\
                     <Message>{message}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
                ),
            )
        }
    }
}

fn answer(world: &mut World, request: &Request) -> Result<Assumed, AwsError> {
    let signer = signer(request, "sts")?;
    let input: BTreeMap<String, String> = form_urlencoded::parse(&request.body).into_owned().collect();
    match (input.get("Action").map(String::as_str), input.get("Version").map(String::as_str)) {
        (Some("AssumeRole"), Some("2011-06-15")) => world.assume_role_request(signer, &input),
        (action, version) => {
            let (action, version) = (action.unwrap_or("none"), version.unwrap_or("none"));
            let message = format!("Could not find operation {action} for version {version}");
            Err(AwsError::client("InvalidAction", message))
        }
    }
}

fn xml(status: u16, body: String) -> ResponseTemplate {
    ResponseTemplate::new(status).insert_header("x-amzn-requestid", REQUEST_ID).set_body_raw(body, "text/xml")
}
