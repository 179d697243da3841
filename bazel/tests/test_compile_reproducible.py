"""The same sources give the same bytes, in any process."""

import pytest


@pytest.fixture(scope="module")
def tools(tool):
    """Processes with different orders of protobuf's maps and of sets."""
    tools = [type(tool)(PYTHONHASHSEED=seed) for seed in ("1", "2", "random")]
    yield tools
    for one in tools:
        one.close()


def test_every_process_compiles_alike(tools, compile_feature, feature):
    """Every feature of the DSL compiles to the same bytes in each process."""
    results = []
    for tool in tools:
        compiled = compile_feature(feature, tool)
        results.append(compiled.message if compiled.status else compiled.text)
    assert results == results[:1] * len(tools)
