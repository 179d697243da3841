"""How the scripts of oci_push and oci_load find their files."""

visibility("//oci/private")

# Defines rlocation for a script that `bazel run` starts or that is a data file of another program.
RLOCATION = """\
runfiles=$0.runfiles
[[ -d $runfiles ]] || runfiles=${RUNFILES_DIR:?"$0: neither $0.runfiles nor RUNFILES_DIR is here"}
rlocation() { [[ -z $1 ]] || echo "$runfiles/$1"; }"""

def rlocation_path(ctx, file):
    """The path of a file in runfiles.

    Args:
        ctx: the rule's context.
        file: the file, or None.

    Returns:
        The path, or an empty string for None.
    """
    if not file:
        return ""
    if file.short_path.startswith("../"):
        return file.short_path.removeprefix("../")
    return "{}/{}".format(ctx.workspace_name, file.short_path)
