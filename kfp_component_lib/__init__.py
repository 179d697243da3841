"""Reusable Kubeflow Pipelines components, and the plain library they call.

Library modules such as `kfp_component_lib.datasets` know nothing of KFP. The components in
`kfp_component_lib.components` are thin wrappers around them. This module never imports the
wrappers: inside a running component `kfp.dsl` has no `component` decorator, so doing so would
break every component that imports the library.

Attributes:
    VERSION: The one version of wheel, image and compiled pipelines.
    KFP_CONTAINER_IMAGE: The image reference `REPOSITORY:VERSION` that wrappers name. The compile
        rules replace it by the reference of the image that was built with the pipeline.
    PKG_DEPENDENCY: The pinned requirement of this package, for `packages_to_install`.
"""

from kfp_component_lib._build_info import REPOSITORY as _REPOSITORY
from kfp_component_lib._build_info import VERSION

__all__ = ["KFP_CONTAINER_IMAGE", "PKG_DEPENDENCY", "VERSION"]

KFP_CONTAINER_IMAGE = f"{_REPOSITORY}:{VERSION}"
PKG_DEPENDENCY = f"kfp-component-lib=={VERSION}"
