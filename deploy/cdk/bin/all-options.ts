// Every option once, for `deploy/validate`: what no stack uses is never synthesised, and so never checked.
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Signoff } from '../lib/signoff';

const app = new App();
const pipeline = 'arn:aws:codepipeline:eu-west-1:111122223333:payments-api';
const common = {
  package: process.env.SIGNOFF_PACKAGE ?? '../../target/package/signoff-arm64.zip',
  pipelineArns: [pipeline],
  approvalActionArns: [`${pipeline}/Production/ApproveRelease`],
  commandArns: [pipeline, `${pipeline}/*`],
  secretsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/6f1c0a54-3d0e-4d0c-9a53-000000000000',
  publisherAccounts: ['444455556666'],
  alarmEmail: 'platform@acme.example',
  reservedConcurrency: 20,
  recordPayloads: true,
  openApproval: Duration.hours(8),
  auditRetention: 'forever',
  rulesRevision: '4f1c9ae',
};
new Signoff(new Stack(app, 'with-parameter-store'), 'Signoff', { ...common, previousSigningSecretName: '/signoff/signing-secret-previous' });
new Signoff(new Stack(app, 'with-secrets-manager'), 'Signoff', {
  ...common,
  architecture: Architecture.X86_64,
  endpoint: 'http-api',
  secretStore: 'secretsmanager',
  metrics: false,
  botTokenName: 'signoff/bot-token',
  signingSecretName: 'signoff/signing-secret',
});
