"""Errors of publishing and verifying. People see only the message, so it must say what to do."""


class DeliveryError(Exception):
    """Something that is published, or is about to be published, is not correct."""


class TransientError(DeliveryError):
    """A server failed in a way that may be temporary, so another try is worthwhile.

    Attributes:
        retry_after: How many seconds to wait before the next try, if the server stated it.
    """

    def __init__(self, message: str, retry_after: float | None = None):
        """Store how many seconds to wait before the next try."""
        super().__init__(message)
        self.retry_after = retry_after
