"""kfp_version: everything here, for one version of KFP."""

load("@kfp_component_lib//bazel:defs.bzl", "kfp_component", "kfp_pipeline", "pytest_test")
load("@kfp_component_lib//bazel/tests:archives.bzl", "installed_archives")

_TESTS = "@kfp_component_lib//bazel/tests:"
_COMPILE = "@kfp_component_lib//bazel/pipelines/kfp_compiler:compile"

def kfp_version(name, hub):
    """Compiles by the rules, and compares every feature with what this version's SDK writes.

    Targets produced:
        hello_NAME, greet_NAME: a pipeline and a component, with their goldens.
        NAME_built_test: the pipeline says which KFP it was compiled by, and runs locally with it.
        NAME_features_test, NAME_reproducible_test: the tests of the rules themselves.

    Args:
        name: what the version is called here.
        hub: the pip hub that has it.
    """
    kfp, kubernetes, pytest = [hub + "//" + package for package in ("kfp", "kfp_kubernetes", "pytest")]
    kfp_pipeline(
        name = "hello_" + name,
        src = "hello.py",
        data = ["greeting.txt"],
        image = None,
        kfp = kfp,
        # Older versions of KFP's local runner import it at once.
        run_deps = [hub + "//docker"],
        deps = [kubernetes],
    )
    kfp_component(
        name = "greet_" + name,
        src = "hello.py",
        data = ["greeting.txt"],
        image = None,
        kfp = kfp,
        deps = [kubernetes],
    )
    pytest_test(
        name = name + "_built_test",
        size = "small",
        srcs = ["test_built.py"],
        data = [
            ":hello_" + name,
            ":hello_{}.run".format(name),
            ":greet_{}.run".format(name),
        ],
        env = {
            "DEFINITION": "$(rootpath :hello_{})".format(name),
            "RUN": "$(rootpath :hello_{}.run)".format(name),
            "RUN_WITHOUT_DOCKER": "$(rootpath :greet_{}.run)".format(name),
        },
        pytest = pytest,
        deps = [kfp],
    )
    installed_archives(name = name + "_kfp_archives", deps = [kfp])
    installed_archives(name = name + "_deps_archives", deps = [kubernetes])
    for tests in ("features", "reproducible"):
        pytest_test(
            name = "{}_{}_test".format(name, tests),
            size = "medium",
            srcs = [_TESTS + "conftest.py", _TESTS + "test_compile_{}.py".format(tests)],
            data = [
                _COMPILE,
                _TESTS + "features",
                _TESTS + "features/minimal.py",
                ":{}_deps_archives".format(name),
                ":{}_kfp_archives".format(name),
            ],
            env = {
                "COMPILE": "$(rootpath {})".format(_COMPILE),
                "DEPS_ARCHIVES": "$(rootpaths :{}_deps_archives)".format(name),
                "FEATURES": "$(rootpath {}features/minimal.py)".format(_TESTS),
                "KFP_ARCHIVES": "$(rootpaths :{}_kfp_archives)".format(name),
            },
            pytest = pytest,
            deps = [_TESTS + "compiling", kfp, kubernetes],
        )
