"""Tests of the errors of the rules, and of the providers that other rules read."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@rules_oci//oci:defs.bzl", "oci_image", "oci_push")
load("@rules_python//python:defs.bzl", "PyInfo", "py_library")
load("@rules_python//python:packaging.bzl", "PyWheelInfo", "py_wheel")

visibility("private")

def _fails_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, ctx.attr.message)
    return analysistest.end(env)

_fails_test = analysistest.make(
    _fails_impl,
    expect_failure = True,
    attrs = {"message": attr.string(mandatory = True)},
)

def _wheel_info_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[PyWheelInfo]
    asserts.equals(env, "sample_wheel_x-1.2.0rc1-py3-none-any.whl", info.wheel.basename)
    asserts.equals(env, "wheel.name", info.name_file.basename)
    return analysistest.end(env)

_wheel_info_test = analysistest.make(_wheel_info_impl)

def _py_info_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[PyInfo]
    sources = sorted([file.basename for file in info.transitive_sources.to_list()])
    asserts.equals(env, ["__init__.py", "__main__.py", "module.py"], sources)
    asserts.true(env, [path for path in info.imports.to_list() if path.endswith("/offline/tests")])
    return analysistest.end(env)

_py_info_test = analysistest.make(_py_info_impl)

# By name of the test: a macro, the attributes that it refuses, and its message.
_REFUSED = {
    "image_without_platform": (oci_image, {}, "'os' and 'architecture' are mandatory when 'base' is unspecified."),
    "image_with_base_and_platform": (
        oci_image,
        {"base": ":image", "os": "linux"},
        "come from the image provided by 'base' and cannot be overridden.",
    ),
    "push_of_a_file": (
        oci_push,
        {"image": "sample/data.txt"},
        "image attribute must be a oci_image or oci_image_index",
    ),
    "push_to_a_tag": (
        oci_push,
        {"image": ":image", "repository": "example.org/image:tag"},
        "`repository` attribute should not contain digest or tag. got: example.org/image:tag",
    ),
    "wheel_with_file_in_deps": (
        py_wheel,
        {"deps": ["sample/data.txt"], "distribution": "a", "version": "1"},
        "source file",
    ),
    "wheel_with_two_requirements": (
        py_wheel,
        {"distribution": "a", "requires": ["a"], "requires_file": "requirements_sample.txt", "version": "1"},
        "`requires` and `requires_file` are mutually exclusive.",
    ),
    "wheel_with_misplaced_data": (
        py_wheel,
        {"data_files": {"sample/data.txt": "etc/"}, "distribution": "a", "version": "1"},
        "The target data file must start with one of these prefixes",
    ),
}

def analysis_test_suite(name):
    """Declares the tests in this file.

    Targets produced:
        NAME: a suite of all of them.
        WHAT_test: for each refused use, a test that it fails with the message of the real rules.

    Args:
        name: name of the suite.
    """
    for what, (macro, attributes, message) in _REFUSED.items():
        macro(name = what, tags = ["manual"], **attributes)
        _fails_test(name = what + "_test", message = message, target_under_test = ":" + what)
    _wheel_info_test(name = "wheel_info_test", target_under_test = ":wheel")
    _py_info_test(name = "py_info_test", target_under_test = ":sample")
    tests = [":{}_test".format(what) for what in _REFUSED]
    native.test_suite(name = name, tests = tests + [":wheel_info_test", ":py_info_test"])
