locals {
  rotating      = var.previous_signing_secret_name != ""
  secrets       = concat([var.bot_token_name, var.signing_secret_name], local.rotating ? [var.previous_signing_secret_name] : [])
  parameter_arn = "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter"
  secret_arn    = "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret"
}

data "aws_iam_policy_document" "lambda_assumes" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.lambda_assumes.json
}

resource "aws_iam_role_policy" "function" {
  name   = "signoff"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "AnswerApprovals"
    actions   = ["codepipeline:PutApprovalResult"]
    resources = var.approval_action_arns
  }

  statement {
    sid = "LookAtPipelines"
    actions = [
      "codepipeline:GetPipelineState",
      "codepipeline:GetPipelineExecution",
      "codepipeline:ListActionExecutions",
      "codepipeline:ListPipelineExecutions",
    ]
    resources = var.pipeline_arns
  }

  statement {
    sid       = "KeepRecords"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = [aws_dynamodb_table.records.arn]
  }

  statement {
    sid       = "FindWhatIsDue"
    actions   = ["dynamodb:Query"]
    resources = ["${aws_dynamodb_table.records.arn}/index/due"]
  }

  statement {
    sid       = "TakeMessages"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.messages.arn]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.logs.arn}:*"]
  }

  statement {
    sid     = "WriteTraces"
    actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    # X-Ray knows no resources for these two: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = var.secret_store == "ssm" ? [1] : []
    content {
      sid       = "ReadParameters"
      actions   = ["ssm:GetParameter"]
      resources = [for name in local.secrets : "${local.parameter_arn}${split(":", name)[0]}"]
    }
  }

  dynamic "statement" {
    for_each = var.secret_store == "secretsmanager" ? [1] : []
    content {
      sid     = "ReadSecrets"
      actions = ["secretsmanager:GetSecretValue"]
      # Six characters that Secrets Manager adds end each secret's ARN.
      resources = [for name in local.secrets : "${local.secret_arn}:${split("#", name)[0]}-??????"]
    }
  }

  dynamic "statement" {
    for_each = var.secrets_key_arn == "" ? [] : [1]
    content {
      sid       = "DecryptSecrets"
      actions   = ["kms:Decrypt"]
      resources = [var.secrets_key_arn]
      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["${var.secret_store}.${local.region}.${data.aws_partition.this.dns_suffix}"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.command_arns) == 0 ? [] : [1]
    content {
      sid = "ActOnPipelines"
      actions = [
        "codepipeline:StartPipelineExecution",
        "codepipeline:StopPipelineExecution",
        "codepipeline:RetryStageExecution",
        "codepipeline:RollbackStage",
        "codepipeline:EnableStageTransition",
        "codepipeline:DisableStageTransition",
      ]
      resources = var.command_arns
    }
  }

  dynamic "statement" {
    for_each = length(var.command_arns) == 0 ? [] : [1]
    content {
      sid     = "ListPipelines"
      actions = ["codepipeline:ListPipelines"]
      # The list is of all pipelines of an account and region, so its resource can only be all of them.
      resources = ["arn:${local.partition}:codepipeline:*:${local.account}:*"]
    }
  }

  dynamic "statement" {
    for_each = length(var.account_role_arns) == 0 ? [] : [1]
    content {
      sid       = "AssumeRoles"
      actions   = ["sts:AssumeRole"]
      resources = var.account_role_arns
    }
  }
}
