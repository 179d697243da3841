"""Compiling pipelines with the rule, compared with KFP's compiler."""

import os
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from benchmarks.bazel import Bazel
from benchmarks.costs import Cost, run, take_turns
from benchmarks.generated import write_pipeline, write_pipelines, write_workspace
from benchmarks.results import Case, Target, Way, explained
from benchmarks.session import Session

TITLE = "Compile: pipelines with the rule and with KFP's compiler"
MINUTES = (8.5, 1)
METHOD = """\
Generated pipelines of two components and a loop are built once; before each measurement every one of
them is edited. `rule` is `bazel build` of all of them with the persistent worker ready, as in daily work;
`rule, new worker` starts it first; `rule, no worker` runs the compile tool separately for each, in a
sandbox. `one process` is a Python program that imports all pipelines and calls KFP's compiler for each:
the fastest way without Bazel, if whoever writes it isolates the pipelines from each other in some other
way. `kfp dsl compile` is run once per pipeline, since it accepts only one. Where one pipeline is edited,
`one process` still compiles all, since it does not know what each depends on. Every YAML that several
ways produce is compared byte for byte."""

_RULE, _COMMAND_LINE, _ONE_PROCESS = "rule", "kfp dsl compile", "one process"
# Beside the strongest way, which is one process: all edited, and one edited.
_AT_MOST = {1: 1, 10: 1, 100: 1.2, 1000: 1.2}
_ONE_EDITED = {10: 2, 100: 5, 1000: 20}
_COUNTS, _QUICK_COUNTS = [1, 10, 100, 1000], [1, 10]
_ROUNDS = {1: 5, 10: 2, 100: 2, 1000: 1}
# With more pipelines, only a sample is compiled one by one, and its cost is multiplied.
_SAMPLES = {_COMMAND_LINE: {1000: 20}, "rule, no worker": {100: 20, 1000: 20}}
_COMPILE_ALL = """\
import sys
from importlib.util import module_from_spec, spec_from_file_location
from kfp.compiler import Compiler
for path in sys.argv[1:]:
    spec = spec_from_file_location(path, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    Compiler().compile(module.pipeline, path.removesuffix(".py") + ".kfp.yaml")
"""
# What the script `kfp` does, which a folder of packages does not contain.
_KFP = [sys.executable, "-c", "from kfp.cli.__main__ import main; main()", "dsl", "compile"]


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Measure all numbers of pipelines."""
    folder = running.folder("compile")
    write_workspace(folder, running.workspace)
    bazel = running.server(folder)
    counts = _QUICK_COUNTS if running.quick else _COUNTS
    for number in [*counts, 2]:
        write_pipelines(folder / f"of_{number}", number, 0)
    running.say("downloading what the rule needs")
    bazel.run("build", "//of_2:compile")
    cases = [_case(running, bazel, number) for number in counts]
    cases += [_one_edited(running, bazel, number) for number in _ONE_EDITED if number in counts]
    bazel.shutdown()
    return cases, []


def _case(running: Session, bazel: Bazel, number: int) -> Case:
    editions = count(1)
    ways = _ways(bazel, number, lambda: next(editions))
    rounds = dict.fromkeys(ways, running.rounds(_ROUNDS[number]))
    if number == 100:
        rounds[_COMMAND_LINE] = 1  # Each round takes two minutes.
    running.say(f"{number} pipelines")
    bazel.run("build", f"//of_{number}:compile")
    costs = take_turns(ways, rounds, running.say)
    notes = {
        name: f"{sample[number]} compiled, times {number // sample[number]}"
        for name, sample in _SAMPLES.items()
        if number in sample
    }
    found = [Way(name, costs[name], notes.get(name, "")) for name in ways]
    target = Target(_RULE, _ONE_PROCESS, at_most=_AT_MOST[number])
    case = Case(f"{number} pipelines", found, [target])
    return explained(case, lambda _: _where_time_goes(bazel, number, next(editions)))


def _where_time_goes(bazel: Bazel, number: int, edition: int) -> str:
    write_pipelines(bazel.workspace / f"of_{number}", number, edition)
    found = bazel.profile("build", f"//of_{number}:compile")
    server, workers = found.server, found.workers
    return (
        f"of the processor time of each pipeline, Bazel's server takes"
        f" {1000 * (server.user + server.system) / number:.3g} ms, the worker"
        f" {1000 * workers.user / number:.3g} ms in Python and"
        f" {1000 * workers.system / number:.3g} ms in the kernel, with"
        f" {workers.faults / number:,.0f} page faults, since each is compiled in a fork."
    )


def _one_edited(running: Session, bazel: Bazel, number: int) -> Case:
    package = bazel.workspace / f"of_{number}"
    editions = count(1)

    def rule() -> Cost:
        write_pipeline(package, number // 2, next(editions) + 1_000_000)
        return bazel.run("build", f"//of_{number}:compile")

    def why(_: Target) -> str:
        write_pipeline(package, number // 2, next(editions) + 1_000_000)
        return str(bazel.profile("build", f"//of_{number}:compile"))

    bazel.run("build", f"//of_{number}:compile")
    ways = {_RULE: rule, _ONE_PROCESS: lambda: _in_one_process(package, number)}
    costs = take_turns(ways, dict.fromkeys(ways, running.rounds(3)), running.say)
    found = [Way(name, values) for name, values in costs.items()]
    target = Target(_ONE_PROCESS, _RULE, at_least=_ONE_EDITED[number])
    case = Case(f"{number} pipelines, one edited", found, [target])
    return explained(case, why)


def _ways(
    bazel: Bazel, number: int, next_edition: Callable[[], int]
) -> dict[str, Callable[[], Cost]]:
    package = bazel.workspace / f"of_{number}"
    other = bazel.workspace / "of_2"

    def build(prepare: list[str], *flags: str, sampled: int = number) -> Cost:
        edition = next_edition()
        write_pipelines(other, 2, edition)
        bazel.run("build", *prepare, "//of_2:compile")
        write_pipelines(package, number, edition)
        targets = [f"//of_{number}:pipeline_{n}" for n in range(sampled)]
        chosen = targets if sampled < number else [f"//of_{number}:compile"]
        return _times(bazel.run("build", *flags, *chosen), number / sampled)

    def command_line() -> Cost:
        sampled = _SAMPLES[_COMMAND_LINE].get(number, number)
        files = [package / f"pipeline_{n}.py" for n in range(sampled)]
        cost = _sum([_by_command_line(file) for file in files])
        _compare(package, files)
        return _times(cost, number / sampled)

    sampled = _SAMPLES["rule, no worker"].get(number, number)
    once = ["--strategy=KfpCompile=sandboxed"]
    quit_worker = ["--worker_quit_after_build"]
    return {
        _RULE: lambda: build([]),
        _ONE_PROCESS: lambda: _in_one_process(package, number),
        _COMMAND_LINE: command_line,
        "rule, new worker": lambda: build(quit_worker),
        "rule, no worker": lambda: build([], *once, sampled=sampled),
    }


def _by_command_line(source: Path) -> Cost:
    flags = ["--py", str(source), "--output", str(source.with_suffix(".kfp.yaml"))]
    return run([*_KFP, *flags], env=_environment())


def _in_one_process(package: Path, number: int) -> Cost:
    files = [package / f"pipeline_{n}.py" for n in range(number)]
    cost = run([sys.executable, "-c", _COMPILE_ALL, *map(str, files)], env=_environment())
    _compare(package, files)
    return cost


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


def _sum(costs: list[Cost]) -> Cost:
    return Cost(sum(c.value for c in costs), sum(c.cpu for c in costs))


def _times(cost: Cost, factor: float) -> Cost:
    return Cost(cost.value * factor, cost.cpu * factor)


def _compare(package: Path, sources: list[Path]) -> None:
    """Compare the output of KFP's compiler with what the rule has just built.

    Raises:
        RuntimeError: If a YAML differs.
    """
    built = package.parent / "bazel-bin" / package.name
    for source in sources:
        ours = built / f"{source.stem}.yaml"
        if ours.read_bytes() != source.with_suffix(".kfp.yaml").read_bytes():
            raise RuntimeError(f"{ours.name} must equal the output of KFP's compiler, but differs.")
