"""Every option of the decorator for components."""

from kfp import dsl


def shout(text: str) -> str:
    return whisper(text).upper()


def whisper(text: str) -> str:
    return text.lower()


@dsl.component(
    base_image="python:3.13",
    packages_to_install=["six==1.16.0", "numpy>=2"],
    pip_index_urls=["https://index.example/simple", "https://other.example/simple"],
    pip_trusted_hosts=["index.example"],
    use_venv=True,
    additional_funcs=[shout, whisper],
)
def say(text: str) -> str:
    return shout(text)


@dsl.component(base_image="python:3.13", target_image="registry.example/say:1")
def containerized(text: str) -> str:
    return text


@dsl.component(base_image="python:3.13", install_kfp_package=False)
def bare():
    print("nothing to install")


@dsl.component(base_image="python:3.13", kfp_package_path="git+https://git.example/kfp.git")
def other_kfp():
    print("another kfp")


@dsl.pipeline(name="decorator-options")
def decorator_options(text: str = "hello"):
    containerized(text=say(text=text).output)
    bare()
    other_kfp()
