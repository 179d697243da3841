"""The path of a file in a wheel."""

visibility("//python/private")

def wheel_path(file):
    """The path of a file below the root of its repository.

    Args:
        file: the file.

    Returns:
        The path.
    """
    if file.short_path.startswith("../"):
        return file.short_path.split("/", 2)[2]
    return file.short_path
