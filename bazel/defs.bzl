"""Rules for Kubeflow Pipelines in Bazel: tests, image layers, image references, pipelines."""

load("//bazel/private:bytecode_layer.bzl", _bytecode_layer = "bytecode_layer")
load("//bazel/private:component.bzl", _kfp_component = "kfp_component")
load("//bazel/private:image_reference.bzl", _kfp_image_reference = "kfp_image_reference")
load("//bazel/private:image_sbom.bzl", _image_sbom = "image_sbom")
load("//bazel/private:pipeline.bzl", _kfp_pipeline = "kfp_pipeline")
load("//bazel/private:py_layer.bzl", _py_layer = "py_layer")
load("//bazel/private:pytest_test.bzl", _pytest_test = "pytest_test")
load("//bazel/private:removal_layer.bzl", _removal_layer = "removal_layer")
load("//bazel/private:wheel_layer.bzl", _wheel_layer = "wheel_layer")

bytecode_layer = _bytecode_layer
image_sbom = _image_sbom
kfp_component = _kfp_component
kfp_image_reference = _kfp_image_reference
kfp_pipeline = _kfp_pipeline
py_layer = _py_layer
pytest_test = _pytest_test
removal_layer = _removal_layer
wheel_layer = _wheel_layer
