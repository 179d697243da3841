"""write_bills: the contents of images, as CycloneDX bills of materials."""

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
    """Lists each image's distributions, with the hashes of their wheels, and its base's packages.

    A single action handles all images: they share most of their layers, and each layer is read once.

    Args:
        ctx: the context of a rule with `licenses`, `title`, `wheel`, `wheels` and the tool `_sbom`.
        layouts: dict: the image's layout, a File, by the name of its component.
        inputs: depset of the files to which the layouts have links.

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
    run_tool(ctx, bills.values(), args, read, "ImageSbom", "Listing the contents of", ctx.executable._sbom)
    return bills
