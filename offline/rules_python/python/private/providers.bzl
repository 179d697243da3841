"""Bazel's own providers, under names that leave PyInfo and PyRuntimeInfo free for export."""

visibility("//python")

BuiltinPyInfo = PyInfo
BuiltinPyRuntimeInfo = PyRuntimeInfo
