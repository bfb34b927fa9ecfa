"""What a missing service means: a failure in CI, a skip that helps elsewhere."""

import pytest
from _pytest.outcomes import Failed, Skipped

from tests.services import require_service

MESSAGE = "A thing is missing. Bring it with: get it"


@pytest.mark.parametrize("ci", ["true", "1"])
def test_in_ci_a_missing_service_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(Failed, match=MESSAGE):
        require_service("A thing", "get it", found=False)


@pytest.mark.parametrize("ci", ["", "false"])
def test_on_a_laptop_it_is_a_skip_that_names_the_command(
    monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(Skipped, match=MESSAGE):
        require_service("A thing", "get it", found=False)


def test_a_service_that_is_there_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    require_service("A thing", "get it", found=True)
