"""What `collectstatic` publishes, and under which names."""

from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder
from whitenoise.storage import (  # type: ignore[import-untyped]
    CompressedManifestStaticFilesStorage,
)

SERVED_APPS = ["django.contrib.admin"]
"""Apps of others whose pages we serve; those that only bring code publish nothing."""


class ServedAppsFinder(AppDirectoriesFinder):
    """The static folders of SERVED_APPS, and of no other app."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(SERVED_APPS, *args, **kwargs)


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Each file under the hash of its content, so browsers keep it for ever.

    Also modules that other modules import: their import lines name the hash. The
    plain names are not published, so nothing can refer to them by mistake.
    """

    support_js_module_import_aggregation = True
    keep_only_hashed_files = True
