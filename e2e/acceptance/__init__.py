"""The acceptance test on a real backend: `bazel run //e2e:cluster`."""
