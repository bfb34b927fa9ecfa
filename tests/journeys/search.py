"""Look for words wherever the product leaves something behind."""

import base64
import binascii
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from redis import Redis

from compliance.models import PersonSession
from tests.journeys.product import Product

OURS = ("web", "worker")
_ENOUGH = "that is enough"
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")
_READ: dict[bytes, Callable[[Redis, bytes], object]] = {
    b"string": lambda redis, key: redis.get(key),
    b"list": lambda redis, key: redis.lrange(key, 0, -1),
    b"set": lambda redis, key: redis.smembers(key),
    b"zset": lambda redis, key: redis.zrange(key, 0, -1, withscores=True),
    b"hash": lambda redis, key: redis.hgetall(key),
}


@contextmanager
def listening_to_redis(url: str) -> Iterator[list[bytes]]:
    """Every command Redis is given meanwhile: what passes through broker and cache."""
    overheard: list[bytes] = []
    with Redis.from_url(url) as redis, redis.monitor() as monitor:

        def listen() -> None:
            for said in monitor.listen():
                overheard.append(str(said["command"]).encode())
                if _ENOUGH in said["command"]:
                    return

        ear = threading.Thread(target=listen)
        ear.start()
        try:
            yield overheard
        finally:
            redis.echo(_ENOUGH)
            ear.join()


def places(
    product: Product, overheard: Iterable[bytes], addresses: Iterable[str]
) -> dict[str, bytes]:
    """Everything the product left behind, by where it lies."""
    return {
        **{f"log of {name}": product.log(name).read_bytes() for name in OURS},
        "access log": product.access.read_bytes(),
        "addresses the browser asked for": "\n".join(addresses).encode(),
        "sessions": _sessions(),
        "Redis, now": _redis(product.redis_url),
        "Redis, meanwhile": b"\n".join(map(_opened, overheard)),
        "object keys": b"\n".join(_keys(product.media)),
        **_tables(),
    }


def where(words: Iterable[str], among: dict[str, bytes]) -> set[str]:
    """The places that hold one of the words, however it is capitalised."""
    wanted = [word.lower().encode() for word in words]
    return {
        place
        for place, text in among.items()
        if any(word in text.lower() for word in wanted)
    }


def _sessions() -> bytes:
    rows = PersonSession.objects.all()
    return "\n".join(str(row.get_decoded()) for row in rows).encode()


def _redis(url: str) -> bytes:
    """Every key of every database, with its value of whatever type."""
    lines = []
    with Redis.from_url(url) as redis:
        for number in redis.info("keyspace"):
            with Redis.from_url(url, db=int(number.removeprefix("db"))) as database:
                for key in database.scan_iter():
                    value = _READ[database.type(key)](database, key)
                    lines.append(_opened(f"{key!r} {value!r}".encode()))
    return b"\n".join(lines)


def _opened(text: bytes) -> bytes:
    """The text, and what it holds in base64: so the broker carries arguments."""
    return b"\n".join([text, *map(_decoded, _BASE64.findall(text))])


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def _keys(folder: Path) -> list[bytes]:
    return [
        str(path.relative_to(folder)).encode()
        for path in folder.rglob("*")
        if path.is_file()
    ]


def _tables() -> dict[str, bytes]:
    """Every row of every table as PostgreSQL writes it, whatever its columns' types."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT row_to_json(r)::text FROM {name} AS r")  # noqa: S608
            rows = [str(row[0]) for row in cursor.fetchall()]
            found[f"table {table}"] = "\n".join(rows).encode()
    return found
