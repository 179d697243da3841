"""The name of a wheel file, as far as it is known before the build.

If parts of it are stamped, it differs from the final name, which wheelmaker.py writes into a
separate file.
"""

visibility("//python/private")

_PRE_RELEASES = {
    "alpha": "a",
    "beta": "b",
    "preview": "rc",
    "pre": "rc",
}

def _distribution(name):
    for character in name.elems():
        if not (character.isalnum() or character in "-_.{}"):
            fail("A valid name consists only of ASCII letters ", "and numbers, period, underscore and hyphen.", "Name '{}' has bad character '{}'.".format(name, character))
    if name[0] in "-_.":
        fail("A valid name must start with a letter or number.", "Name '{}' does not.".format(name))
    if name[-1] in "-_.":
        fail("A valid name must end with a letter or number.", "Name '{}' does not.".format(name))

    # The text in braces is the name of a status key, which keeps its case.
    parts = [part.partition("}") for part in name.split("{")]
    plain = [_joined(parts[0][0])]
    return "".join(plain + ["{%s}%s" % (key, _joined(rest)) for key, _, rest in parts[1:]])

def _joined(text):
    text = text.lower().replace("-", "_").replace(".", "_")
    for _ in range(len(text)):
        text = text.replace("__", "_")
    return text

def _version(text):
    """Normalizes a version by PEP 440; stamped parts are left unchanged."""
    if "{" in text:
        return text
    public, plus, local = text.lower().removeprefix("v").partition("+")
    for long, short in _PRE_RELEASES.items():
        public = public.replace(long, short)
    for tag, prefix in [("a", ""), ("b", ""), ("rc", ""), ("post", "."), ("dev", ".")]:
        for separator in ["-", "_", "."]:
            public = public.replace(separator + tag, tag).replace(tag + separator, tag)
        public = public.replace(tag, prefix + tag)
    return public + plus + local.replace("-", ".").replace("_", ".")

def _segment(text):
    escaped = "".join([character if character.isalnum() or character == "." else "_" for character in text.elems()])
    for _ in range(len(escaped)):
        escaped = escaped.replace("__", "_")
    return escaped

def wheel_name(*, distribution, version, python_tag, abi, platform):
    """The name of a wheel file.

    Args:
        distribution: name of the distribution.
        version: its version.
        python_tag: such as `py3`.
        abi: such as `none`.
        platform: such as `any`.

    Returns:
        The name.
    """
    tags = [_segment(text) for text in [python_tag, abi, platform]]
    return "-".join([_distribution(distribution), _version(version)] + tags) + ".whl"
