"""Tests of a complete release with real servers."""

from dataclasses import replace

import pytest

BOTH = ("amd64", "arm64")


@pytest.mark.parametrize("architectures", [("amd64",), BOTH])
def test_release_publishes_everything_and_verifies(world, architectures):
    """One command publishes the image or index, the wheel and the bundle, and verifies them."""
    built = world.build(architectures=architectures)
    done = world.run(built)
    assert done.returncode == 0, done.stdout
    assert {world.digest(tag) for tag in ("0.1.0", "0.1", "latest")} == {built.digest}
    assert world.wheels() == ["kfp_component_lib-0.1.0-py3-none-any.whl"]
    assert (world.folder / "dist" / built.bundle.name).read_bytes() == built.bundle.read_bytes()
    assert done.stdout.count("ok ") == 7


def test_a_release_says_what_it_runs_on(world):
    """The output names the architectures, so that a missing one is noticed."""
    alone = world.run(world.build(), "--dry-run").stdout
    assert "is ONLY for amd64: --config=release on a machine with internet" in alone
    both = world.run(world.build(text="two", architectures=BOTH), "--dry-run").stdout
    assert "is for amd64 and arm64\n" in both


def test_another_repository_than_the_wheels_is_refused(world):
    """The components in the wheel name an image, and exactly that image must be published."""
    done = world.run(world.build(), "--wheel-repository=example.com/lib")
    assert done.returncode == 1
    assert "--repository must be example.com/lib" in done.stdout
    assert "edit REPOSITORY in kfp_component_lib/repository.bzl" in done.stdout
    assert not world.registry.seen


@pytest.mark.parametrize("architectures", [("amd64",), BOTH])
def test_the_same_again_changes_nothing(world, architectures):
    """A second release with the same content writes nothing and succeeds."""
    built = world.build(architectures=architectures)
    world.run(built)
    before = len(world.registry.writes()), len(world.index.writes())
    done = world.run(built)
    assert done.returncode == 0, done.stdout
    assert (len(world.registry.writes()), len(world.index.writes())) == before


def test_the_order_is_that_of_dependence(world):
    """Each of digest, version tag, wheel and moving tags is published after what it refers to."""
    built = world.build()
    order = []
    for name, server in (("registry", world.registry), ("index", world.index)):
        server.seen = _Log(name, order)
    world.run(built)
    puts = [
        line for line in order if ("PUT" in line and "manifests" in line) or "index POST" in line
    ]
    names = [line.rpartition("/")[2] for line in puts]
    assert names[0] == built.digest
    assert names[1].startswith("sha256:"), "the bill refers to the image"
    # A registry without the referrers API has a tag instead.
    assert names[2] == built.digest.replace(":", "-")
    assert names[3:] == ["0.1.0", "", "0.1", "latest"]


class _Log(list):
    """Writes the requests to one server into a record that two servers share."""

    def __init__(self, name, order):
        super().__init__()
        self._name, self._order = name, order

    def append(self, line):
        super().append(line)
        self._order.append(f"{self._name} {line}")


def test_dry_run_writes_nothing(world):
    """A dry run reads from both servers and reports what would be done."""
    done = world.run(world.build(), "--dry-run")
    assert done.returncode == 0, done.stdout
    assert "image" in done.stdout
    assert "to be published" in done.stdout
    assert world.registry.seen
    assert world.index.seen
    assert not world.registry.writes()
    assert not world.index.writes()
    assert not (world.folder / "dist").exists()


def test_other_content_under_the_same_version_is_refused(world):
    """A published version keeps its content, and is refused before anything is written."""
    first, other = world.build(), world.build(text="two")
    world.run(first)
    before = len(world.registry.writes()), len(world.index.writes())
    done = world.run(other)
    assert done.returncode == 1
    assert f"{world.repository}:0.1.0 must keep its content" in done.stdout
    assert "bazel run //release:bump" in done.stdout
    assert (len(world.registry.writes()), len(world.index.writes())) == before
    assert world.digest("0.1.0") == first.digest


def test_other_wheel_under_the_same_name_is_refused(world):
    """If the index has a different wheel with this name, the release stops before any write."""
    world.run(world.build(), main="publish_wheel")
    done = world.run(world.build(text="two"))
    assert done.returncode == 1
    assert "kfp_component_lib-0.1.0-py3-none-any.whl must keep its content" in done.stdout
    assert not world.registry.writes()


def test_parts_of_different_builds_are_refused(world):
    """A bundle from another build stops the release before any write."""
    mixed = replace(world.build(), bundle=world.build(text="two").bundle)
    done = world.run(mixed)
    assert done.returncode == 1
    assert "must match" in done.stdout
    assert not world.registry.writes()
