"""PyRuntimeInfo: what an interpreter tells Python rules."""

load("//python/private:providers.bzl", "BuiltinPyRuntimeInfo")

PyRuntimeInfo = BuiltinPyRuntimeInfo
