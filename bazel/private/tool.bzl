"""What the rules that make layers and bills have in common: how they call their tool."""

visibility(["//bazel/...", "//tests/artifacts"])

# Bytecode without columns; see layer_tar.py.
_ENVIRONMENT = {"PYTHONNODEBUGRANGES": "1"}

def layout_files(target):
    """Returns an image layout with the files that it may hold links to.

    Args:
        target: the image.
    """
    return depset(transitive = [
        target[DefaultInfo].files,
        target[DefaultInfo].default_runfiles.files,
    ])

def tool_args(ctx, outs):
    """Returns a tool's first arguments: for whom it works, and what it writes.

    Args:
        ctx: the rule's context.
        outs: the files to write.
    """
    args = ctx.actions.args()
    args.use_param_file("@%s", use_always = True)
    args.set_param_file_format("multiline")
    args.add(str(ctx.label), format = "--owner=%s")
    args.add_all(outs, format_each = "--out=%s", expand_directories = False)
    return args

def run_tool(ctx, outs, args, inputs, mnemonic, verb):
    """Runs the tool that the rule has as `_tool`, and makes what it writes the rule's output.

    Args:
        ctx: the rule's context.
        outs: the files it writes.
        args: its arguments, begun by tool_args.
        inputs: depset of the files it reads.
        mnemonic: the action's mnemonic.
        verb: what it does, such as `Packing`.

    Returns:
        DefaultInfo of the files.
    """
    ctx.actions.run(
        executable = ctx.executable._tool,
        arguments = [args],
        env = _ENVIRONMENT,
        inputs = inputs,
        outputs = outs,
        mnemonic = mnemonic,
        progress_message = verb + " %{label}",
        toolchain = None,
    )
    return DefaultInfo(files = depset(outs), runfiles = ctx.runfiles(outs))
