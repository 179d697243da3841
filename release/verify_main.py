"""`bazel run //release:verify -- VERSION --bundle FILE`: verifies a release with the lock's crane.

Without Bazel, use the command verify-kfp-component-lib, which kfp-component-lib[verify] installs.
"""

import os
import sys
from pathlib import Path

from kfp_component_lib.verification.__main__ import main

if __name__ == "__main__":
    crane = Path(os.environ["CRANE"]).absolute()
    os.environ["PATH"] = os.pathsep.join([str(crane.parent), os.environ.get("PATH", os.defpath)])
    sys.exit(main())
