"""Names targets in files and messages in the same way under every version of Bazel."""

visibility("//bazel/...")

def label_text(label):
    """Returns a label as its users write it, such as `//image:image` or `@module//image:image`.

    Canonical names of repositories, such as `module~`, differ between versions of Bazel.

    Args:
        label: the Label.
    """
    target = "//{}:{}".format(label.package, label.name)
    repository = label.repo_name.replace("+", "~")
    if not repository:
        return target

    # Of a module the name comes first, and of an extension's repository it comes last.
    parts = repository.split("~")
    return "@" + (parts[-1] if "~~" in repository else parts[0]) + target
