"""Tests that the lock for other workspaces is a part of our own, which replaces it here."""

# pip's reader of requirements files, which has no public name.
from pip._internal.network.session import PipSession
from pip._internal.req.req_file import parse_requirements

_OURS = "requirements_lock.txt"
_OF_OTHERS = "tools/other_workspaces/requirements_lock.txt"


def _locked(lock: str) -> dict[str, list[str]]:
    """Return the hashes of each line of a lock, by its requirement with version and marker."""
    lines = parse_requirements(lock, session=PipSession())
    return {line.requirement: sorted(line.options["hashes"]["sha256"]) for line in lines}


def test_other_workspaces_get_the_packages_that_we_test():
    """Each package of their lock is in ours, in the same version and with the same files."""
    ours, theirs = _locked(_OURS), _locked(_OF_OTHERS)
    assert theirs
    differing = {name for name, hashes in theirs.items() if ours.get(name) != hashes}
    assert not differing, "run: bazel run //:requirements.update"


def test_other_workspaces_do_not_get_what_only_development_needs():
    """The small lock stays small: none of the tools and test libraries is in it."""
    names = {name.partition("==")[0] for name in _locked(_OF_OTHERS)}
    assert not names & {"docker", "hypothesis", "mypy", "nox", "pytest", "ruff", "twine", "zizmor"}
