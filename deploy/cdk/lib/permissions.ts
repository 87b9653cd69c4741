// What the function may do, statement by statement as in ../../template.yaml.
import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

export interface Permissions {
  readonly approvalActionArns: string[];
  readonly pipelineArns: string[];
  readonly commandArns: string[];
  readonly accountRoleArns: string[];
  readonly tableArn: string;
  readonly queueArn: string;
  readonly logGroupArn: string;
  readonly secretStore: 'ssm' | 'secretsmanager';
  readonly secretNames: string[];
  readonly secretsKeyArn?: string;
}

export function functionRole(scope: Construct, id: string, may: Permissions): Role {
  const stack = Stack.of(scope);
  const allow = (sid: string, actions: string[], resources: string[], conditions?: Record<string, unknown>) =>
    new PolicyStatement({ sid, actions, resources, ...(conditions && { conditions }) });

  const statements = [
    allow('AnswerApprovals', ['codepipeline:PutApprovalResult'], may.approvalActionArns),
    allow(
      'LookAtPipelines',
      [
        'codepipeline:GetPipelineState',
        'codepipeline:GetPipelineExecution',
        'codepipeline:ListActionExecutions',
        'codepipeline:ListPipelineExecutions',
      ],
      may.pipelineArns,
    ),
    allow('KeepRecords', ['dynamodb:GetItem', 'dynamodb:PutItem'], [may.tableArn]),
    allow('FindWhatIsDue', ['dynamodb:Query'], [`${may.tableArn}/index/due`]),
    allow('TakeMessages', ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [may.queueArn]),
    allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], [may.logGroupArn]),
    // X-Ray knows no resources for these two: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    allow('WriteTraces', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*']),
  ];
  if (may.secretStore === 'ssm') {
    const arn = (name: string) => `arn:${stack.partition}:ssm:${stack.region}:${stack.account}:parameter${name.split(':')[0]}`;
    statements.push(allow('ReadParameters', ['ssm:GetParameter'], may.secretNames.map(arn)));
  } else {
    // Six characters that Secrets Manager adds end each secret's ARN.
    const arn = (name: string) => `arn:${stack.partition}:secretsmanager:${stack.region}:${stack.account}:secret:${name.split('#')[0]}-??????`;
    statements.push(allow('ReadSecrets', ['secretsmanager:GetSecretValue'], may.secretNames.map(arn)));
  }
  if (may.secretsKeyArn) {
    const through = { StringEquals: { 'kms:ViaService': `${may.secretStore}.${stack.region}.${stack.urlSuffix}` } };
    statements.push(allow('DecryptSecrets', ['kms:Decrypt'], [may.secretsKeyArn], through));
  }
  if (may.commandArns.length > 0) {
    statements.push(
      allow(
        'ActOnPipelines',
        [
          'codepipeline:StartPipelineExecution',
          'codepipeline:StopPipelineExecution',
          'codepipeline:RetryStageExecution',
          'codepipeline:RollbackStage',
          'codepipeline:EnableStageTransition',
          'codepipeline:DisableStageTransition',
        ],
        may.commandArns,
      ),
      // The list is of all pipelines of an account and region, so its resource can only be all of them.
      allow('ListPipelines', ['codepipeline:ListPipelines'], [`arn:${stack.partition}:codepipeline:*:${stack.account}:*`]),
    );
  }
  if (may.accountRoleArns.length > 0) {
    statements.push(allow('AssumeRoles', ['sts:AssumeRole'], may.accountRoleArns));
  }
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { signoff: new PolicyDocument({ statements, minimize: false }) },
  });
}
