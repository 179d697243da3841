"""What a release stops with. The message is all that people see, so it says what to do."""


class ReleaseError(Exception):
    """The release stopped; nothing of what it published has to be taken back."""


class RefusedError(ReleaseError):
    """The version is published already, with other content."""


class TransientError(ReleaseError):
    """A server failed in a way that may pass: worth another try."""
