"""Parses the Terraform files and compares each block with the AWS provider's schema: terraform.py FOLDER PROVIDER.

PROVIDER is the unpacked npm package `@cdktn/provider-aws`, which is generated from that schema: each argument of a resource is
in `lib/RESOURCE/index.d.ts`, with its name in Terraform in a comment, and with a `?` when it may be left out.
"""

import pathlib
import re
import sys

import hcl2

META = {"count", "for_each", "lifecycle", "depends_on", "provider", "provisioner", "connection", "dynamic", "content", "labels"}


def schema(provider, kind, resource):
    """All arguments at any depth, and the required ones of the top."""
    name = resource.removeprefix("aws_").replace("_", "-")
    path = provider / "lib" / (f"data-aws-{name}" if kind == "data" else name) / "index.d.ts"
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8")
    known = set(re.findall(r"#([a-z0-9_]+)[ }]", text))
    top = re.search(r"export interface \w+Config extends cdktn\.TerraformMetaArguments \{(.*?)\n\}", text, re.DOTALL)
    if top is None:
        sys.exit(f"error: {path} does not look as expected")
    required = re.findall(r"#([a-z0-9_]+) [^\n]*\n\s*\*/\s*readonly \w+: ", top.group(1))
    return known, set(required)


def plain(name):
    return name.strip('"')


def names(block):
    """The names of arguments and nested blocks, at any depth but that of maps, whose keys are anybody's."""
    for name, value in block.items():
        name = plain(name)
        if name.startswith("__"):
            continue
        if name == "dynamic":
            for dynamic in value:
                for inner, body in dynamic.items():
                    if not inner.startswith("__"):
                        yield plain(inner)
                        for content in body["content"]:
                            yield from names(content)
            continue
        yield name
        # A nested block is a list of objects; an argument that is a map is an object.
        if isinstance(value, list):
            for inner in value:
                if isinstance(inner, dict):
                    yield from names(inner)


def main():
    folder, provider = map(pathlib.Path, sys.argv[1:])
    wrong, blocks = [], 0
    for path in sorted(folder.glob("*.tf")):
        with open(path, encoding="utf-8") as file:
            parsed = hcl2.load(file)
        for kind in ("resource", "data"):
            for entry in parsed.get(kind, []):
                for resource, named in entry.items():
                    if resource.startswith("__"):
                        continue
                    resource = plain(resource)
                    for name, body in named.items():
                        if name.startswith("__"):
                            continue
                        blocks += 1
                        place = f"{path}: {kind} {resource}.{plain(name)}"
                        found = schema(provider, kind, resource)
                        if found is None:
                            wrong.append(f"{place}: the provider has no such resource")
                            continue
                        known, required = found
                        wrong += [f"{place}: no argument `{n}`" for n in sorted(set(names(body)) - known - META)]
                        wrong += [f"{place}: `{n}` is missing" for n in sorted(required - {plain(n) for n in body})]
    if blocks == 0:
        wrong.append(f"{folder}: no resources found")
    for line in wrong:
        print(f"error: {line}")
    if wrong:
        sys.exit(1)
    print(f"{folder}: {blocks} resources and data sources are as the provider's schema has them")


main()
