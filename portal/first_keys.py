"""The secrets of a first run, made once; production brings its own (docs/keys.md)."""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any

from compliance.keys import KEY_BYTES, RINGS


class DamagedKeys(Exception):
    """The key file is there but cannot be read; a lost key is lost data."""


def ensure(path: Path) -> None:
    """Make the key file, or add what a newer version wants; nothing is ever replaced.

    The file is readable by its owner only and is written whole or not at all.
    Raises DamagedKeys when it exists but is no JSON object.
    """
    keys: dict[str, Any] = {}
    if path.exists():
        try:
            keys = dict(json.loads(path.read_text()))
        except (TypeError, ValueError) as error:
            message = f"The key file {path} is damaged: restore it from a backup."
            raise DamagedKeys(message) from error
    wanted = _completed(keys)
    if wanted != keys:
        _write(path, wanted)


def _completed(keys: dict[str, Any]) -> dict[str, Any]:
    rings = keys.get("rings", {})
    new = {name: [_key()] for name in RINGS if not rings.get(name)}
    first = {"secret_key": secrets.token_urlsafe(48)}
    return first | keys | {"rings": rings | new}


def _key() -> str:
    encoded = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return f"{secrets.token_hex(4)}:{encoded}"


def _write(path: Path, keys: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(keys, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
