"""py_wheel, py_wheel_dist and py_package."""

load("@bazel_skylib//rules:native_binary.bzl", "native_binary")
load("//python:py_binary.bzl", "py_binary")
load("//python/private:py_package.bzl", _py_package = "py_package")
load("//python/private:py_wheel.bzl", _PyWheelInfo = "PyWheelInfo", _py_wheel = "py_wheel")
load("//python/private:py_wheel_dist.bzl", _py_wheel_dist = "py_wheel_dist")

PyWheelInfo = _PyWheelInfo
py_package = _py_package
py_wheel_dist = _py_wheel_dist
py_wheel_rule = _py_wheel

# Attributes that the wheel and the targets derived from it must share.
_SHARED = [
    "compatible_with",
    "restricted_to",
    "target_compatible_with",
    "testonly",
]

def _publish(name, twine, twine_binary, publish_args, visibility, common):
    arguments = ["upload"] + publish_args + ["$(rootpath :{}.dist)/*".format(name)]
    if twine_binary:
        native_binary(
            name = name + ".publish",
            src = twine_binary,
            out = name + ".publish_script",
            args = arguments,
            data = [name + ".dist"],
            visibility = visibility,
            **common
        )
    elif twine:
        py_binary(
            name = name + ".publish",
            args = arguments,
            data = [name + ".dist"],
            main_module = "twine",
            visibility = visibility,
            deps = [twine],
            **common
        )

def py_wheel(
        name,
        twine = None,
        twine_binary = Label("//tools/publish:twine"),
        publish_args = [],
        dist_folder = None,
        tags = [],
        visibility = None,
        **kwargs):
    """A wheel.

    Targets produced:
        NAME: the wheel.
        NAME.dist: a folder with the wheel under its final name.
        NAME.publish: uploads that folder when run.

    Args:
        name: name of the wheel's target.
        twine: a library with twine, as an alternative to `twine_binary`.
        twine_binary: a program that runs twine.
        publish_args: arguments of `twine upload`.
        dist_folder: name of the folder; by default NAME_dist.
        tags: tags of all targets; all targets except NAME are also tagged manual.
        visibility: who may use NAME and NAME.publish.
        **kwargs: attributes of py_wheel_rule.
    """
    common = {key: kwargs[key] for key in _SHARED if key in kwargs}
    common["tags"] = depset(tags + ["manual"]).to_list()
    py_wheel_dist(
        name = name + ".dist",
        out = dist_folder or name + "_dist",
        wheel = name,
        **common
    )
    py_wheel_rule(name = name, tags = tags, visibility = visibility, **kwargs)
    _publish(name, twine, twine_binary, publish_args, visibility, common)
