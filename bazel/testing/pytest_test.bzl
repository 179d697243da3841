"""pytest_test: a py_test whose sources are pytest modules."""

load("@rules_python//python:defs.bzl", "py_test")

visibility("//bazel/...")

_MAIN = Label("//bazel/testing:pytest_main.py")

def pytest_test(name, srcs, deps = [], args = [], pytest = "@pip//pytest", **kwargs):
    """Runs pytest modules: JUnit XML, `--test_filter` as pytest's -k, sharding.

    Targets produced:
        NAME: the test.

    Args:
        name: name of the test target.
        srcs: pytest modules; `conftest.py` among them where there is one.
        deps: Python libraries the modules import.
        args: further command-line arguments of pytest.
        pytest: the pytest library; a workspace whose pip hub has another name says so here.
        **kwargs: other attributes of py_test. Without a `size` it has five minutes. `small` is one minute,
            which is right for what takes a second or two on an idle machine: a busy one takes ten times
            as long.
    """
    py_test(
        name = name,
        srcs = [_MAIN] + srcs,
        args = args + ["$(rootpath {})".format(src) for src in srcs],
        main = _MAIN,
        deps = deps + [pytest],
        **kwargs
    )
