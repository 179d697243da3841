"""pytest_test: a py_test whose sources are pytest modules."""

load("@rules_python//python:defs.bzl", "py_test")

visibility("//bazel/...")

_MAIN = Label("//bazel/testing:pytest_main.py")

def pytest_test(name, srcs, deps = [], args = [], pytest = "@pip//pytest", **kwargs):
    """Runs pytest modules.

    Bazel gets JUnit XML, can shard the test, and passes `--test_filter` to pytest as `-k`. All modules
    of a test run in one process.

    Example:
        pytest_test(
            name = "greetings_test",
            size = "small",
            srcs = ["test_greetings.py"],
            deps = [":greetings"],
        )

    Targets produced:
        NAME: the test.

    Args:
        name: name of the test target.
        srcs: pytest modules, including `conftest.py` if there is one.
        deps: Python libraries that the modules import.
        args: further command-line arguments of pytest.
        pytest: the pytest library. Set this if your pip hub is not called `pip`.
        **kwargs: other attributes of py_test. Without a `size` the time limit is five minutes. With
            `small` it is one minute, which is right for tests that take a second or two on an idle
            machine, since a busy one takes ten times as long.
    """
    py_test(
        name = name,
        srcs = [_MAIN] + srcs,
        args = args + ["$(rootpath {})".format(src) for src in srcs],
        main = _MAIN,
        deps = deps + [pytest],
        **kwargs
    )
