"""What the release adds to the errors of publishing and verifying."""

from kfp_component_lib.verification.errors import DeliveryError


class RefusedError(DeliveryError):
    """The version is published already, with other content."""
