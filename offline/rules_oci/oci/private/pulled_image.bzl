"""pulled_image: a layout in a repository, as the directory that an image target provides."""

visibility("public")

def _pulled_image_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.add(out.path)
    args.add_all(ctx.files.layout)

    # Copies, because the files of a repository may leave the execution root before they are read again.
    ctx.actions.run_shell(
        inputs = ctx.files.layout,
        outputs = [out],
        arguments = [args],
        command = """out=$1; shift
for file; do
  copy=$out/${file#*/layout/}
  mkdir -p "${copy%/*}" && cp -L "$file" "$copy" || exit
done""",
        mnemonic = "OCIPulledImage",
        progress_message = "Copying %{label}",
        toolchain = None,
    )
    return DefaultInfo(files = depset([out]))

pulled_image = rule(
    implementation = _pulled_image_impl,
    doc = "Provides the files of a layout as one directory.",
    attrs = {"layout": attr.label_list(mandatory = True, allow_files = True, doc = "The files, below `layout/`.")},
)
