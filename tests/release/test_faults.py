"""Tests of a release when servers fail: nothing half done, nothing twice, a helpful message."""

import pytest

from tests.release.servers import Fault, die, slow, status

PUSHED = r"/manifests/sha256"
TAGGED = r"/manifests/0\.1\.0$"


def nothing_is_visible(world):
    """Return whether nothing can be found by tags or in the index."""
    return world.digest("0.1.0") is None and world.digest("latest") is None and not world.wheels()


# name: server, method, path, action, number of requests
PASSING = {
    "registry 503 on read": ("registry", "GET", r"/v2/$", status(503), 2),
    "registry 429 on blobs": ("registry", "POST", "/blobs/uploads", status(429), 1),
    "registry 503 on manifest": ("registry", "PUT", PUSHED, status(503), 2),
    "registry 503 on tag": ("registry", "PUT", TAGGED, status(503), 2),
    "registry hangs up in a blob": ("registry", "PATCH", "/blobs/uploads", die, 2),
    "registry hangs up in the tag": ("registry", "PUT", TAGGED, die, 1),
    "index 503 on read": ("index", "GET", "/simple/", status(503), 2),
    "index 429 on upload": ("index", "POST", "/", status(429), 2),
    "index 503 on upload": ("index", "POST", "/", status(503), 2),
    "index hangs up in the upload": ("index", "POST", "/", die, 1),
    "registry is slow": ("registry", "GET", "/manifests/", slow(0.5), 2),
    "index is slow": ("index", "POST", "/", slow(1), 1),
}


@pytest.mark.parametrize("case", PASSING)
def test_a_fault_that_passes_is_waited_for(world, case):
    """The release retries, and ends as if there had been no fault."""
    name, method, path, action, times = PASSING[case]
    server = getattr(world, name)
    server.faults.append(Fault(method, path, action, times))
    built = world.build()
    done = world.run(built)
    assert done.returncode == 0, done.stdout
    assert server.faults[0].times == 0, "the fault was never met"
    assert world.digest("latest") == built.digest
    assert len(world.wheels()) == 1


# name: server, method, path, action, part of the message
LASTING = {
    "registry 401": ("registry", "GET", "/manifests/", status(401), "docker login"),
    "registry 403 on push": ("registry", "POST", "/blobs/uploads", status(403), "docker login"),
    "registry 503": ("registry", "GET", "/manifests/", status(503), "later"),
    "registry dies in a blob": ("registry", "PATCH", "/blobs/uploads", die, "later"),
    "registry dies in the manifest": ("registry", "PUT", PUSHED, die, "later"),
    "registry takes no tag": ("registry", "PUT", TAGGED, status(503), "later"),
    "index 503 on read": ("index", "GET", "/simple/", status(503), "later"),
}


@pytest.mark.parametrize("case", LASTING)
def test_a_lasting_fault_leaves_nothing_visible(world, case):
    """The release stops with a message; the same command completes it after the fault is gone."""
    name, method, path, action, message = LASTING[case]
    server = getattr(world, name)
    server.faults.append(Fault(method, path, action, 99))
    built = world.build()
    done = world.run(built)
    assert done.returncode == 1
    assert "must" in done.stdout
    assert message in done.stdout, done.stdout
    assert "Traceback" not in done.stdout
    assert nothing_is_visible(world)
    server.faults.clear()
    again = world.run(built)
    assert again.returncode == 0, again.stdout
    assert world.digest("latest") == built.digest


UPLOAD = {
    "index 401": (status(401), "PYPI_USR and PYPI_PWD"),
    "index 403": (status(403), "PYPI_USR and PYPI_PWD"),
    "index 503": (status(503), "later"),
    "index dies in the upload": (die, "later"),
}


@pytest.mark.parametrize("case", UPLOAD)
def test_an_index_that_takes_no_wheel_leaves_a_whole_image(world, case):
    """The version tag points to a complete image; the next run publishes the rest."""
    action, message = UPLOAD[case]
    world.index.faults.append(Fault("POST", "/", action, 99))
    built = world.build()
    done = world.run(built)
    assert done.returncode == 1
    assert message in done.stdout, done.stdout
    assert world.digest("0.1.0") == built.digest
    assert world.digest("latest") is None
    assert not world.wheels()
    assert not (world.folder / "dist").exists()
    world.index.faults.clear()
    again = world.run(built)
    assert again.returncode == 0, again.stdout
    assert world.digest("latest") == built.digest
    assert len(world.wheels()) == 1


def test_wrong_credentials_are_named(world):
    """The index refuses a wrong password, and the upload is not retried."""
    done = world.run(world.build(), main="publish_wheel", PYPI_PWD="wrong-pa55word")
    assert done.returncode == 1
    assert "PYPI_USR and PYPI_PWD" in done.stdout
    assert len(world.index.writes()) == 1, "a refusal must not be tried again"


def test_a_registry_that_is_down_is_named(world):
    """If no registry listens, the message names it and says what to do; the index is unchanged."""
    world.registry.port = 1
    done = world.run(world.build())
    assert done.returncode == 1
    assert "nothing listens at 127.0.0.1:1 " in done.stdout
    assert "bazel run //tools:registry" in done.stdout
    assert not world.index.writes()


def test_an_index_that_is_down_is_named(world):
    """If no index listens, the message names it; the registry is unchanged."""
    done = world.run(world.build(), TWINE_REPOSITORY_URL="http://127.0.0.1:1/")
    assert done.returncode == 1
    assert "http://127.0.0.1:1/simple/kfp-component-lib/ must answer" in done.stdout
    assert not world.registry.writes()
