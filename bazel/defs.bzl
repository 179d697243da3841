"""Rules for Kubeflow Pipelines in Bazel: pipelines, images, tests. All that other packages load."""

load("//bazel/images:bytecode_layer.bzl", _bytecode_layer = "bytecode_layer")
load("//bazel/images:image_reference.bzl", _kfp_image_reference = "kfp_image_reference")
load("//bazel/images:image_sbom.bzl", _image_sbom = "image_sbom")
load("//bazel/images:py_layer.bzl", _py_layer = "py_layer")
load("//bazel/images:removal_layer.bzl", _removal_layer = "removal_layer")
load("//bazel/images:wheel_layer.bzl", _wheel_layer = "wheel_layer")
load("//bazel/pipelines:component.bzl", _kfp_component = "kfp_component")
load("//bazel/pipelines:interface.bzl", _interface_test = "interface_test")
load("//bazel/pipelines:pipeline.bzl", _kfp_pipeline = "kfp_pipeline")
load("//bazel/testing:pytest_test.bzl", _pytest_test = "pytest_test")

bytecode_layer = _bytecode_layer
image_sbom = _image_sbom
interface_test = _interface_test
kfp_component = _kfp_component
kfp_image_reference = _kfp_image_reference
kfp_pipeline = _kfp_pipeline
py_layer = _py_layer
pytest_test = _pytest_test
removal_layer = _removal_layer
wheel_layer = _wheel_layer
