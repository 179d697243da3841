"""Names of distributions."""

visibility("//python/...")

def normalize_name(name):
    """Normalizes the name of a distribution as it is written in labels.

    Args:
        name: the name, such as `Kfp-Pipeline.Spec`.

    Returns:
        The name in lower case, with one `_` for each run of `-`, `_` and `.`.
    """
    words = name.lower().replace("-", "_").replace(".", "_").split("_")
    return "_".join([word for word in words if word])
