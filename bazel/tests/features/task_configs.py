"""A task that passes its own settings on to what it starts."""

from kfp import dsl, kubernetes


@dsl.component(
    base_image="python:3.13",
    task_config_passthroughs=[
        dsl.TaskConfigField.RESOURCES,
        dsl.TaskConfigField.KUBERNETES_TOLERATIONS,
        dsl.TaskConfigField.KUBERNETES_NODE_SELECTOR,
        dsl.TaskConfigField.KUBERNETES_AFFINITY,
        dsl.TaskConfigPassthrough(field=dsl.TaskConfigField.ENV, apply_to_task=True),
        dsl.TaskConfigPassthrough(field=dsl.TaskConfigField.KUBERNETES_VOLUMES, apply_to_task=True),
    ],
)
def train(workers: int, config: dsl.TaskConfig):
    print(workers, config.resources, config.env)


@dsl.pipeline(name="task-configs")
def task_configs(workers: int = 2):
    task = train(workers=workers).set_cpu_limit("2").set_env_variable("KEY", "value")
    kubernetes.add_node_selector(task, label_key="zone", label_value="a")
    kubernetes.mount_pvc(task, pvc_name="claim", mount_path="/data")
