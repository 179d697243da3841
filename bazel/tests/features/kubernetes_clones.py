"""A volume that is a copy of another.

# Since KFP 2.17
"""

from kfp import dsl, kubernetes


@dsl.component(base_image="python:3.13")
def work():
    print("work")


@dsl.pipeline(name="kubernetes-clones")
def kubernetes_clones():
    copy = kubernetes.CreatePVC(
        pvc_name_suffix="-copy",
        access_modes=["ReadWriteMany"],
        size="5Gi",
        storage_class_name="standard",
        annotations={"b": "2", "a": "1"},
        data_source={"apiGroup": "", "kind": "PersistentVolumeClaim", "name": "claim"},
    )
    task = work()
    kubernetes.mount_pvc(task, pvc_name=copy.outputs["name"], mount_path="/data")
    kubernetes.DeletePVC(pvc_name=copy.outputs["name"]).after(task)
