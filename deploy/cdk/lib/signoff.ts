// signoff with everything that it needs of an AWS account: the same parts as ../../template.yaml, where their reasons are.
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnApi, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import {
  AccountPrincipal, AccountRootPrincipal, Effect, PolicyStatement, ServicePrincipal, StarPrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, CfnPermission, CfnUrl, Code, Function as Lambda, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { functionRole } from './permissions';
import { namespaceOf, Watch } from './watch';

export interface SignoffProps {
  /** The path of the zip that `just package` makes. */
  readonly package: string;
  /** What it was built for. */
  readonly architecture?: Architecture;
  /** The pipelines that signoff may look at: `arn:aws:codepipeline:REGION:ACCOUNT:PIPELINE`. */
  readonly pipelineArns: string[];
  /** The approval actions that it may answer: `arn:aws:codepipeline:REGION:ACCOUNT:PIPELINE/STAGE/ACTION`. */
  readonly approvalActionArns: string[];
  /** The pipelines and stages that commands from Slack may act on; none when it is left out. */
  readonly commandArns?: string[];
  /** Where the secrets are. Parameter Store (`ssm`) when it is left out. */
  readonly secretStore?: 'ssm' | 'secretsmanager';
  readonly botTokenName?: string;
  readonly signingSecretName?: string;
  /** Also accepted, while the signing secret is rotated. */
  readonly previousSigningSecretName?: string;
  /** The customer managed key that the secrets are encrypted with. */
  readonly secretsKeyArn?: string;
  /** What Slack calls. A function URL when it is left out. */
  readonly endpoint?: 'function-url' | 'http-api';
  /** Other accounts whose pipelines publish approvals to the topic. */
  readonly publisherAccounts?: string[];
  readonly alarmEmail?: string;
  readonly memorySize?: number;
  /** Not less than 10: the queue alone takes up to 5. */
  readonly reservedConcurrency?: number;
  readonly logRetention?: RetentionDays;
  readonly logFilter?: string;
  /** Logs each payload without secrets and personal data, for `signoff record`. */
  readonly recordPayloads?: boolean;
  /** Whether the log has metrics; it has when this is left out. Without them the alarms on them are silent. */
  readonly metrics?: boolean;
  /** How long an approval may wait before an alarm goes off. A day when it is left out. */
  readonly openApproval?: Duration;
  /** How many days decisions are kept, or `forever`. 400 when it is left out. */
  readonly auditRetention?: string;
  /** The git revision of the rules in the package, which is kept with each decision. */
  readonly rulesRevision?: string;
}

export class Signoff extends Construct {
  readonly table: Table;
  readonly lambda: Lambda;
  /** The `NotificationArn` of approval actions: `topic.grantPublish(pipeline.role)`. */
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: SignoffProps) {
    super(scope, id);
    const stack = Stack.of(this);

    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expires_at',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.AWS_MANAGED,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: 'due',
      partitionKey: { name: 'due_shard', type: AttributeType.STRING },
      sortKey: { name: 'due_at', type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    });

    const logs = new LogGroup(this, 'Logs', {
      logGroupName: `/signoff/${stack.stackName}`,
      retention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const messages = new Queue(this, 'Messages', {
      encryption: QueueEncryption.SQS_MANAGED,
      visibilityTimeout: Duration.seconds(240),
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 30 },
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const secretStore = props.secretStore ?? 'ssm';
    const botToken = props.botTokenName ?? '/signoff/bot-token';
    const signingSecret = props.signingSecretName ?? '/signoff/signing-secret';
    const previous = props.previousSigningSecretName;
    const role = functionRole(this, 'FunctionRole', {
      approvalActionArns: props.approvalActionArns,
      pipelineArns: props.pipelineArns,
      commandArns: props.commandArns ?? [],
      tableArn: this.table.tableArn,
      queueArn: messages.queueArn,
      logGroupArn: logs.logGroupArn,
      secretStore,
      secretNames: [botToken, signingSecret, ...(previous ? [previous] : [])],
      ...(props.secretsKeyArn && { secretsKeyArn: props.secretsKeyArn }),
    });

    this.lambda = new Lambda(this, 'Function', {
      description: 'signoff - answers approvals from Slack and posts what pipelines do',
      code: Code.fromAsset(props.package),
      runtime: Runtime.PROVIDED_AL2023,
      handler: 'bootstrap',
      architecture: props.architecture ?? Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: Duration.seconds(180),
      // The role is complete: nothing that is wired up below adds to it.
      role: role.withoutPolicyUpdates(),
      ...(props.reservedConcurrency && { reservedConcurrentExecutions: props.reservedConcurrency }),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.TEXT,
      logGroup: logs,
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      environment: {
        SIGNOFF_TABLE: this.table.tableName,
        SIGNOFF_LOG: props.logFilter ?? 'info',
        SIGNOFF_METRICS: props.metrics === false ? 'off' : namespaceOf(this),
        SIGNOFF_RECORD: props.recordPayloads ? '1' : '0',
        SIGNOFF_AUDIT_RETENTION: props.auditRetention ?? '400',
        ...(props.rulesRevision && { SIGNOFF_RULES_REVISION: props.rulesRevision }),
        SLACK_BOT_TOKEN: `${secretStore}:${botToken}`,
        SLACK_SIGNING_SECRET: `${secretStore}:${signingSecret}`,
        ...(previous && { SLACK_SIGNING_SECRET_PREVIOUS: `${secretStore}:${previous}` }),
      },
    });
    this.lambda.addEventSource(new SqsEventSource(messages, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 5 }));

    this.topic = new Topic(this, 'Topic', { displayName: 'signoff' });
    this.topic.addSubscription(new SqsSubscription(messages, { rawMessageDelivery: false, deadLetterQueue: deadLetters }));
    const mayPublish = (sid: string, principals: IPrincipal[], conditions?: Record<string, unknown>, effect = Effect.ALLOW) =>
      this.topic.addToResourcePolicy(
        new PolicyStatement({
          sid, effect, principals, actions: ['sns:Publish'], resources: [this.topic.topicArn], ...(conditions && { conditions }),
        }),
      );
    mayPublish('ApprovalActions', [
      new AccountRootPrincipal(),
      ...(props.publisherAccounts ?? []).map((account) => new AccountPrincipal(account)),
    ]);
    mayPublish('NotificationRules', [new ServicePrincipal('codestar-notifications.amazonaws.com')], {
      StringEquals: { 'aws:SourceAccount': stack.account },
    });
    mayPublish('OnlyEncrypted', [new StarPrincipal()], { Bool: { 'aws:SecureTransport': 'false' } }, Effect.DENY);

    new Rule(this, 'StateChanges', {
      description: 'What pipelines, stages and actions do, for signoff',
      eventPattern: {
        source: ['aws.codepipeline'],
        detailType: [
          'CodePipeline Pipeline Execution State Change',
          'CodePipeline Stage Execution State Change',
          'CodePipeline Action Execution State Change',
        ],
      },
      targets: [new SqsQueue(messages, { deadLetterQueue: deadLetters, retryAttempts: 185, maxEventAge: Duration.hours(24) })],
    });

    new Schedule(this, 'Tick', {
      description: 'Has signoff look at what is due',
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      target: new LambdaInvoke(this.lambda, {
        input: ScheduleTargetInput.fromObject({ source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: {} }),
        retryAttempts: 0,
        maxEventAge: Duration.seconds(60),
      }),
    });

    const watch = new Watch(this, 'Watch', {
      lambda: this.lambda, logs, messages, deadLetters, openApproval: props.openApproval ?? Duration.days(1),
      ...(props.alarmEmail && { alarmEmail: props.alarmEmail }),
    });

    const output = (name: string, value: string) => new CfnOutput(this, name, { value }).overrideLogicalId(name);
    output('RequestUrl', props.endpoint === 'http-api' ? this.httpApi() : this.functionUrl());
    output('TopicArn', this.topic.topicArn);
    output('FunctionName', this.lambda.functionName);
    output('TableName', this.table.tableName);
    output('LogGroup', logs.logGroupName);
    output('DeadLetterQueueUrl', deadLetters.queueUrl);
    output('AlarmTopicArn', watch.alarms.topicArn);
  }

  private functionUrl(): string {
    const url = new CfnUrl(this, 'Url', { targetFunctionArn: this.lambda.functionArn, authType: 'NONE' });
    const permission = { functionName: this.lambda.functionArn, principal: '*' };
    new CfnPermission(this, 'UrlPermission', { ...permission, action: 'lambda:InvokeFunctionUrl', functionUrlAuthType: 'NONE' });
    // Since October 2025 a URL needs both: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    new CfnPermission(this, 'UrlInvokePermission', { ...permission, action: 'lambda:InvokeFunction', invokedViaFunctionUrl: true });
    return url.attrFunctionUrl;
  }

  private httpApi(): string {
    const stack = Stack.of(this);
    const api = new CfnApi(this, 'Api', { name: stack.stackName, protocolType: 'HTTP' });
    const integration = new CfnIntegration(this, 'ApiIntegration', {
      apiId: api.ref,
      integrationType: 'AWS_PROXY',
      integrationUri: this.lambda.functionArn,
      payloadFormatVersion: '2.0',
    });
    new CfnRoute(this, 'ApiRoute', {
      apiId: api.ref, routeKey: 'POST /slack', authorizationType: 'NONE', target: `integrations/${integration.ref}`,
    });
    new CfnStage(this, 'ApiStage', {
      apiId: api.ref, stageName: '$default', autoDeploy: true,
      defaultRouteSettings: { throttlingBurstLimit: 50, throttlingRateLimit: 25 },
    });
    new CfnPermission(this, 'ApiPermission', {
      functionName: this.lambda.functionArn,
      action: 'lambda:InvokeFunction',
      principal: 'apigateway.amazonaws.com',
      sourceArn: stack.formatArn({ service: 'execute-api', resource: api.ref, resourceName: '*/POST/slack' }),
    });
    return api.attrApiEndpoint + '/slack';
  }
}
