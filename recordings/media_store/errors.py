"""What a store may answer instead of doing what it was asked."""


class StoreError(Exception):
    """The store did not do what it was asked; the text is for an operator."""

    def __init__(
        self, text: str, *, code: str = "", request_id: str = "", action: str = ""
    ) -> None:
        """`action`: the permission that the store itself says is missing."""
        super().__init__(text)
        self.code = code
        self.request_id = request_id
        self.action = action


class UnknownStore(StoreError):
    """A row names a store that is no longer configured."""


class InvalidKey(StoreError):
    """The key could leave the store's root or hide in it."""


class ObjectMissing(StoreError):
    """There is no such object or version."""


class StoreRefused(StoreError):
    """The store knows us and says no, or does not know us: a human must act."""


class StoreUnavailable(StoreError):
    """No answer, a late one or a 5xx: worth another try later."""


class StoreFull(StoreError):
    """No room left; nothing half-written was kept."""


class AlreadyThere(StoreError):
    """Something lies under a key that is written only once."""


class LinkRefused(StoreError):
    """A link of that life may not or cannot be issued."""


class LockShortened(StoreError):
    """A lock was to end earlier, or to be looser, than it is: we do not ask for that."""


class LifecycleMoved(StoreError):
    """The store's own rules are not those that somebody looked at."""


class DeletionIncomplete(StoreError):
    """Something of the object is still there after the deletion."""
