"""The same sources give the same bytes, in whatever process."""

import pytest


@pytest.fixture(scope="module")
def tools(tool):
    """Processes of which each has another order of protobuf's maps and of sets."""
    tools = [type(tool)(PYTHONHASHSEED=seed) for seed in ("1", "2", "random")]
    yield tools
    for one in tools:
        one.close()


def test_every_process_compiles_alike(tools, compile_feature, feature):
    """Every feature of the DSL; one that the SDK lacks is refused alike."""
    results = []
    for tool in tools:
        compiled = compile_feature(feature, tool)
        results.append(compiled.message if compiled.status else compiled.text)
    assert results == results[:1] * len(tools)
