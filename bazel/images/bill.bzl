"""write_bills: what images hold, as CycloneDX bills of materials."""

load("//bazel/private:tool.bzl", "run_tool", "tool_args")

visibility("//bazel/...")

def _wheels(targets):
    found = depset(transitive = [
        files
        for target in targets
        for files in [target[DefaultInfo].files, target[DefaultInfo].default_runfiles.files]
    ])
    return [file for file in found.to_list() if file.extension == "whl"]

def write_bills(ctx, layouts, inputs):
    """Lists each image's distributions, with the hash of their wheels, and its base's packages.

    One action for all: they have most of their layers in common, and each is read once.

    Args:
        ctx: the context of a rule with `licenses`, `title`, `wheel`, `wheels` and the tool `_sbom`.
        layouts: dict: the image's layout, a File, by the name of its component.
        inputs: depset of what the layouts hold links to.

    Returns:
        dict: the bill, a File, by the name of the component; empty without `wheels`.
    """
    if not ctx.attr.wheels:
        return {}
    bills = {
        name: ctx.actions.declare_file(layout.basename + ".cdx.json")
        for name, layout in layouts.items()
    }
    wheels = _wheels(ctx.attr.wheels)
    args = tool_args(ctx, bills.values())
    args.add_all([layout.path for layout in layouts.values()], format_each = "--image=%s")
    args.add(ctx.attr.title, format = "--name=%s")
    args.add_all(["{}={}".format(name, text) for name, text in ctx.attr.licenses.items()], format_each = "--license=%s")
    if ctx.file.wheel:
        wheels = wheels + [ctx.file.wheel]
    args.add_all(wheels)
    read = depset(layouts.values() + wheels, transitive = [inputs])
    run_tool(ctx, bills.values(), args, read, "ImageSbom", "Listing what is in", ctx.executable._sbom)
    return bills
