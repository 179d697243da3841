"""All settings of kfp-kubernetes for a task, with constants and with parameters."""

from kfp import dsl, kubernetes


@dsl.component(base_image="python:3.13")
def name() -> str:
    return "name"


@dsl.component(base_image="python:3.13")
def work():
    print("work")


@dsl.pipeline(name="kubernetes-setters")
def kubernetes_setters(
    secret: str = "secret",
    selector: dict = {"zone": "a"},  # noqa: B006
    toleration: dict = {"key": "gpu", "operator": "Exists"},  # noqa: B006
):
    task, made = work(), name()
    kubernetes.add_ephemeral_volume(
        task,
        volume_name="scratch",
        mount_path="/scratch",
        access_modes=["ReadWriteOnce"],
        size="5Gi",
        labels={"b": "2", "a": "1"},
        annotations={"d": "4", "c": "3"},
    )
    kubernetes.add_node_affinity(
        task,
        match_expressions=[{"key": "disk", "operator": "In", "values": ["ssd", "nvme"]}],
        weight=10,
    )
    kubernetes.add_node_selector(task, label_key="zone", label_value="a")
    kubernetes.add_pod_annotation(task, annotation_key="note", annotation_value="text")
    kubernetes.add_pod_label(task, label_key="team", label_value="ml")
    kubernetes.add_toleration(
        task,
        key="gpu",
        operator="Equal",
        value="yes",
        effect="NoExecute",
        toleration_seconds=10,
    )
    kubernetes.empty_dir_mount(
        task, volume_name="memory", mount_path="/memory", medium="Memory", size_limit="1Gi"
    )
    kubernetes.mount_pvc(task, pvc_name="claim", mount_path="/claim")
    kubernetes.set_image_pull_policy(task, "Always")
    kubernetes.set_image_pull_secrets(task, ["first", secret, made.output])
    kubernetes.set_timeout(task, 20)
    kubernetes.use_config_map_as_env(
        task, config_map_name=made.output, config_map_key_to_env={"k": "K", "l": "L"}
    )
    kubernetes.use_config_map_as_volume(
        task, config_map_name="map", mount_path="/map", optional=True
    )
    kubernetes.use_field_path_as_env(task, env_name="POD", field_path="metadata.name")
    kubernetes.use_secret_as_env(task, secret_name=secret, secret_key_to_env={"k": "KEY"})
    kubernetes.use_secret_as_volume(task, secret_name="secret", mount_path="/secret")
    other = work()
    kubernetes.add_node_selector_json(other, node_selector_json=selector)
    kubernetes.add_toleration_json(other, toleration_json=toleration)
    kubernetes.add_node_affinity_json(
        other,
        node_affinity_json={
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "disk", "operator": "Exists"}]},
                ]
            }
        },
    )
