"""If, Elif, Else and OneOf."""

from kfp import dsl


@dsl.component
def flip() -> str:
    return "heads"


@dsl.component
def say(text: str) -> str:
    return text


@dsl.pipeline(name="conditions")
def conditions(threshold: float = 0.5) -> str:
    side = flip()
    with dsl.If(side.output == "heads"):
        first = say(text="heads")
    with dsl.Elif(threshold > 0.9):
        second = say(text="high")
    with dsl.Else():
        third = say(text="tails")
    return dsl.OneOf(first.output, second.output, third.output)
