// An app with one signoff: change the ARNs, then `npx cdk deploy`.
import { App, Stack } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Signoff } from '../lib/signoff';

const app = new App();
const stack = new Stack(app, 'signoff', { description: "AWS CodePipeline's approvals and progress in Slack" });

new Signoff(stack, 'Signoff', {
  // What `just package` makes.
  package: process.env.SIGNOFF_PACKAGE ?? '../../target/package/signoff-arm64.zip',
  architecture: Architecture.ARM_64,
  pipelineArns: [stack.formatArn({ service: 'codepipeline', resource: 'payments-*' })],
  approvalActionArns: [stack.formatArn({ service: 'codepipeline', resource: 'payments-*', resourceName: 'Production/*' })],
});
