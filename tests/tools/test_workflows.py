"""Tests that tools.workflows_main detects the problems that it is meant to detect."""

import pytest

from tools.workflows_main import audit, schema_errors

WORKFLOW = """\
name: test
on:
  push:
    branches: [main]
permissions: {{}}
concurrency:
  group: test
  cancel-in-progress: true
jobs:
  test:
    name: test
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@{ref}
        with:
          persist-credentials: false
"""
SHA = "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"


@pytest.fixture
def workflow(tmp_path):
    """Return a function that writes a workflow and returns its path in a list."""

    def write(text):
        path = tmp_path / ".github" / "workflows" / "test.yml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        return [str(path)]

    return write


def test_schema_knows_an_unknown_key(workflow):
    """A key that GitHub does not support is an error."""
    files = workflow(WORKFLOW.format(ref=SHA) + "    time-out: 5\n")
    assert schema_errors(files) != 0


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ("vendor.renovate", "{enabledManagers: bazel-module}"),
        ("vendor.github-issue-forms", "{name: Bug, description: A bug, body: []}"),
        ("vendor.github-issue-config", "{blank_issues: false}"),
    ],
)
def test_each_schema_knows_a_mistake(workflow, schema, text):
    """A wrong type, an empty form and an unknown key are errors."""
    assert schema_errors(workflow(text), schema) != 0


def test_action_by_tag_is_refused(workflow):
    """An action must be pinned by its commit."""
    assert audit(workflow(WORKFLOW.format(ref="v7"))) != 0


def test_pinned_workflow_passes(workflow):
    """A correct workflow passes both checks."""
    files = workflow(WORKFLOW.format(ref=SHA))
    assert (schema_errors(files), audit(files)) == (0, 0)
