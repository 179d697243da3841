"""A component that another team has compiled."""

from kfp import components, dsl

_TEXT = """\
name: hello
inputs:
- {name: who, type: String, default: you}
implementation:
  container:
    image: alpine:3.20
    command: [echo, {inputValue: who}]
"""
hello = components.load_component_from_text(_TEXT)


@dsl.pipeline(name="loaded-component")
def loaded_component(who: str = "me"):
    hello(who=who)
