"""Why the directory's word was not taken."""


class Taken(Exception):
    """Somebody else has this here. attribute: which, as SCIM names it."""

    def __init__(self, attribute: str, text: str) -> None:
        super().__init__(text)
        self.attribute = attribute


class Unfit(ValueError):
    """A value that cannot be kept. The text says which and why."""
