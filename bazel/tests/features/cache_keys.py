"""Tasks with their own cache keys."""

from kfp import dsl


@dsl.component(base_image="python:3.13")
def work(day: str) -> str:
    return day


@dsl.pipeline(name="cache-keys")
def cache_keys(day: str = "monday"):
    work(day=day).set_caching_options(enable_caching=True, cache_key="work-of-a-day")
    work(day=day).set_caching_options(False)
