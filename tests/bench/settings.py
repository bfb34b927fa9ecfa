"""The product's settings as in production, plus the bare views it is compared with."""

import tempfile
from pathlib import Path

from portal.settings import *  # noqa: F403  the bench serves the product itself
from portal.settings import STORAGES

DEBUG = False
LOCAL_LOGIN = SECOND_FACTOR = True
ROOT_URLCONF = "tests.bench.urls"
ALLOWED_HOSTS = ["127.0.0.1"]
REQUESTS_A_MINUTE = 10**9
SECURE_SSL_REDIRECT = False
HTTPS = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SILENCED_SYSTEM_CHECKS = ["earwitness.E001", "earwitness.E003", "earwitness.E004"]
LIVEKIT_API_KEYS = {"bench": "bench-secret-of-more-than-thirty-two-bytes"}
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
MEDIA_STORE = {
    "kind": "s3",
    "bucket": "bench",
    "region": "eu-central-1",
    "endpoint": "https://s3.example",
    "public_endpoint": "",
    "path_style": True,
    "checksums": "when_required",
    "access_key": "BENCHACCESSKEY000001",
    "secret_key": "bench-secret-key",
    "session_token": "",
    "egress_credentials": "own",
    "role_arn": "",
    "external_id": "",
}
MEDIA_STORES = [{"kind": "local", "root": Path(tempfile.gettempdir()) / "bench-media"}]
LOGGING = {"level": "ERROR"}
