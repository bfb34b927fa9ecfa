"""The least that a view could do for the same answer: what our figures stand beside."""

import base64
import hashlib
import uuid
from functools import cache
from typing import Any

import boto3
import jwt
from botocore.config import Config
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recordings.models import Call

TABLE = """
CREATE TABLE IF NOT EXISTS bench_row (id text PRIMARY KEY, body text NOT NULL)
"""


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    """Verify the signature and the hash, INSERT the body, answer."""
    body = request.body
    secret = settings.LIVEKIT_API_KEYS["bench"]
    claims = jwt.decode(request.headers["Authorization"], secret, algorithms=["HS256"])
    if base64.b64decode(claims["sha256"]) != hashlib.sha256(body).digest():
        return HttpResponse(status=401)
    _insert(body.decode())
    return HttpResponse(status=200)


@login_required
def listen(request: HttpRequest) -> HttpResponse:
    """Session login, one INSERT, a presigned URL of botocore."""
    _insert(str(request.user.pk))
    url = _s3().generate_presigned_url(
        "get_object",
        Params={"Bucket": "bench", "Key": "recordings/a/b.ogg"},
        ExpiresIn=300,
    )
    return JsonResponse({"url": url})


class Agent(APIView):
    """The key of the product, one SELECT or one INSERT, JSON."""

    def get(self, request: Request, room_sid: str) -> Response:
        """Find the call in a room."""
        found = Call.objects.filter(room_id=room_sid).values_list("id", flat=True)
        return Response({"call": found[0]})

    def post(self, request: Request, room_sid: str) -> Response:
        """Write a row."""
        _insert(room_sid)
        return Response({"room": room_sid})


def _insert(body: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_row (id, body) VALUES (%s, %s)", [uuid.uuid4().hex, body]
        )


@cache
def _s3() -> Any:
    store = settings.MEDIA_STORE
    return boto3.client(
        "s3",
        region_name=store["region"],
        endpoint_url=store["endpoint"],
        aws_access_key_id=store["access_key"],
        aws_secret_access_key=store["secret_key"],
        config=Config(signature_version="s3v4"),
    )
