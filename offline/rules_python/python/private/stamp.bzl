"""Whether a target is stamped."""

visibility("//python/private")

_StampInfo = provider(
    doc = "The value of --stamp on the command line.",
    fields = {"value": "bool: whether it is set."},
)

def _stamp_setting_impl(ctx):
    return _StampInfo(value = ctx.attr.value)

stamp_setting = rule(
    implementation = _stamp_setting_impl,
    doc = "Provides --stamp to rules, which cannot read it themselves.",
    attrs = {"value": attr.bool(mandatory = True, doc = "A select on it.")},
)

STAMP_ATTRS = {
    "stamp": attr.int(
        default = -1,
        values = [-1, 0, 1],
        doc = "1 stamps, 0 does not, and -1 depends on --stamp.",
    ),
    "_stamp": attr.label(default = ":stamp", providers = [_StampInfo]),
}

def is_stamped(ctx):
    """Returns whether a target with STAMP_ATTRS is stamped.

    Args:
        ctx: the rule's context.

    Returns:
        Whether it is stamped.
    """
    return ctx.attr._stamp[_StampInfo].value if ctx.attr.stamp == -1 else bool(ctx.attr.stamp)
