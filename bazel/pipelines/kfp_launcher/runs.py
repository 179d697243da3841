"""Follows a run to its end, and says why a task failed or where its results are."""

import time
from collections.abc import Iterator

import kfp_server_api

_ENDED = {"SUCCEEDED": 0, "SKIPPED": 0, "FAILED": 1, "ERROR": 1, "CANCELED": 1}
_FAILED = ("FAILED", "ERROR")
_LOG = "/apis/v1alpha1/runs/{run_id}/nodes/{node_id}/log"
_LAST_LINES = 15
