"""Compares what the SAM template and the CDK construct make: same_parts.py TRANSLATED SYNTHESISED..."""

import json
import sys


def listed(value):
    return value if isinstance(value, list) else [value]


def statements(role):
    """The statements of a role's own policies, those under conditions too."""
    for policy in role["Properties"].get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def parts(template):
    resources = template["Resources"].values()
    of_type = lambda wanted: [r["Properties"] for r in resources if r["Type"] == wanted]
    alarms = of_type("AWS::CloudWatch::Alarm")
    tables = of_type("AWS::DynamoDB::Table")
    return {
        # CDK keeps some policies as resources of their own; the actions are compared below.
        "type": {r["Type"] for r in resources} - {"AWS::CDK::Metadata", "AWS::IAM::Policy"},
        "action of the function's role": {
            f"{statement['Sid']}: {action}"
            for role in resources
            if role["Type"] == "AWS::IAM::Role"
            for statement in statements(role)
            if "Sid" in statement
            for action in listed(statement["Action"])
        },
        "variable": {name for f in of_type("AWS::Lambda::Function") for name in f.get("Environment", {}).get("Variables", {})},
        "state change": {kind for rule in of_type("AWS::Events::Rule") for kind in rule["EventPattern"]["detail-type"]},
        "tick": {f"{tick['ScheduleExpression']} {tick['Target']['Input']}".replace(" ", "") for tick in of_type("AWS::Scheduler::Schedule")},
        "alarm": {f"{a['MetricName']}: {a['AlarmDescription']}" for a in alarms},
        "statistic of an alarm": {f"{a['MetricName']}: {a.get('Statistic')} of {a.get('Period')} s" for a in alarms},
        "index": {index["IndexName"] + json.dumps(index["Projection"]) for t in tables for index in t["GlobalSecondaryIndexes"]},
        "queue": {f"{q.get('VisibilityTimeout')} s, {q.get('RedrivePolicy', {}).get('maxReceiveCount')} times" for q in of_type("AWS::SQS::Queue")},
        "time-out": {f"{f['Timeout']} s" for f in of_type("AWS::Lambda::Function") if "Timeout" in f},
        "output": set(template["Outputs"]),
    }


def main():
    loaded = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            loaded.append(parts(json.load(file)))
    sam, cdk = loaded[0], loaded[1:]
    wrong = 0
    for name, expected in sam.items():
        found = set().union(*(template[name] for template in cdk))
        if not expected:
            wrong += 1
            print(f"error: no {name} found to compare")
        for part in sorted(expected - found):
            wrong += 1
            print(f"error: {name} only in the SAM template: {part}")
        for part in sorted(found - expected):
            wrong += 1
            print(f"error: {name} only in the CDK construct: {part}")
    if wrong:
        sys.exit(1)
    print(f"the SAM template and the CDK construct have the same parts: {sum(map(len, sam.values()))} compared")


main()
