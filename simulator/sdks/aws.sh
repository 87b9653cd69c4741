# The AWS command line against the simulated AWS. Its first argument writes to `signoff serve`.
set -euo pipefail
aws() { command aws --output text "$@"; }
is() { [ "$1" = "$2" ] || { echo "expected: $2"; echo "got:      $1"; exit 1; }; }
refused() { local error=$1; shift; said=$(aws "$@" 2>&1) && { echo "$error was expected"; exit 1; }; grep -q "$error" <<<"$said" || { echo "$said"; exit 1; }; }

pipeline=payments-api
is "$(aws codepipeline list-pipelines --query 'pipelines[].name')" "$(printf 'ledger\tpayments-api\tpayments-web')"
is "$(aws codepipeline get-pipeline --name $pipeline --query 'pipeline.stages[].name')" "$(printf 'Source\tBuild\tProduction')"
execution=$(aws codepipeline list-pipeline-executions --pipeline-name $pipeline --query 'pipelineExecutionSummaries[0].pipelineExecutionId')
is "$(aws codepipeline get-pipeline-execution --pipeline-name $pipeline --pipeline-execution-id "$execution" --query pipelineExecution.status)" InProgress
is "$(aws codepipeline list-action-executions --pipeline-name $pipeline --query 'actionExecutionDetails[0].[actionName,status]')" "$(printf 'ApproveRelease\tInProgress')"
token=$(aws codepipeline get-pipeline-state --name $pipeline --query 'stageStates[2].actionStates[0].latestExecution.token')
approve() { echo put-approval-result --pipeline-name "$1" --stage-name Production --action-name ApproveRelease --token "$2" --result status=Approved,summary=ok; }
refused PipelineNotFoundException codepipeline get-pipeline --name no-such
refused InvalidApprovalTokenException codepipeline $(approve $pipeline 00000000-0000-4000-8000-000000000000)
aws codepipeline $(approve $pipeline "$token") >/dev/null
refused ApprovalAlreadyCompletedException codepipeline $(approve $pipeline "$token")
is "$(aws codepipeline get-pipeline-execution --pipeline-name $pipeline --pipeline-execution-id "$execution" --query pipelineExecution.status)" Succeeded
again=$(aws codepipeline start-pipeline-execution --name $pipeline --query pipelineExecutionId)
aws codepipeline disable-stage-transition --pipeline-name $pipeline --stage-name Production --transition-type Inbound --reason 'not today'
is "$(aws codepipeline get-pipeline-state --name $pipeline --query 'stageStates[2].inboundTransitionState.disabledReason')" 'not today'
aws codepipeline enable-stage-transition --pipeline-name $pipeline --stage-name Production --transition-type Inbound
aws codepipeline stop-pipeline-execution --pipeline-name $pipeline --pipeline-execution-id "$again" --abandon >/dev/null
is "$(aws codepipeline list-pipeline-executions --pipeline-name $pipeline --query 'pipelineExecutionSummaries[0].status')" Stopped
refused StageNotRetryableException codepipeline retry-stage-execution --pipeline-name $pipeline --stage-name Build --pipeline-execution-id "$again" --retry-mode FAILED_ACTIONS
rolled=$(aws codepipeline rollback-stage --pipeline-name $pipeline --stage-name Production --target-pipeline-execution-id "$execution" --query pipelineExecutionId)
is "$(aws codepipeline list-pipeline-executions --pipeline-name $pipeline --query 'pipelineExecutionSummaries[0].pipelineExecutionId')" "$rolled"
aws dynamodb put-item --table-name signoff --item '{"pk":{"S":"mine"}}'
is "$(aws dynamodb get-item --table-name signoff --key '{"pk":{"S":"mine"}}' --query Item.pk.S)" mine
echo 'the AWS command line: all as at AWS'
