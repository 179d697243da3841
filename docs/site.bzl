"""site: the pages of docs/ as a folder of HTML."""

visibility("private")

def _site_impl(ctx):
    folder = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.use_param_file("@%s", use_always = True)
    args.set_param_file_format("multiline")
    args.add("--out=" + folder.path)
    args.add("--source=" + ctx.attr.source)
    args.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = ctx.executable.tool,
        arguments = [args],
        # The same sources give the same bytes.
        env = {"SOURCE_DATE_EPOCH": "315532800"},
        inputs = ctx.files.srcs,
        outputs = [folder],
        mnemonic = "Site",
        progress_message = "Building the site %{label}",
        toolchain = None,
    )
    return DefaultInfo(files = depset([folder]), runfiles = ctx.runfiles([folder]))

site = rule(
    implementation = _site_impl,
    doc = "Builds a site with Sphinx. Warnings, such as those about broken links, are errors.",
    attrs = {
        "source": attr.string(mandatory = True, doc = "Address of the repository, for links to files outside the site."),
        "srcs": attr.label_list(mandatory = True, allow_files = True, doc = "The pages, their configuration, and all other files that they need."),
        "tool": attr.label(mandatory = True, executable = True, cfg = "exec", doc = "The program that builds it."),
    },
)
