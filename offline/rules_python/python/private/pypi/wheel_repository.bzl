"""wheel_repository: one locked distribution."""

load(":execute.bzl", "find_python", "run_python")

visibility("//python/extensions")

_FETCH = Label("//python/private/pypi:fetch.py")
_UNPACK = Label("//python/private/pypi:wheel.py")

_BUILD = """\
load("@rules_python//python/private/pypi:wheel_targets.bzl", "wheel_targets")

package(default_visibility = ["//visibility:public"])

wheel_targets(
    distribution = {distribution},
    hub = {hub},
    requires = {requires},
    version = {version},
    wheel = {wheel},
)
"""

_WHICH_INDEX = "`pip config list` says which index it is; PIP_INDEX_URL or pip.conf names another."

# Messages of pip, and what they mean for the reader. The first one that matches is used.
_ADVICE = {
    "DO NOT MATCH THE HASHES": "The index serves a file that the lock does not know. If you trust the index, lock anew; else ask who runs it.",
    "CERTIFICATE_VERIFY_FAILED": "pip does not trust the index: PIP_CERT must name the certificates of this network.",
    "No space left on device": "The disk is full.",
    "(from versions: none)": "No index answers, or it does not know the distribution. " + _WHICH_INDEX,
    "No matching distribution found": "The index does not have this version for this Python and platform. " + _WHICH_INDEX,
}

def _fail(rctx, result):
    output = result.stdout + result.stderr
    advice = [text for said, text in _ADVICE.items() if said in output]
    fail("{} of {} must be had through pip, got exit status {}:\n{}\n{}".format(
        rctx.attr.requirement.split(" ")[0],
        rctx.attr.requirements_lock,
        result.return_code,
        output.strip(),
        advice[0] if advice else _WHICH_INDEX,
    ))

def _wheel_repository_impl(rctx):
    python = find_python(rctx, rctx.attr.python_version)
    rctx.file("requirement.txt", rctx.attr.requirement + "\n")
    fetched = run_python(rctx, python, [rctx.path(_FETCH)] + rctx.attr.extra_pip_args, timeout = rctx.attr.timeout)
    if fetched.return_code:
        _fail(rctx, fetched)
    rctx.delete("requirement.txt")

    unpacked = run_python(rctx, python, [rctx.path(_UNPACK)] + rctx.attr.extras, timeout = rctx.attr.timeout)
    if unpacked.return_code:
        fail("{} must be a wheel, got: {}".format(rctx.attr.requirement.split(" ")[0], unpacked.stderr))
    found = json.decode(unpacked.stdout)
    rctx.file("BUILD.bazel", _BUILD.format(
        distribution = repr(found["name"]),
        hub = repr(rctx.attr.hub),
        requires = repr([name for name in found["requires"] if name in rctx.attr.packages]),
        version = repr(found["version"]),
        wheel = repr(found["wheel"]),
    ))

# The environment is not watched: the hashes determine what is downloaded, and a change of the
# index is no reason to download it again.
wheel_repository = repository_rule(
    implementation = _wheel_repository_impl,
    doc = "Downloads a distribution through pip, unless it is in this machine's cache, and unpacks it.",
    attrs = {
        "extra_pip_args": attr.string_list(doc = "Additional arguments of pip."),
        "extras": attr.string_list(doc = "The requested extras."),
        "hub": attr.string(mandatory = True, doc = "Name of the hub."),
        "packages": attr.string_list(doc = "The distributions of the hub."),
        "python_version": attr.string(mandatory = True, doc = "The version of Python, such as `3.13`."),
        "requirement": attr.string(mandatory = True, doc = "The line of the lock, with its hashes."),
        "requirements_lock": attr.string(mandatory = True, doc = "The lock, for messages."),
        "timeout": attr.int(mandatory = True, doc = "Time limit for pip, in seconds."),
    },
)
