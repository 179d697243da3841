"""Whether a target is stamped."""

visibility("//python/private")

_StampInfo = provider(
    doc = "The command line's --stamp.",
    fields = {"value": "bool: whether it is set."},
)

def _stamp_setting_impl(ctx):
    return _StampInfo(value = ctx.attr.value)

stamp_setting = rule(
    implementation = _stamp_setting_impl,
    doc = "Hands --stamp to rules, which cannot read it themselves.",
    attrs = {"value": attr.bool(mandatory = True, doc = "A select on it.")},
)

STAMP_ATTRS = {
    "stamp": attr.int(
        default = -1,
        values = [-1, 0, 1],
        doc = "1 stamps, 0 does not, -1 leaves it to --stamp.",
    ),
    "_stamp": attr.label(default = ":stamp", providers = [_StampInfo]),
}

def is_stamped(ctx):
    """Says whether a target that has STAMP_ATTRS is stamped.

    Args:
        ctx: the rule's context.

    Returns:
        Whether it is.
    """
    return ctx.attr._stamp[_StampInfo].value if ctx.attr.stamp == -1 else bool(ctx.attr.stamp)
