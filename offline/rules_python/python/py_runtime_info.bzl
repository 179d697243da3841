"""PyRuntimeInfo: the information about an interpreter for Python rules."""

load("//python/private:providers.bzl", "BuiltinPyRuntimeInfo")

PyRuntimeInfo = BuiltinPyRuntimeInfo
