"""The user of a task, and a part of a volume.

# Since KFP 2.16
"""

from kfp import dsl, kubernetes


@dsl.component(base_image="python:3.13")
def work():
    print("work")


@dsl.pipeline(name="kubernetes-security")
def kubernetes_security():
    task = work()
    kubernetes.set_security_context(task, run_as_user=1000, run_as_group=0, run_as_non_root=True)
    kubernetes.mount_pvc(task, pvc_name="claim", mount_path="/data", sub_path="inner")
