// The alarms and the dashboard. docs/operations.md says what each alarm means, and what each of signoff's own metrics does.
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm, ComparisonOperator, Dashboard, GraphWidget, LogQueryVisualizationType, LogQueryWidget, Metric, TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
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
  /** How long an approval may wait before an alarm goes off. */
  readonly openApproval: Duration;
}

/** The namespace of a stack's metrics. */
export const namespaceOf = (scope: Construct) => `signoff/${Stack.of(scope).stackName}`;

export class Watch extends Construct {
  readonly alarms: Topic;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const namespace = namespaceOf(this);
    const minute = Duration.minutes(1);
    const counted = (metricName: string, period = Duration.minutes(5)) =>
      new Metric({ namespace, metricName, statistic: 'Sum', period });
    // Each approval that waits is measured once an hour at least.
    const openApproval = new Metric({ namespace, metricName: 'OpenApprovalAge', statistic: 'Maximum', period: Duration.hours(1) });

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
    alarm('OpenApprovalAlarm', 'An approval has waited too long. docs/operations.md, "An approval waits".', openApproval, props.openApproval.toSeconds());
    alarm('DecidedElsewhereAlarm', 'An approval was answered past the rules, in the console or by the command line. docs/operations.md, "Decided elsewhere".', counted('DecidedElsewhere'));
    alarm('ThrottlesAlarm', 'Lambda turned invocations away, and clicks may have been among them. docs/operations.md, "Throttles".', throttles);

    const half = { width: 12, height: 6 };
    new Dashboard(this, 'Dashboard', { dashboardName: Stack.of(this).stackName }).addWidgets(
      new GraphWidget({
        ...half, title: 'Decisions', stacked: true,
        left: ['Approved', 'Rejected', 'Expired', 'DecidedElsewhere', 'Closed'].map((name) => counted(name, Duration.hours(1))),
      }),
      new GraphWidget({
        ...half, title: 'What went wrong',
        left: [
          ...['FailedClicks', 'FailedMessages', 'NeverTriedAgain', 'RefusedRequests', 'RefusedClicks', 'DeadButtons', 'SlackRateLimited']
            .map((name) => counted(name)),
          errors, throttles,
        ],
      }),
      new GraphWidget({
        ...half, title: 'Waiting', left: [openApproval, oldest],
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
