"""Tests of the images of the tree components, the only ones that have scikit-learn."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from container import Container, as_group_sees
from oci_layout import Image

if sys.platform != "linux":
    pytest.skip("pods need Linux namespaces: NOTHING was tested here", allow_module_level=True)

LAYOUT = Path(os.environ["IMAGE"])
SITE = "opt/site-packages"
TITLE = "org.opencontainers.image.title"
TREES = ("predict_tree_model", "train_tree_model")
# The folders of scikit-learn and skops, and of the distributions that only they require.
BROUGHT = (
    "cloudpickle",
    "joblib",
    "narwhals",
    "prettytable",
    "scipy",
    "skops",
    "sklearn",
    "wcwidth",
)


def images() -> dict[str, Image]:
    """Return the images by component, with that of the whole library under the empty name."""
    (descriptor,) = json.loads((LAYOUT / "index.json").read_bytes())["manifests"]
    index = json.loads(LAYOUT.joinpath("blobs", *descriptor["digest"].split(":")).read_bytes())
    titles = {m["annotations"][TITLE].partition(" ")[2]: m["digest"] for m in index["manifests"]}
    return {name: Image(LAYOUT, digest) for name, digest in titles.items()}


def test_no_other_component_has_scikit_learn():
    """Apart from the whole library, only tree components have scikit-learn and what it requires."""
    found = images()
    assert len(found) > 15
    for name, image in found.items():
        folders = {path.split("/")[2] for path in image.files if path.startswith(f"{SITE}/")}
        assert folders & {*BROUGHT} == ({*BROUGHT} if name in (*TREES, "") else set()), name


def arguments(component: str, task: dict[str, Any]) -> list[str]:
    """Return the compiled command of a component, with the ExecutorInput in its place."""
    text = Path(os.environ["PIPELINE"]).read_text(encoding="utf-8")
    executors = next(yaml.safe_load_all(text))["deploymentSpec"]["executors"]
    container = executors[f"exec-{component.replace('_', '-')}"]["container"]
    given = [text.replace("{{$}}", json.dumps(task)) for text in container["args"]]
    assert given != container["args"]
    return [*container["command"], *given]


def artifact(kind: str, name: str) -> dict[str, Any]:
    """Return an artifact in the pod's /tmp."""
    schema = {"schemaTitle": f"system.{kind}", "schemaVersion": "0.0.1"}
    return {"artifacts": [{"name": name, "type": schema, "uri": f"/tmp/{name}"}]}


def run(component: str, tmp: Path, task: dict[str, Any], scratch: Path) -> dict[str, Any]:
    """Run a task in the image of its component; return the metadata of its output artifacts."""
    image, root = images()[component], scratch / component
    image.unpack(root)
    as_group_sees(root)
    task["outputs"]["outputFile"] = "/tmp/output.json"
    pod = Container(root=root, tmp=tmp, environment=image.environment(), uid=12345)
    done = pod.run(arguments(component, task), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp / "output.json").read_text(encoding="utf-8"))["artifacts"]
    return {name: entry["artifacts"][0].get("metadata") for name, entry in written.items()}


def test_trees_train_and_predict_as_pods_do(tmp_path: Path):
    """Each task runs in its own image, as an unknown user, without a network and read-only."""
    tmp = tmp_path / "tmp"
    tmp.mkdir(mode=0o777)
    table = pa.table({"x": [0.0, 1.0, None] * 40, "t": ["a", "b", None] * 40})
    pq.write_table(table.append_column("y", pa.array(["no", "yes", "maybe"] * 40)), tmp / "data")
    parameters = {"label": "y", "task": "classification", "rounds": 5, "learning_rate": 0.5}
    outputs = {
        "model_out": artifact("Model", "model"),
        "metrics_out": artifact("Metrics", "metrics"),
        "html_out": artifact("HTML", "page"),
    }
    given = {"parameterValues": parameters, "artifacts": {"data": artifact("Dataset", "data")}}
    task = {"inputs": given, "outputs": {"artifacts": outputs}}
    assert run("train_tree_model", tmp, task, tmp_path)["metrics_out"]["accuracy"] == 1
    given = {"data": artifact("Dataset", "data"), "model": artifact("Model", "model")}
    outputs = {"predictions_out": artifact("Dataset", "predictions")}
    task = {"inputs": {"artifacts": given}, "outputs": {"artifacts": outputs}}
    metadata = run("predict_tree_model", tmp, task, tmp_path)["predictions_out"]
    found = pq.read_table(tmp / "predictions")
    assert found["prediction"].to_pylist() == ["no", "yes", "maybe"] * 40
    assert metadata["rows"] == 120
