"""A voice agent's client of the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from compliance.models import Person, ServiceKey


@pytest.fixture
def api(db: None) -> Callable[[Person], APIClient]:
    """`api(cast.service)` calls the API with a key of that service."""

    def client_of(service: Person) -> APIClient:
        with transaction.atomic():
            _key, token = ServiceKey.objects.create_key(name="test", service=service)
        client: Any = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Api-Key {token}")
        found: APIClient = client
        return found

    return client_of
