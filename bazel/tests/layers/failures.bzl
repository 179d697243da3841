"""Tests of what the layer rules refuse while Bazel analyses them."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

def _py_layer_without_files_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, "empty_layer.deps must hold files that no layer of `below` has")
    asserts.expect_failure(env, "Name installed distributions, such as @pip//numpy.")
    return analysistest.end(env)

py_layer_without_files_test = analysistest.make(
    _py_layer_without_files_impl,
    doc = "A layer of nothing is a mistake, and says so.",
    expect_failure = True,
)
