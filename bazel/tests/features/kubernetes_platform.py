"""Secrets, volumes and node selectors: a second YAML document."""

from kfp import dsl, kubernetes


@dsl.component
def work():
    print("work")


@dsl.pipeline(name="kubernetes-platform")
def kubernetes_platform(claim: str = "claim"):
    volume = kubernetes.CreatePVC(pvc_name=claim, access_modes=["ReadWriteOnce"], size="5Gi")
    task = work()
    kubernetes.use_secret_as_env(task, secret_name="secret", secret_key_to_env={"key": "KEY"})
    kubernetes.mount_pvc(task, pvc_name=volume.outputs["name"], mount_path="/data")
    kubernetes.add_node_selector(task, label_key="zone", label_value="a")
    kubernetes.DeletePVC(pvc_name=volume.outputs["name"]).after(task)
