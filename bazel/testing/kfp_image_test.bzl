"""kfp_image_test: checks that every component runs in its image, which has no unused modules."""

load(":pytest_test.bzl", "pytest_test")

visibility("//bazel/...")

_TESTS = Label("//bazel/testing:test_in_image.py")

def _listed(runs):
    return runs if type(runs) == "list" else [runs]

def kfp_image_test(name, image, definitions, runs, data = [], yaml = "@pip//pyyaml", **kwargs):
    """Runs the compiled command of every component in its own image, as a pod does.

    The user is a number that the image does not define, everything except /tmp is read-only, and there
    is no network. A component must succeed with all of its inputs. It must also import every module of
    the library in its image: an unneeded module can change the image's digest, which reruns the
    component's tasks without a reason.

    Example:
        kfp_image_test(
            name = "image_test",
            data = ["people.csv"],
            definitions = [":training"],
            image = ":image",
            runs = {
                "load": {"path": "$(rootpath people.csv)"},
                "train": {"data": "{load.data}", "epochs": 1},
            },
        )

    Targets produced:
        NAME: the test. It runs only on Linux.

    Args:
        name: name of the test.
        image: the kfp_image.
        definitions: compiled pipelines and components that contain all components of the image.
        runs: for each component, by the name of its function, its inputs by name; or a list of these if
            a component needs several runs to import all of its modules. An input artifact is a path,
            `$(rootpath LABEL)`, or `{COMPONENT.OUTPUT}` for the output of another component's first run;
            a list artifact is a list of these. Parameters are values, or outputs in the same form.
        data: the files that are input artifacts.
        yaml: the library PyYAML. Set this if your pip hub is not called `pip`.
        **kwargs: other attributes of pytest_test, such as shard_count.
    """
    native.filegroup(
        name = name + ".modules",
        testonly = True,
        srcs = [image],
        output_group = "modules",
        tags = ["manual"],
        visibility = ["//visibility:private"],
    )
    pytest_test(
        name = name,
        srcs = [_TESTS],
        data = data + definitions + [
            image,
            name + ".modules",
        ],
        env = {
            "DEFINITIONS": " ".join(["$(rootpaths {})".format(label) for label in definitions]),
            "IMAGE": "$(rootpath {})".format(image),
            "MODULES": "$(rootpath {})".format(name + ".modules"),
            "RUNS": json.encode({component: _listed(inputs) for component, inputs in runs.items()}),
        },
        # It runs images with Linux namespaces.
        target_compatible_with = [Label("@platforms//os:linux")],
        deps = [
            Label("//bazel/testing:component_pods"),
            yaml,
        ],
        **kwargs
    )
