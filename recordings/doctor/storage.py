"""The store into which new recordings go, by its own account."""

from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured

from recordings import media_store
from recordings.finding import Finding, fail


def findings() -> Iterator[Finding]:
    """What the store finds when it looks at itself."""
    try:
        store = media_store.store()
    except ImproperlyConfigured as error:
        yield fail("the settings do not fit together", str(error))
        return
    yield from store.diagnose()
