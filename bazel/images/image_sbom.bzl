"""image_sbom: what an image holds, as a CycloneDX bill of materials."""

load("//bazel/private:tool.bzl", "layout_files", "run_tool", "tool_args")
load(":platform_transition.bzl", "PLATFORM", "platform_transition")

visibility("//bazel/...")

def _wheels(ctx):
    found = depset(transitive = [
        files
        for target in ctx.attr.wheels
        for files in [target[DefaultInfo].files, target[DefaultInfo].default_runfiles.files]
    ])
    return [file for file in found.to_list() if file.extension == "whl"]

def _image_sbom_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".cdx.json")
    wheels = _wheels(ctx)
    args = tool_args(ctx, [out])
    args.add(ctx.file.image.path, format = "--image=%s")
    args.add(ctx.attr.image_name, format = "--name=%s")
    args.add_all(wheels)
    inputs = depset(wheels, transitive = [layout_files(ctx.attr.image)])
    return run_tool(ctx, [out], args, inputs, "ImageSbom", "Listing what is in")

image_sbom = rule(
    implementation = _image_sbom_impl,
    doc = "Lists an image's distributions, each with the hash of its wheel, and its base's packages.",
    attrs = {
        "image": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The image, an image layout of one platform.",
        ),
        "image_name": attr.string(
            mandatory = True,
            doc = "The image's name in the bill.",
        ),
        "platform": PLATFORM,
        "wheels": attr.label_list(
            mandatory = True,
            allow_files = [".whl"],
            cfg = platform_transition,
            doc = "The wheels that are in the image, such as `@pip//numpy:whl`; what they require comes along.",
        ),
        "_tool": attr.label(
            default = ":sbom_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
