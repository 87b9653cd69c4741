locals {
  namespace = "signoff/${var.name}"

  function_dimensions = { FunctionName = aws_lambda_function.signoff.function_name }

  # An alarm goes off when `datapoints` of `periods` periods of `seconds` are over `threshold`.
  alarms = {
    dead-letters = {
      description = "Something was not delivered in two hours and is kept in the dead-letter queue. docs/operations.md, \"Dead letters\"."
      namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
      dimensions  = { QueueName = aws_sqs_queue.dead_letters.name }
      seconds     = 60, periods = 1, datapoints = 1, threshold = 0
    }
    waiting = {
      description = "A message has waited for 15 minutes, so an approval may not be in Slack. docs/operations.md, \"Messages wait\"."
      namespace   = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum"
      dimensions  = { QueueName = aws_sqs_queue.messages.name }
      seconds     = 60, periods = 1, datapoints = 1, threshold = 900
    }
    errors = {
      description = "Invocations failed in three of five minutes, or the function does not start. docs/operations.md, \"Invocations fail\"."
      namespace   = "AWS/Lambda", metric = "Errors", statistic = "Sum"
      dimensions  = local.function_dimensions
      seconds     = 60, periods = 5, datapoints = 3, threshold = 0
    }
    failed-clicks = {
      description = "Somebody pressed a button and it came to nothing. docs/operations.md, \"Clicks fail\"."
      namespace   = local.namespace, metric = "FailedClicks", statistic = "Sum"
      dimensions  = {}
      seconds     = 300, periods = 1, datapoints = 1, threshold = 0
    }
    never-tried-again = {
      description = "A message came that signoff can't read and will not try again. docs/operations.md, \"Messages are refused\"."
      namespace   = local.namespace, metric = "NeverTriedAgain", statistic = "Sum"
      dimensions  = {}
      seconds     = 300, periods = 1, datapoints = 1, threshold = 0
    }
    refused-requests = {
      description = "Ten requests in five minutes were not signed by Slack. docs/operations.md, \"Signatures are refused\"."
      namespace   = local.namespace, metric = "RefusedRequests", statistic = "Sum"
      dimensions  = {}
      seconds     = 300, periods = 1, datapoints = 1, threshold = 9
    }
    open-approval = {
      description = "An approval has waited too long. docs/operations.md, \"An approval waits\"."
      namespace   = local.namespace, metric = "OpenApprovalAge", statistic = "Maximum"
      dimensions  = {}
      # Each approval that waits is measured once an hour at least.
      seconds = 3600, periods = 1, datapoints = 1, threshold = var.open_approval_seconds
    }
    decided-elsewhere = {
      description = "An approval was answered past the rules, in the console or by the command line. docs/operations.md, \"Decided elsewhere\"."
      namespace   = local.namespace, metric = "DecidedElsewhere", statistic = "Sum"
      dimensions  = {}
      seconds     = 300, periods = 1, datapoints = 1, threshold = 0
    }
    throttles = {
      description = "Lambda turned invocations away, and clicks may have been among them. docs/operations.md, \"Throttles\"."
      namespace   = "AWS/Lambda", metric = "Throttles", statistic = "Sum"
      dimensions  = local.function_dimensions
      seconds     = 60, periods = 1, datapoints = 1, threshold = 0
    }
  }

  went_wrong = [
    "FailedClicks", "FailedMessages", "NeverTriedAgain", "RefusedRequests", "RefusedClicks", "DeadButtons", "SlackRateLimited",
  ]

  widget = { type = "metric", width = 12, height = 6 }
}

resource "aws_sns_topic" "alarms" {
  name         = "${var.name}-alarms"
  display_name = "signoff alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  count     = var.alarm_email == "" ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  period              = each.value.seconds
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.datapoints
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_dashboard" "signoff" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      merge(local.widget, {
        x = 0, y = 0
        properties = {
          title   = "Decisions", region = local.region, stat = "Sum", period = 3600, view = "timeSeries", stacked = true
          metrics = [for name in ["Approved", "Rejected", "Expired", "DecidedElsewhere", "Closed"] : [local.namespace, name]]
        }
      }),
      merge(local.widget, {
        x = 12, y = 0
        properties = {
          title = "What went wrong", region = local.region, stat = "Sum", period = 300, view = "timeSeries"
          metrics = concat(
            [for name in local.went_wrong : [local.namespace, name]],
            [for name in ["Errors", "Throttles"] : ["AWS/Lambda", name, "FunctionName", aws_lambda_function.signoff.function_name]],
          )
        }
      }),
      merge(local.widget, {
        x = 0, y = 6
        properties = {
          title = "Waiting", region = local.region, stat = "Maximum", period = 60, view = "timeSeries"
          metrics = [
            [local.namespace, "OpenApprovalAge", { period = 3600 }],
            ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", aws_sqs_queue.messages.name],
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.messages.name, { yAxis = "right" }],
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.dead_letters.name, { yAxis = "right" }],
          ]
        }
      }),
      merge(local.widget, {
        x = 12, y = 6
        properties = {
          title = "How long invocations take (ms)", region = local.region, period = 300, view = "timeSeries"
          metrics = [
            ["AWS/Lambda", "Duration", "FunctionName", aws_lambda_function.signoff.function_name, { stat = "p50" }],
            ["AWS/Lambda", "Duration", "FunctionName", aws_lambda_function.signoff.function_name, { stat = "p99" }],
            ["AWS/Lambda", "Invocations", "FunctionName", aws_lambda_function.signoff.function_name, { stat = "Sum", yAxis = "right" }],
          ]
        }
      }),
      {
        type = "log", x = 0, y = 12, width = 24, height = 6
        properties = {
          title = "The last lines that ask for somebody", region = local.region, view = "table"
          query = "SOURCE '${aws_cloudwatch_log_group.logs.name}' | fields @timestamp, level, message, outcome, why, failure, error | filter level in ['ERROR', 'WARN'] | sort @timestamp desc | limit 50"
        }
      },
    ]
  })
}
