variable "name" {
  type        = string
  default     = "signoff"
  description = "The name that everything begins with."
}

variable "package" {
  type        = string
  description = "The path of the zip that `just package` makes."
}

variable "architecture" {
  type        = string
  default     = "arm64"
  description = "What the zip was built for."
  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "secret_store" {
  type        = string
  default     = "ssm"
  description = "Where the secrets are: ssm (SecureString parameters of Parameter Store) or secretsmanager."
  validation {
    condition     = contains(["ssm", "secretsmanager"], var.secret_store)
    error_message = "The store of the secrets is ssm or secretsmanager."
  }
}

variable "bot_token_name" {
  type        = string
  default     = "/signoff/bot-token"
  description = "The name of the bot token (xoxb-...). Parameters of Parameter Store begin with a slash, and may end in a version (NAME:3); secrets of Secrets Manager may end in a key (NAME#KEY)."
}

variable "signing_secret_name" {
  type        = string
  default     = "/signoff/signing-secret"
  description = "The name of the Slack app's signing secret."
}

variable "previous_signing_secret_name" {
  type        = string
  default     = ""
  description = "The name of the signing secret that is also accepted while it is rotated; else empty."
}

variable "secrets_key_arn" {
  type        = string
  default     = ""
  description = "The customer managed KMS key that the secrets are encrypted with; empty for AWS's own key."
}

variable "endpoint" {
  type        = string
  default     = "function-url"
  description = "What Slack calls: function-url, or http-api, which has throttling of its own and may have a domain of yours."
  validation {
    condition     = contains(["function-url", "http-api"], var.endpoint)
    error_message = "The endpoint is function-url or http-api."
  }
}

variable "pipeline_arns" {
  type        = list(string)
  description = "The pipelines that signoff may look at, arn:aws:codepipeline:REGION:ACCOUNT:PIPELINE."
}

variable "approval_action_arns" {
  type        = list(string)
  description = "The approval actions that signoff may answer, arn:aws:codepipeline:REGION:ACCOUNT:PIPELINE/STAGE/ACTION."
}

variable "command_arns" {
  type        = list(string)
  default     = []
  description = "The pipelines and stages that may be acted on by commands from Slack, PIPELINE and PIPELINE/STAGE as ARNs."
}

variable "publisher_accounts" {
  type        = list(string)
  default     = []
  description = "Other accounts whose pipelines publish approvals to the topic."
}

variable "alarm_email" {
  type        = string
  default     = ""
  description = "Who is written to when an alarm goes off; else empty, and you subscribe to the topic of the alarms yourself."
}

variable "memory_size" {
  type        = number
  default     = 512
  description = "MB. Its share of a processor goes with it."
}

variable "reserved_concurrency" {
  type        = number
  default     = -1
  description = "How many invocations may run at once, which is the most that strangers who call the URL can cost; -1 for no limit but the account's. Not less than 10: the queue alone takes up to 5."
}

variable "log_retention_days" {
  type        = number
  default     = 90
  description = "How long logs are kept."
}

variable "log_filter" {
  type        = string
  default     = "info"
  description = "SIGNOFF_LOG."
}

variable "record_payloads" {
  type        = bool
  default     = false
  description = "SIGNOFF_RECORD: whether each payload is logged without secrets and personal data, for `signoff record`."
}

variable "metrics" {
  type        = bool
  default     = true
  description = "SIGNOFF_METRICS: whether the log has metrics, in the namespace signoff/NAME. Without them the alarms on them are silent."
}

variable "open_approval_seconds" {
  type        = number
  default     = 86400
  description = "How long an approval may wait before an alarm goes off, in seconds."
}

variable "audit_retention" {
  type        = string
  default     = "400"
  description = "SIGNOFF_AUDIT_RETENTION: how many days decisions are kept, or forever."
  validation {
    condition     = can(regex("^(forever|[1-9][0-9]{0,4})$", var.audit_retention))
    error_message = "The retention is a number of days, or forever."
  }
}

variable "rules_revision" {
  type        = string
  default     = ""
  description = "SIGNOFF_RULES_REVISION: the git revision of the rules in the package, which is kept with each decision."
}
