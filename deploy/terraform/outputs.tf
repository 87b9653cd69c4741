output "request_url" {
  description = "The Slack app's interactivity request URL."
  value       = var.endpoint == "function-url" ? aws_lambda_function_url.slack[0].function_url : "${aws_apigatewayv2_api.slack[0].api_endpoint}/slack"
}

output "topic_arn" {
  description = "The NotificationArn of your approval actions, and the target of notification rules."
  value       = aws_sns_topic.approvals.arn
}

output "function_name" {
  value = aws_lambda_function.signoff.function_name
}

output "role_arn" {
  description = "The function's role, which roles of other accounts trust."
  value       = aws_iam_role.function.arn
}

output "queue_arn" {
  description = "The queue that topics of other accounts send to."
  value       = aws_sqs_queue.messages.arn
}

output "table_name" {
  value = aws_dynamodb_table.records.name
}

output "log_group" {
  value = aws_cloudwatch_log_group.logs.name
}

output "dead_letter_queue_url" {
  value = aws_sqs_queue.dead_letters.id
}

output "alarm_topic_arn" {
  value = aws_sns_topic.alarms.arn
}
