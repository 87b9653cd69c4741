# Short names for what is done often; `just` lists them. Each line is a plain command that works without `just`, too.

default:
    @just --list --unsorted

# Everything that has to hold before a change lands
ci:
    .ci/run

# Check the rules and templates
check rules="rules":
    cargo run --bin signoff -- check {{ rules }}

# Play the scenarios
simulate *arguments:
    cargo run --bin signoff -- simulate {{ arguments }}

# Make the zip for Lambda: `just package arm64`, or with rules of your own `just package arm64 ../ours/rules`
package architecture="" *folders:
    deploy/package {{ architecture }} {{ folders }}

# Make the package twice, from two folders, and compare the bytes
reproducible architecture="":
    deploy/reproducible {{ architecture }}

# Check the SAM template, the Terraform module and the CDK construct, with no AWS account
validate:
    deploy/validate

# Licences, sources, duplicates and advisories of the dependencies
deny:
    cargo deny --locked --workspace check
