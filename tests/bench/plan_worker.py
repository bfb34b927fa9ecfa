"""A worker of its own process that carries plans out until none runs: made to be killed.

Its store refuses about every fiftieth key the first time it is asked for. Takes the store
as JSON.
"""

import json
import os
import sys
from collections.abc import Collection
from time import sleep
from typing import Any, cast
from zlib import crc32

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
SELDOM = 50


def main(store: str) -> None:
    """Go on until nothing is left to be done."""
    import django

    django.setup()
    from django.test import override_settings
    from django.utils import timezone

    from compliance.models import RequestPlan
    from compliance.requests import carry_out

    _make_grudging()
    running = RequestPlan.objects.filter(state=RequestPlan.State.RUNNING)
    with override_settings(MEDIA_STORE=json.loads(store)):
        while running.exists():
            free = carry_out.running()
            for plan_id in free:
                carry_out.advance(plan_id=plan_id, now=timezone.now())
            if not free:
                sleep(0.2)  # another worker has it


def _make_grudging() -> None:
    from recordings.media_store import StoreRefused
    from recordings.media_store.s3 import S3Store

    refused: set[str] = set()
    whole = S3Store.delete_several

    def delete(store: S3Store, keys: Collection[str]) -> Any:
        fresh = {
            key
            for key in keys
            if key not in refused and not crc32(key.encode()) % SELDOM
        }
        refused.update(fresh)
        told = whole(store, [key for key in keys if key not in fresh])
        return {**told, **{key: StoreRefused("slow down") for key in fresh}}

    cast(Any, S3Store).delete_several = delete


if __name__ == "__main__":
    main(sys.argv[1])
