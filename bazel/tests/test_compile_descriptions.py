"""The interface and the diagram that come with a normal form."""

import json
import os
from pathlib import Path

import pytest

_FEATURES = Path(os.environ["FEATURES"]).parent


@pytest.fixture
def described(compile_text, tmp_path):
    """Compile a feature; return its interface and its diagram."""

    def _described(feature: str, kind: str = "pipeline") -> tuple[dict, list[str]]:
        files = [tmp_path / "interface", tmp_path / "graph"]
        text = (_FEATURES / f"{feature}.py").read_text(encoding="utf-8")
        flags = [f"--interface={files[0]}", f"--graph={files[1]}", "--version=1.2.3"]
        assert compile_text(text, f"--function={feature}", *flags, kind=kind).text
        graph = files[1].read_text(encoding="utf-8").splitlines()
        return json.loads(files[0].read_text(encoding="utf-8")), graph

    return _described


def test_interface_of_a_component(described):
    """Parameters and artifacts, whether an input may be left out, types as in the IR."""
    interface, _ = described("single_component", kind="component")
    assert interface == {
        "name": "single-component",
        "version": "1.2.3",
        "inputs": {
            "name": {"type": "STRING", "optional": True},
            "rows": {"type": "NUMBER_INTEGER", "optional": False},
        },
        "outputs": {"Output": {"type": "STRING"}, "data": {"type": "system.Dataset"}},
    }


def test_graph_of_tasks(described):
    """A task a node, and an arrow with the name of what flows."""
    _, graph = described("artifacts")
    assert graph[:4] == ["# artifacts", "", "```mermaid", "flowchart TD"]
    assert '  t_importer[("importer")]' in graph
    assert '  t_importer -->|"artifact"| t_for_loop_2' in graph


def test_graph_of_conditions(described):
    """Conditions are boxes with what they ask."""
    _, graph = described("conditions")
    assert any("subgraph" in line and "heads" in line and "if " in line for line in graph)


def test_graph_of_conditions_has_titles_of_one_line(described):
    """Mermaid draws over a second line."""
    _, graph = described("conditions")
    assert "<br" not in "".join(graph)
    title = "condition-3 if !(flip-Output == 'heads') &amp;&amp; threshold > 0.9"
    assert any(title in line for line in graph)


def test_graph_of_long_loops(compile_text, tmp_path):
    """What a loop goes through is cut where the title gets too long."""
    text = (
        "from kfp import dsl\n"
        "@dsl.component(base_image='python:3.13')\n"
        "def work(): pass\n"
        "@dsl.pipeline(name='it')\n"
        "def it():\n"
        "    with dsl.ParallelFor(list(range(1000))): work()\n"
    )
    assert compile_text(text, f"--graph={tmp_path / 'graph'}").text
    [title] = [
        line.split('"')[1]
        for line in (tmp_path / "graph").read_text(encoding="utf-8").splitlines()
        if "subgraph" in line
    ]
    assert title.startswith("for-loop-2 for each of [0, 1, 2, ")
    assert title.endswith("…")
    assert len(title) == 100


def test_graph_of_loops(described):
    """Loops are boxes with what they go through, and may hold others."""
    _, graph = described("loops")
    assert any("for each of [1, 2, 3]" in line for line in graph)
    assert [line.strip() for line in graph].count("end") == 4


def test_graph_of_tasks_with_similar_names(compile_text, tmp_path):
    """A task in a loop, and one outside that is called like both, are two nodes."""
    text = (
        "from kfp import dsl\n"
        "@dsl.component(base_image='python:3.13')\n"
        "def work(): pass\n"
        "@dsl.component(base_image='python:3.13')\n"
        "def for_loop_2_work(): pass\n"
        "@dsl.pipeline(name='it')\n"
        "def it():\n"
        "    with dsl.ParallelFor([1]): work()\n"
        "    for_loop_2_work()\n"
    )
    assert compile_text(text, f"--graph={tmp_path / 'graph'}").text
    nodes = [
        line.split("[")[0].strip()
        for line in (tmp_path / "graph").read_text(encoding="utf-8").splitlines()
        if "[" in line
    ]
    assert len(nodes) == len(set(nodes)) == 3, nodes


def test_graph_of_an_exit_handler(described):
    """What runs even if the rest fails has a dotted arrow."""
    _, graph = described("exit_handler")
    assert any("-.->" in line and "t_notify" in line for line in graph)


@pytest.mark.parametrize("feature", sorted(p.stem for p in _FEATURES.glob("*.py")))
def test_every_feature_has_a_graph(described, feature):
    """Subgraphs are closed, and arrows lead to what is there."""
    kind = "component" if feature == "single_component" else "pipeline"
    _, graph = described(feature, kind)
    nodes = {w.split("[")[0] for line in graph for w in line.replace("subgraph ", "").split()[:1]}
    ends = {w for line in graph if "->" in line for w in (line.split()[0], line.split()[-1])}
    assert ends <= nodes
    assert sum("subgraph" in line for line in graph) == [g.strip() for g in graph].count("end")
