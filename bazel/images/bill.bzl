"""write_bill: what an image holds, as a CycloneDX bill of materials."""

load("//bazel/private:tool.bzl", "run_tool", "tool_args")

visibility("//bazel/...")

def _wheels(targets):
    found = depset(transitive = [
        files
        for target in targets
        for files in [target[DefaultInfo].files, target[DefaultInfo].default_runfiles.files]
    ])
    return [file for file in found.to_list() if file.extension == "whl"]

def write_bill(ctx, name, image_name, layout, inputs):
    """Lists an image's distributions, each with the hash of its wheel, and its base's packages.

    Args:
        ctx: the context of a rule with `wheel`, `wheels` and the tool `_sbom`.
        name: what the bill's file is called, without a suffix.
        image_name: the image's name in the bill.
        layout: the image's layout, a File.
        inputs: depset of what the layout holds links to.

    Returns:
        The bill, a File.
    """
    out = ctx.actions.declare_file(name + ".cdx.json")
    wheels = _wheels(ctx.attr.wheels)
    args = tool_args(ctx, [out])
    args.add(layout.path, format = "--image=%s")
    args.add(image_name, format = "--name=%s")
    if ctx.file.wheel:
        args.add(ctx.file.wheel, format = "--own=%s")
        wheels = wheels + [ctx.file.wheel]
    args.add_all(wheels)
    read = depset([layout] + wheels, transitive = [inputs])
    run_tool(ctx, [out], args, read, "ImageSbom", "Listing what is in", ctx.executable._sbom)
    return out
