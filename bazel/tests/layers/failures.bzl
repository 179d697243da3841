"""Tests of the errors of the layer rules during Bazel's analysis."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

def _py_layer_without_files_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, "empty_layer.deps must hold files that no layer of `below` has")
    asserts.expect_failure(env, "Name installed distributions, such as @pip//numpy.")
    return analysistest.end(env)

py_layer_without_files_test = analysistest.make(
    _py_layer_without_files_impl,
    doc = "An empty layer is an error with an explanation.",
    expect_failure = True,
)
