"""What may go wrong around the private servers, each with one clear line."""


class EmbeddedError(Exception):
    """A private server cannot be had; the message says why and what to do."""
