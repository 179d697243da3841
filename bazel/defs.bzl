"""Bazel rules for Kubeflow Pipelines: pipelines, images and tests. Load all of them from this file."""

load("//bazel/images:bytecode_layer.bzl", _bytecode_layer = "bytecode_layer")
load("//bazel/images:image_reference.bzl", _kfp_image_reference = "kfp_image_reference")
load("//bazel/images:image_set.bzl", _image_layouts = "image_layouts", _image_of = "image_of")
load("//bazel/images:kfp_components.bzl", _kfp_components = "kfp_components")
load("//bazel/images:kfp_image.bzl", _kfp_image = "kfp_image")
load("//bazel/images:pulled_reference.bzl", _pulled_reference = "pulled_reference")
load("//bazel/images:py_layer.bzl", _py_layer = "py_layer")
load("//bazel/images:removal_layer.bzl", _removal_layer = "removal_layer")
load("//bazel/pipelines:component.bzl", _kfp_component = "kfp_component")
load("//bazel/pipelines:interface.bzl", _interface_test = "interface_test")
load("//bazel/pipelines:manifests.bzl", _kfp_managed = "kfp_managed", _kfp_manifests = "kfp_manifests")
load("//bazel/pipelines:pipeline.bzl", _kfp_pipeline = "kfp_pipeline")
load("//bazel/testing:dependencies_test.bzl", _dependencies_test = "dependencies_test")
load("//bazel/testing:kfp_image_test.bzl", _kfp_image_test = "kfp_image_test")
load("//bazel/testing:pytest_test.bzl", _pytest_test = "pytest_test")

bytecode_layer = _bytecode_layer
dependencies_test = _dependencies_test
image_layouts = _image_layouts
image_of = _image_of
interface_test = _interface_test
kfp_component = _kfp_component
kfp_components = _kfp_components
kfp_image = _kfp_image
kfp_image_reference = _kfp_image_reference
kfp_image_test = _kfp_image_test
kfp_managed = _kfp_managed
kfp_manifests = _kfp_manifests
kfp_pipeline = _kfp_pipeline
pulled_reference = _pulled_reference
py_layer = _py_layer
pytest_test = _pytest_test
removal_layer = _removal_layer
