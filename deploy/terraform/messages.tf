# Not encrypted by SNS: AWS's own key does not let CodePipeline's notification rules publish. The queue, where messages wait, is
# encrypted, and TLS is demanded below.
resource "aws_sns_topic" "approvals" {
  name         = var.name
  display_name = "signoff"
}

resource "aws_sns_topic_policy" "approvals" {
  arn    = aws_sns_topic.approvals.arn
  policy = data.aws_iam_policy_document.topic.json
}

data "aws_iam_policy_document" "topic" {
  # An approval action publishes as its pipeline's service role, which needs sns:Publish on the topic. Roles of this account need
  # nothing more than that; accounts named by variable are let in here.
  statement {
    sid       = "ApprovalActions"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.approvals.arn]
    principals {
      type        = "AWS"
      identifiers = concat(["arn:${local.partition}:iam::${local.account}:root"], var.publisher_accounts)
    }
  }

  statement {
    sid       = "NotificationRules"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.approvals.arn]
    principals {
      type        = "Service"
      identifiers = ["codestar-notifications.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }

  statement {
    sid       = "OnlyEncrypted"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.approvals.arn]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

# Into the queue, not the topic: a topic's policy can't say which rule may publish
# (https://repost.aws/knowledge-center/sns-not-getting-eventbridge-notification), so that any account's could.
resource "aws_cloudwatch_event_rule" "state_changes" {
  name        = "${var.name}-state-changes"
  description = "What pipelines, stages and actions do, for signoff"
  event_pattern = jsonencode({
    source = ["aws.codepipeline"]
    detail-type = [
      "CodePipeline Pipeline Execution State Change",
      "CodePipeline Stage Execution State Change",
      "CodePipeline Action Execution State Change",
    ]
  })
}

resource "aws_cloudwatch_event_target" "state_changes" {
  rule = aws_cloudwatch_event_rule.state_changes.name
  arn  = aws_sqs_queue.messages.arn

  retry_policy {
    maximum_retry_attempts       = 185
    maximum_event_age_in_seconds = 86400
  }

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }
}

resource "aws_sns_topic_subscription" "messages" {
  topic_arn = aws_sns_topic.approvals.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.messages.arn
  # Not raw: the envelope has the topic's ARN, from which the account of an approval is known.
  raw_message_delivery = false
  redrive_policy       = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters.arn })
}

resource "aws_sqs_queue" "messages" {
  name                    = "${var.name}-messages"
  sqs_managed_sse_enabled = true
  # Longer than an invocation may take; a record that failed comes again after it. AWS advises six times the time-out, for
  # functions that are throttled at length; here somebody waits for the message, and a second delivery does no harm.
  visibility_timeout_seconds = 240
  message_retention_seconds  = 1209600
  # Thirty deliveries, four minutes apart: two hours.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 30
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

locals {
  queues = { messages = aws_sqs_queue.messages, dead_letters = aws_sqs_queue.dead_letters }

  # Who sends to the queues, and for what of ours.
  senders = {
    FromTheTopic = { service = "sns.amazonaws.com", source = aws_sns_topic.approvals.arn }
    FromTheRule  = { service = "events.amazonaws.com", source = aws_cloudwatch_event_rule.state_changes.arn }
  }
}

data "aws_iam_policy_document" "queue" {
  for_each = local.queues

  dynamic "statement" {
    for_each = local.senders
    content {
      sid       = statement.key
      actions   = ["sqs:SendMessage"]
      resources = [each.value.arn]
      principals {
        type        = "Service"
        identifiers = [statement.value.service]
      }
      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [statement.value.source]
      }
    }
  }
}

resource "aws_sqs_queue_policy" "queue" {
  for_each  = local.queues
  queue_url = each.value.id
  policy    = data.aws_iam_policy_document.queue[each.key].json
}
