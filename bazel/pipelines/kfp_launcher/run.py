"""NAME.run: starts kfp_launcher.local_run."""

import sys

from kfp_compiler.kfp_import import import_kfp

if __name__ == "__main__":
    # Most of the time that `import kfp` takes goes to the client of a server, which is not needed here.
    import_kfp()
    from kfp_launcher.local_run import main

    sys.exit(main(sys.argv[1:]))
