resource "aws_scheduler_schedule" "tick" {
  name                = "${var.name}-tick"
  description         = "Has signoff look at what is due"
  schedule_expression = "rate(1 minute)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.signoff.arn
    role_arn = aws_iam_role.tick.arn
    input    = jsonencode({ source = "aws.scheduler", detail-type = "Scheduled Event", detail = {} })

    # The next tick sees to what this one would have.
    retry_policy {
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 60
    }
  }
}

data "aws_iam_policy_document" "scheduler_assumes" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "tick" {
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.signoff.arn]
  }
}

resource "aws_iam_role" "tick" {
  name               = "${var.name}-tick"
  assume_role_policy = data.aws_iam_policy_document.scheduler_assumes.json
}

resource "aws_iam_role_policy" "tick" {
  name   = "invoke"
  role   = aws_iam_role.tick.id
  policy = data.aws_iam_policy_document.tick.json
}
