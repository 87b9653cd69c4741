"""Translates the SAM template as CloudFormation does, and writes the result: translate.py TEMPLATE RESULT."""

import json
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """The template names no managed policies, so there are none to load from IAM."""

    def load(self):
        return {}


template, result = sys.argv[1:]
with open(template, encoding="utf-8") as file:
    translated = transform(yaml_parse(file), {}, NoManagedPolicies())
with open(result, "w", encoding="utf-8") as file:
    json.dump(translated, file, indent=2)
print(f"{template}: {len(translated['Resources'])} resources")
