"""tracked_files: the files of the workspace that git tracks, as a repository.

Bazel cannot list them itself, since .bazelignore hides the offline mode and the workspaces in e2e/.
"""

visibility("private")

# With this suffix a BUILD file does not make its folder a package.
_SUFFIX = ".file"

_BUILD = """\
package(default_visibility = ["@kfp_component_lib//release:__pkg__"])

exports_files(["executables.txt"])

filegroup(
    name = "files",
    srcs = glob(["files/**"]),
)
"""

def _git(rctx, *arguments):
    git = rctx.which("git")
    if not git:
        fail("git must be on PATH to list the files of the source archive, but was not found. Install it.")

    # A checkout may belong to another user, as in containers of continuous integration.
    result = rctx.execute([git, "-c", "safe.directory=*", "-C", str(rctx.workspace_root)] + list(arguments))
    if result.return_code:
        fail("The source archive must be built in a git checkout, got {} with:\n{}".format(
            str(rctx.workspace_root),
            result.stderr.strip(),
        ))
    return result.stdout

def _tracked(rctx):
    """Returns the git mode of each tracked file that exists, by its path."""
    entries = [entry.split("\t", 1) for entry in _git(rctx, "ls-files", "--stage", "-z").split("\0") if entry]
    return {
        path: described.split(" ")[0]
        for described, path in entries
        if rctx.workspace_root.get_child(path).exists
    }

def _tracked_files_impl(rctx):
    # The index changes when a file is added or removed; Bazel sees edits through the links.
    rctx.watch(_git(rctx, "rev-parse", "--absolute-git-dir").strip() + "/index")
    tracked = _tracked(rctx)
    for path, mode in tracked.items():
        if mode not in ("100644", "100755"):
            fail("{} must be a file to be part of the source archive, got git mode {}. Replace the link by a file.".format(path, mode))
        rctx.symlink(rctx.workspace_root.get_child(path), "files/" + path + _SUFFIX)
    executables = [path + "\n" for path, mode in tracked.items() if mode == "100755"]
    rctx.file("executables.txt", "".join(executables), executable = False)
    rctx.file("BUILD.bazel", _BUILD, executable = False)

tracked_files = repository_rule(
    implementation = _tracked_files_impl,
    doc = "Links to the tracked files, each as files/PATH.file, and executables.txt with the paths of programs.",
    local = True,
)
