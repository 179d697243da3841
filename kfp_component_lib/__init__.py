"""Reusable Kubeflow Pipelines components, and the plain library they call.

Library modules such as `kfp_component_lib.datasets` do not depend on KFP. The components in
`kfp_component_lib.components` are thin wrappers around them. This module must never import the
wrappers: inside a running component `kfp.dsl` has no `component` decorator, so every component that
imports the library would fail.

Attributes:
    VERSION: The version that the wheel, the images and the compiled pipelines share.
    KFP_CONTAINER_IMAGE: The image reference `REPOSITORY:VERSION` that the wrappers name. The
        compile rule replaces it by the reference of the image that was built together with the
        pipeline.
    PKG_DEPENDENCY: The pinned requirement of this package, for `packages_to_install`.
"""

from kfp_component_lib._build_info import REPOSITORY as _REPOSITORY
from kfp_component_lib._build_info import VERSION

__all__ = ["KFP_CONTAINER_IMAGE", "PKG_DEPENDENCY", "VERSION"]

KFP_CONTAINER_IMAGE = f"{_REPOSITORY}:{VERSION}"
PKG_DEPENDENCY = f"kfp-component-lib=={VERSION}"
