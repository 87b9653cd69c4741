"""Slack's SDK for Python against the simulated Slack. Its input and output are those of `signoff serve`."""

import json
import os
import sys
import warnings

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.webhook import WebhookClient

# It warns of what is wrong on purpose.
warnings.simplefilter("ignore")
client = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
serve_in, serve_out = open(sys.argv[1], "w"), open(sys.argv[2])


def step(text):
    """Does a step of a scenario, and returns what Slack sends because of it."""
    serve_in.write(text + "\n")
    serve_in.flush()
    return json.loads(serve_out.readline())["payload"]


def silent_step(text):
    """Does a step because of which Slack sends nothing. The next one's payload says that it is done."""
    serve_in.write(text + "\n")
    step("{ command: /ready, by: jane }")


def refused(error, call, **arguments):
    try:
        call(**arguments)
    except SlackApiError as refusal:
        assert refusal.response["error"] == error, refusal.response
        return refusal.response
    raise AssertionError(f"{error} was expected")


told = client.auth_test()
assert told["team_id"] == "T0ACME" and told["bot_id"].startswith("B"), told

user = client.users_info(user="U0JANE")["user"]
assert user["profile"]["real_name"] == "Jane Doe" and not user["deleted"], user
refused("user_not_found", client.users_info, user="U0NOBODY")
assert client.users_lookupByEmail(email="bob@acme.example")["user"]["id"] == "U0BOB"
assert client.usergroups_users_list(usergroup="S0SECURITY")["users"] == ["U0IVY"]

button = {"type": "button", "text": {"type": "plain_text", "text": "Deploy"}, "action_id": "deploy", "value": "42"}
blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Ready*"}}, {"type": "actions", "elements": [button]}]
posted = client.chat_postMessage(channel="C0RELEASES", text="Ready", blocks=blocks)
assert posted["message"]["blocks"][1]["elements"][0]["value"] == "42", posted
pressed = step("{ click: Deploy, by: jane }")
assert pressed["message"]["ts"] == posted["ts"] and pressed["actions"][0]["action_id"] == "deploy", pressed
label = {"type": "plain_text", "text": "Why?"}
element = {"type": "plain_text_input", "action_id": "why"}
view = {
    "type": "modal",
    "callback_id": "why",
    "title": {"type": "plain_text", "text": "Deploy"},
    "submit": {"type": "plain_text", "text": "Go"},
    "blocks": [{"type": "input", "block_id": "why", "label": label, "element": element}],
}
refused("invalid_arguments", client.views_open, trigger_id=pressed["trigger_id"], view={**view, "blocks": [{"type": "no"}]})
opened = client.views_open(trigger_id=pressed["trigger_id"], view=view)
assert opened["view"]["callback_id"] == "why", opened
refused("exchanged_trigger_id", client.views_open, trigger_id=pressed["trigger_id"], view=view)
refused("invalid_trigger_id", client.views_open, trigger_id="1.2.3", view=view)
submitted = step("{ submit: { why: It is Monday }, by: jane }")
assert submitted["view"]["state"]["values"]["why"]["why"]["value"] == "It is Monday", submitted
late = step("{ click: Deploy, by: jane }")
silent_step("{ wait: 4s }")
refused("expired_trigger_id", client.views_open, trigger_id=late["trigger_id"], view=view)

hook = WebhookClient(late["response_url"])
assert hook.send(text="Wait for Tuesday", replace_original=False).status_code == 200
instead = hook.send(text="Ready on Tuesday", blocks=blocks, replace_original=True)
assert instead.status_code == 200, instead.body
assert step("{ click: Deploy, by: jane }")["message"]["text"] == "Ready on Tuesday"
for _ in range(3):
    assert hook.send(text="Still Monday", response_type="ephemeral").status_code == 200
used = hook.send(text="Still Monday")
assert (used.status_code, json.loads(used.body)["error"]) == (404, "used_url"), used.body
silent_step("{ wait: 31m }")
expired = hook.send(text="Still Monday")
assert (expired.status_code, json.loads(expired.body)["error"]) == (404, "expired_url"), expired.body

updated = client.chat_update(channel="C0RELEASES", ts=posted["ts"], text="Done", blocks=blocks[:1])
assert updated["text"] == "Done", updated
refused("message_not_found", client.chat_update, channel="C0RELEASES", ts="1.000001", text="Done")
refused("channel_not_found", client.chat_postMessage, channel="C0NOWHERE", text="Ready")
wrong = refused("invalid_blocks", client.chat_postMessage, channel="C0RELEASES", text="x", blocks=[{"type": "section"}])
assert "json-pointer:/blocks/0" in wrong["response_metadata"]["messages"][0], wrong
refused("no_text", client.chat_postMessage, channel="C0RELEASES")
refused("unknown_method", client.api_call, api_method="chat.shout")
refused("invalid_auth", WebClient(token="xoxb-other", base_url=os.environ["SLACK_API_URL"]).auth_test)

limited = "{ fault: { service: slack, operation: chat.postMessage, kind: { rate-limited: { retry_after_s: 1 } } } }"
silent_step(limited)
refusal = refused("ratelimited", client.chat_postMessage, channel="C0RELEASES", text="Ready")
assert refusal.status_code == 429 and refusal.headers["Retry-After"] == "1", refusal.headers
client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
silent_step(limited)
client.chat_postMessage(channel="C0RELEASES", text="Ready at last")
print("slack_sdk for Python: all as at Slack")
