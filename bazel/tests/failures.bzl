"""Tests of the errors of kfp_pipeline and kfp_component during Bazel's analysis."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//bazel/pipelines:compile.bzl", "kfp_compile")

_DELIVERY = str(Label(":delivery"))

def _refusal_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, ctx.attr.says)
    return analysistest.end(env)

_ATTRS = {"says": attr.string(mandatory = True, doc = "The expected message of Bazel.")}

_refusal_test = analysistest.make(_refusal_impl, attrs = _ATTRS, expect_failure = True)

_wheel_refusal_test = analysistest.make(
    _refusal_impl,
    attrs = _ATTRS,
    config_settings = {_DELIVERY: "wheel"},
    expect_failure = True,
)

_nonsense_refusal_test = analysistest.make(
    _refusal_impl,
    attrs = _ATTRS,
    config_settings = {_DELIVERY: "pigeon"},
    expect_failure = True,
)

def _refused(name, test, says, kind = "pipeline", **kwargs):
    kfp_compile(name = name, src = "features/minimal.py", kfp = "@pip//kfp", kind = kind, tags = ["manual"], **kwargs)
    test(name = name + "_test", says = says, size = "small", target_under_test = name)
    return name + "_test"

def failures_test_suite(name):
    """Definitions that must be refused.

    Args:
        name: name of the suite.
    """
    native.test_suite(name = name, tests = [
        _refused(
            "unknown_format",
            _refusal_test,
            "unknown_format.format of a pipeline must be one of [\"json\", \"kubernetes\", \"yaml\"], got \"toml\".",
            format = "toml",
        ),
        _refused(
            "manifest_of_a_component",
            _refusal_test,
            "manifest_of_a_component.format of a component must be one of [\"json\", \"yaml\"], got \"kubernetes\".",
            kind = "component",
            format = "kubernetes",
        ),
        _refused(
            "manifest_in_yaml",
            _refusal_test,
            "manifest_in_yaml.manifest must be empty, got {\"namespace\":\"kubeflow\"}. Set format = \"kubernetes\".",
            manifest = json.encode({"namespace": "kubeflow"}),
        ),
        _refused(
            "wheel_without_requirement",
            _wheel_refusal_test,
            "wheel_without_requirement.delivery must be image, got \"wheel\". //bazel/tests:image has no wheel_requirement.",
            delivery = ":delivery",
            images = [":image.reference"],
        ),
        _refused(
            "unknown_delivery",
            _nonsense_refusal_test,
            "//bazel/tests:delivery must be image or wheel, got \"pigeon\".",
            delivery = ":delivery",
            images = [":image.reference"],
        ),
    ])
