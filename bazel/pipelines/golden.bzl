"""The golden test of a compiled pipeline or component."""

load("@bazel_skylib//rules:diff_test.bzl", "diff_test")
load("@bazel_skylib//rules:write_file.bzl", "write_file")
load("//bazel/private:update.bzl", "update")

visibility("//bazel/...")

def _is_there(file):
    return bool(native.glob([file], allow_empty = True))

def _recorded(name, golden):
    """Returns the recorded file, or an empty one if nothing has been recorded yet."""
    if _is_there(golden):
        return golden
    write_file(name = name + ".unrecorded", out = golden + ".unrecorded", content = [], tags = ["manual"])
    return name + ".unrecorded"

def golden_test(name, tags, act):
    """Compares the normal form of a definition with NAME.golden.yaml beside its BUILD file.

    A golden holds only what the author decides. It names images by their labels and the SDK without
    its version, so that neither an edit of the library nor an update of KFP changes it.

    Targets produced:
        NAME_test: the comparison.
        NAME.update, NAME_test.update: write NAME.golden.yaml, and the first NAME.interface.json.

    Args:
        name: name of the definition; NAME.normal is its normal form.
        tags: tags of the test.
        act: common attributes of the targets that are run rather than built.
    """
    golden, interface = name + ".golden.yaml", name + ".interface.json"
    files = {name + ".normal": golden}
    if not _is_there(interface):
        files[name + ".interface"] = interface
    update(name = name + ".update", files = files, **act)
    native.alias(name = name + "_test.update", actual = name + ".update", **act)
    diff_test(
        name = name + "_test",
        size = "small",
        failure_message = "If that is what you want: bazel run //{}:{}.update".format(native.package_name(), name),
        file1 = _recorded(name, golden),
        file2 = name + ".normal",
        tags = tags,
    )
