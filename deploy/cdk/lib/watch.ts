// What matters, counted from the log, with its alarms and dashboard. docs/operations.md says what each alarm means.
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm, ComparisonOperator, Dashboard, GraphWidget, LogQueryVisualizationType, LogQueryWidget, Metric, TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface WatchProps {
  readonly lambda: Lambda;
  readonly logs: LogGroup;
  readonly messages: Queue;
  readonly deadLetters: Queue;
  readonly alarmEmail?: string;
}

// A test holds that the code writes what these look for.
const COUNTED = {
  RefusedRequests: `{ $.message = "a request that is not Slack's" }`,
  FailedClicks: '{ ($.message = "click*" && $.outcome = "failed") || $.outcome = "CodePipeline did not take the answer" }',
  FailedMessages: '{ $.message = "must be delivered again" }',
  NeverTriedAgain: '{ $.message = "will not be tried again" }',
  Approved: '{ $.message = "click*" && $.outcome = "approved" }',
  Rejected: '{ $.message = "click*" && $.outcome = "rejected" }',
} as const;

type Counted = keyof typeof COUNTED;

export class Watch extends Construct {
  readonly alarms: Topic;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const namespace = `signoff/${Stack.of(this).stackName}`;
    const minute = Duration.minutes(1);
    for (const [name, pattern] of Object.entries(COUNTED)) {
      props.logs.addMetricFilter(name, {
        filterPattern: FilterPattern.literal(pattern),
        metricNamespace: namespace,
        metricName: name,
        metricValue: '1',
        defaultValue: 0,
      });
    }
    const counted = (metricName: Counted, period = Duration.minutes(5)) =>
      new Metric({ namespace, metricName, statistic: 'Sum', period });

    this.alarms = new Topic(this, 'Alarms', { displayName: 'signoff alarms' });
    if (props.alarmEmail) this.alarms.addSubscription(new EmailSubscription(props.alarmEmail));

    const alarm = (name: string, alarmDescription: string, metric: Metric, threshold = 0, of = { all: 1, over: 1 }) => {
      const it = new Alarm(this, name, {
        alarmDescription,
        metric,
        threshold,
        evaluationPeriods: of.all,
        datapointsToAlarm: of.over,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      it.addAlarmAction(new SnsAction(this.alarms));
      it.addOkAction(new SnsAction(this.alarms));
    };
    const dead = props.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: minute });
    const oldest = props.messages.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: minute });
    const errors = props.lambda.metricErrors({ statistic: 'Sum', period: minute });
    const throttles = props.lambda.metricThrottles({ statistic: 'Sum', period: minute });
    alarm('DeadLettersAlarm', 'Something was not delivered in two hours and is kept in the dead-letter queue. docs/operations.md, "Dead letters".', dead);
    alarm('WaitingAlarm', 'A message has waited for 15 minutes, so an approval may not be in Slack. docs/operations.md, "Messages wait".', oldest, 900);
    alarm('ErrorsAlarm', 'Invocations failed in three of five minutes, or the function does not start. docs/operations.md, "Invocations fail".', errors, 0, { all: 5, over: 3 });
    alarm('FailedClicksAlarm', 'Somebody pressed a button and it came to nothing. docs/operations.md, "Clicks fail".', counted('FailedClicks'));
    alarm('NeverTriedAgainAlarm', "A message came that signoff can't read and will not try again. docs/operations.md, \"Messages are refused\".", counted('NeverTriedAgain'));
    alarm('RefusedRequestsAlarm', 'Ten requests in five minutes were not signed by Slack. docs/operations.md, "Signatures are refused".', counted('RefusedRequests'), 9);
    alarm('ThrottlesAlarm', 'Lambda turned invocations away, and clicks may have been among them. docs/operations.md, "Throttles".', throttles);

    const half = { width: 12, height: 6 };
    new Dashboard(this, 'Dashboard', { dashboardName: Stack.of(this).stackName }).addWidgets(
      new GraphWidget({
        ...half, title: 'Decisions', stacked: true,
        left: [counted('Approved', Duration.hours(1)), counted('Rejected', Duration.hours(1))],
      }),
      new GraphWidget({
        ...half, title: 'What went wrong',
        left: [
          counted('FailedClicks'), counted('FailedMessages'), counted('NeverTriedAgain'), counted('RefusedRequests'), errors, throttles,
        ],
      }),
      new GraphWidget({
        ...half, title: 'Waiting', left: [oldest],
        right: [props.messages.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: minute }), dead],
      }),
      new GraphWidget({
        ...half, title: 'How long invocations take (ms)',
        left: [props.lambda.metricDuration({ statistic: 'p50' }), props.lambda.metricDuration({ statistic: 'p99' })],
        right: [props.lambda.metricInvocations({ statistic: 'Sum' })],
      }),
      new LogQueryWidget({
        width: 24, height: 6, title: 'The last lines that ask for somebody', view: LogQueryVisualizationType.TABLE,
        logGroupNames: [props.logs.logGroupName],
        queryLines: [
          'fields @timestamp, level, message, outcome, why, failure, error',
          "filter level in ['ERROR', 'WARN']",
          'sort @timestamp desc',
          'limit 50',
        ],
      }),
    );
  }
}
