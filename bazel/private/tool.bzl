"""What the rules for layers and bills have in common: how they call their tool."""

visibility(["//bazel/...", "//tests/artifacts"])

# Bytecode without columns; see layer_tar.py.
_ENVIRONMENT = {"PYTHONNODEBUGRANGES": "1"}

def layout_files(target):
    """Returns an image layout together with the files that it may link to.

    Args:
        target: the image.
    """
    return depset(transitive = [
        target[DefaultInfo].files,
        target[DefaultInfo].default_runfiles.files,
    ])

def tool_args(ctx, outs):
    """Returns the first arguments of a tool: the owner of the action, and its outputs.

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

def run_tool(ctx, outs, args, inputs, mnemonic, verb, tool = None):
    """Runs the tool in the attribute `_tool`, and makes its outputs those of the rule.

    Args:
        ctx: the rule's context.
        outs: the files that the tool writes.
        args: its arguments, starting with those of tool_args.
        inputs: depset of the files that the tool reads.
        mnemonic: the action's mnemonic.
        verb: what the tool does, such as `Packing`.
        tool: the tool, if it is not the executable `_tool`.

    Returns:
        DefaultInfo with the files.
    """
    ctx.actions.run(
        executable = tool or ctx.executable._tool,
        arguments = [args],
        env = _ENVIRONMENT,
        inputs = inputs,
        outputs = outs,
        mnemonic = mnemonic,
        progress_message = verb + " %{label}",
        toolchain = None,
    )
    return DefaultInfo(files = depset(outs), runfiles = ctx.runfiles(outs))
