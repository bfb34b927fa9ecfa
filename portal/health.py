"""Is the process alive, and can it do its work?"""

import time

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from compliance.access.guards import public
from recordings import media_store
from recordings.media_store.errors import StoreError

CACHED_SECONDS = 5.0
_last: tuple[float, dict[str, bool]] = (0.0, {})


@public
def live(request: HttpRequest) -> HttpResponse:
    """200 while the process serves requests; asks nobody else."""
    return HttpResponse("ok", content_type="text/plain")


@public
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations, broker and store all answer, else 503.

    A broker that is down does not lose events: they wait in the inbox.
    """
    global _last
    asked_at, answers = _last
    if time.monotonic() - asked_at > CACHED_SECONDS or not answers:
        answers = {
            "database": _database(),
            "migrations": _migrations(),
            "broker": _broker(),
            "store": _store(),
        }
        _last = (time.monotonic(), answers)
    return JsonResponse(answers, status=200 if all(answers.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _migrations() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _broker() -> bool:
    try:
        client = redis.Redis.from_url(
            settings.CELERY_BROKER_URL, socket_timeout=1, socket_connect_timeout=1
        )
        return bool(client.ping())
    except redis.RedisError:
        return False


def _store() -> bool:
    try:
        media_store.store().head("readiness-probe")
    except StoreError:
        return False
    return True
