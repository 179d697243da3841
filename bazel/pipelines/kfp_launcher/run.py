"""NAME.run: starts kfp_launcher.local_run."""

import sys
from importlib.metadata import version

from kfp_compiler.kfp_import import import_kfp


def _check_local_runner(label: str) -> None:
    """Exit with advice if a package that KFP's local runner needs is missing."""
    try:
        import kfp.local.task_dispatcher  # noqa: F401
    except ModuleNotFoundError as error:
        sys.exit(
            f"{label}.run must find the package {error.name}, which the local runner of kfp "
            f"{version('kfp')} imports. Add it to the requirements, and to the run_deps of {label}."
        )


if __name__ == "__main__":
    # `import kfp` spends most of its time on the client of a server, which is not needed here.
    import_kfp()
    _check_local_runner(sys.argv[1].removeprefix("--label="))
    from kfp_launcher.local_run import main

    sys.exit(main(sys.argv[1:]))
