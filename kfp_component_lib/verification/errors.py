"""What publishing and verifying stop with. People see the message alone, so it says what to do."""


class DeliveryError(Exception):
    """What is published, or is about to be published, is not as it must be."""


class TransientError(DeliveryError):
    """A server failed in a way that may pass, so another try is worth it.

    Attributes:
        retry_after: How many seconds the server asked to be left alone; None if it did not say.
    """

    def __init__(self, message: str, retry_after: float | None = None):
        """Keep how long the server asked to be left alone."""
        super().__init__(message)
        self.retry_after = retry_after
