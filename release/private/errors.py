"""Errors of the release, in addition to those of publishing and verifying."""

from kfp_component_lib.verification.errors import DeliveryError


class RefusedError(DeliveryError):
    """The version has already been published with different content."""
