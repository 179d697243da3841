"""Recognises the files of an installed distribution, wherever a pip hub puts them."""

visibility("//bazel/...")

SITE_PACKAGES = "/site-packages"

def is_installed(file):
    """Returns whether a file belongs to an installed distribution.

    Args:
        file: the File.
    """
    return SITE_PACKAGES + "/" in file.path

def is_packed(file):
    """Returns whether the packers include a file of a distribution unchanged.

    Bytecode contains the path of the folder in which it was made, so the packers make their own.

    Args:
        file: the File.
    """
    return is_installed(file) and file.extension != "pyc"
