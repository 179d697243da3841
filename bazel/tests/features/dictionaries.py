"""Dictionaries, and lists of them, as defaults and constants."""

from kfp import dsl


@dsl.component(base_image="python:3.13")
def work(one: dict = {"b": 1, "a": {"d": [], "c": "x"}}, many: list = [{"y": 1, "x": 2}]):  # noqa: B006
    print(one, many)


@dsl.pipeline(name="dictionaries")
def dictionaries(
    one: dict = {"zebra": 1, "ant": 2, "bee": {"y": 1, "x": 2, "z": 3}},  # noqa: B006
    many: list = [{"q": 1, "p": 2, "o": 3}, {"m": {"l": 1, "k": 2}}],  # noqa: B006
):
    work(one=one, many=many)
    work(one={"second": 2, "first": 1}, many=[{"d": 4, "c": 3}])
