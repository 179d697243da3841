"""Compiles KFP pipelines and components for Bazel.

The modules are one package so that none of their names can shadow a module of a pipeline.
"""
