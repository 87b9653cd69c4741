resource "aws_cloudwatch_log_group" "logs" {
  name              = "/signoff/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "signoff" {
  function_name    = var.name
  description      = "signoff - answers approvals from Slack and posts what pipelines do"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  memory_size      = var.memory_size
  timeout          = 180
  role             = aws_iam_role.function.arn

  reserved_concurrent_executions = var.reserved_concurrency

  tracing_config {
    mode = "Active"
  }

  # Text: the function's own lines are JSON already, and are kept as they were written.
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.logs.name
  }

  environment {
    variables = merge(
      {
        SIGNOFF_TABLE           = aws_dynamodb_table.records.name
        SIGNOFF_LOG             = var.log_filter
        SIGNOFF_METRICS         = var.metrics ? local.namespace : "off"
        SIGNOFF_RECORD          = var.record_payloads ? "1" : "0"
        SIGNOFF_AUDIT_RETENTION = var.audit_retention
        SLACK_BOT_TOKEN         = "${var.secret_store}:${var.bot_token_name}"
        SLACK_SIGNING_SECRET    = "${var.secret_store}:${var.signing_secret_name}"
      },
      var.rules_revision == "" ? {} : { SIGNOFF_RULES_REVISION = var.rules_revision },
      local.rotating ? { SLACK_SIGNING_SECRET_PREVIOUS = "${var.secret_store}:${var.previous_signing_secret_name}" } : {},
    )
  }
}

# Only the tick comes asynchronously, and the next minute brings another.
resource "aws_lambda_function_event_invoke_config" "tick" {
  function_name                = aws_lambda_function.signoff.function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}

resource "aws_lambda_event_source_mapping" "messages" {
  function_name           = aws_lambda_function.signoff.arn
  event_source_arn        = aws_sqs_queue.messages.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]

  # A burst of events leaves room for clicks, and does not exceed what Slack takes from one app.
  scaling_config {
    maximum_concurrency = 5
  }
}

# Open to everybody by IAM, because Slack can't sign as AWS does: the function answers 401 to what Slack has not signed, before
# it looks at anything else.
resource "aws_lambda_function_url" "slack" {
  count              = var.endpoint == "function-url" ? 1 : 0
  function_name      = aws_lambda_function.signoff.function_name
  authorization_type = "NONE"
}

resource "aws_lambda_permission" "url" {
  count                  = var.endpoint == "function-url" ? 1 : 0
  statement_id           = "url"
  function_name          = aws_lambda_function.signoff.function_name
  action                 = "lambda:InvokeFunctionUrl"
  principal              = "*"
  function_url_auth_type = "NONE"
}

# Since October 2025 a URL needs both: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
resource "aws_lambda_permission" "url_invoke" {
  count                    = var.endpoint == "function-url" ? 1 : 0
  statement_id             = "url-invoke"
  function_name            = aws_lambda_function.signoff.function_name
  action                   = "lambda:InvokeFunction"
  principal                = "*"
  invoked_via_function_url = true
}

resource "aws_apigatewayv2_api" "slack" {
  count         = var.endpoint == "http-api" ? 1 : 0
  name          = var.name
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "slack" {
  count                  = var.endpoint == "http-api" ? 1 : 0
  api_id                 = aws_apigatewayv2_api.slack[0].id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.signoff.arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "slack" {
  count              = var.endpoint == "http-api" ? 1 : 0
  api_id             = aws_apigatewayv2_api.slack[0].id
  route_key          = "POST /slack"
  authorization_type = "NONE"
  target             = "integrations/${aws_apigatewayv2_integration.slack[0].id}"
}

resource "aws_apigatewayv2_stage" "slack" {
  count       = var.endpoint == "http-api" ? 1 : 0
  api_id      = aws_apigatewayv2_api.slack[0].id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_burst_limit = 50
    throttling_rate_limit  = 25
  }
}

resource "aws_lambda_permission" "api" {
  count         = var.endpoint == "http-api" ? 1 : 0
  statement_id  = "api"
  function_name = aws_lambda_function.signoff.function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.slack[0].execution_arn}/*/POST/slack"
}
