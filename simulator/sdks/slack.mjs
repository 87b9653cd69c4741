// Slack's SDK for Node against the simulated Slack.

import assert from 'node:assert/strict';
import { ErrorCode, LogLevel, WebClient } from '@slack/web-api';

const { SLACK_API_URL, SLACK_BOT_TOKEN } = process.env;
// It would tell of each refusal, and all of them are on purpose.
const silent = { getLevel: () => LogLevel.ERROR };
for (const name of ['debug', 'info', 'warn', 'error', 'setLevel', 'setName']) silent[name] = () => {};
const options = { slackApiUrl: SLACK_API_URL, retryConfig: { retries: 0 }, logger: silent };
const client = new WebClient(SLACK_BOT_TOKEN, options);

const refused = (error, call) =>
  assert.rejects(call, (refusal) => refusal.code === ErrorCode.PlatformError && refusal.data.error === error);

assert.equal((await client.auth.test()).team_id, 'T0ACME');
assert.equal((await client.users.info({ user: 'U0JANE' })).user.profile.real_name, 'Jane Doe');
await refused('user_not_found', () => client.users.info({ user: 'U0NOBODY' }));

const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*Ready*' } }];
const posted = await client.chat.postMessage({ channel: 'C0INCIDENTS', text: 'Ready', blocks });
assert.equal(posted.message.blocks[0].text.text, '*Ready*');
const updated = await client.chat.update({ channel: posted.channel, ts: posted.ts, text: 'Done' });
assert.equal(updated.text, 'Done');
await refused('channel_not_found', () => client.chat.postMessage({ channel: 'C0NOWHERE', text: 'Ready' }));
await refused('invalid_blocks', () =>
  client.chat.postMessage({ channel: 'C0INCIDENTS', text: 'x', blocks: [{ type: 'section' }] }));
const title = { type: 'plain_text', text: 'Deploy' };
await refused('invalid_trigger_id', () =>
  client.views.open({ trigger_id: '1.2.3', view: { type: 'modal', title, blocks } }));
await refused('invalid_auth', () => new WebClient('xoxb-other', options).auth.test());
console.log('@slack/web-api for Node: all as at Slack');
