"""Tasks whose pods wait for somebody to look at them.

# Since KFP 2.17
"""

from kfp import dsl


@dsl.component(base_image="python:3.13")
def work():
    print("work")


@dsl.pipeline(name="debug-pauses")
def debug_pauses():
    work().set_debug_pause()
    work().set_debug_pause(before=True, after=False)
    work().set_debug_pause(on_error=True)
