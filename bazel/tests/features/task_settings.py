"""Caching, resources, accelerators, retries, environment variables."""

from kfp import dsl


@dsl.component(base_image="python:3.13", packages_to_install=["six==1.16.0"])
def work(seconds: float = 1.5, on: bool = True, tags: list = ["a"], more: dict = {"k": 1}):  # noqa: B006
    print(seconds, on, tags, more)


@dsl.pipeline(name="task-settings", description="Everything a task can be asked for.")
def task_settings(cpu: str = "2"):
    first = work().set_caching_options(enable_caching=False).set_display_name("first")
    first.set_cpu_request("1").set_cpu_limit(cpu).set_memory_request("1G").set_memory_limit("2G")
    second = work().after(first).set_env_variable("KEY", "value")
    second.set_retry(num_retries=3, backoff_duration="10s", backoff_factor=2)
    second.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)
