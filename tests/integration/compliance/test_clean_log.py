"""A long log that nobody touched: neither checker finds anything in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from compliance.audit import pack
from compliance.audit.verify import verify
from tests import evidence

pytestmark = pytest.mark.django_db
ENTRIES = 200_000


@pytest.fixture(scope="module", autouse=True)
def _log(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), evidence.emptied():
        evidence.fill(ENTRIES)
        evidence.seal_all()
        yield


def test_neither_checker_finds_anything(tmp_path: Path) -> None:
    outside = evidence.held()
    report = verify(outside=outside)
    pack.write(tmp_path, now=timezone.now(), outside=outside)
    bare = evidence.check_bare(tmp_path, fingerprints=evidence.known())

    assert (report.findings, report.entries) == ([], ENTRIES)
    assert (report.outside_size, report.unsealed) == (ENTRIES, 0)
    assert bare.status == 0, bare.said
