"""Tokens look like nothing else, so that scanners find a leaked one."""

import re

from compliance import service_token


def test_a_scanner_finds_it_in_a_file() -> None:
    token = service_token.make()
    leaked = f'headers = {{"Authorization": "Api-Key {token}"}}\n'

    assert re.findall(service_token.PATTERN, leaked) == [token]
    assert token.startswith("earwitness_")


def test_it_names_its_row() -> None:
    token = service_token.make()

    assert token.split("_")[1] == service_token.prefix_of(token)
    assert service_token.make() != token


def test_what_was_not_made_here_is_known_without_asking() -> None:
    token = service_token.make()
    last = "0" if token[-1] != "0" else "1"
    other = token.replace("earwitness", "somebody")
    changed = [token[:-1] + last, other, token + "0", token[:-1], token + "\n"]

    for odd in [*changed, "", "abc.def"]:
        assert service_token.prefix_of(odd) == "", odd
