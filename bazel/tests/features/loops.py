"""ParallelFor over constants and parameters, nested, and Collected."""

from kfp import dsl


@dsl.component
def double(number: int) -> int:
    return 2 * number


@dsl.component
def greet(name: str):
    print(name)


@dsl.component
def total(numbers: list) -> int:
    return sum(numbers)


@dsl.pipeline(name="loops")
def loops(names: list = ["a", "b"]) -> int:  # noqa: B006
    with dsl.ParallelFor(items=[1, 2, 3], parallelism=2) as item:
        doubled = double(number=item)
    with dsl.ParallelFor(items=[{"x": 1, "y": 2}]) as pair:
        double(number=pair.x)
        with dsl.ParallelFor(items=[4, 5]) as inner:
            double(number=inner)
    with dsl.ParallelFor(items=names) as name:
        greet(name=name)
    return total(numbers=dsl.Collected(doubled.output)).output
