"""A page as somebody reads it."""

import html
import re
from typing import Any


def words(answer: Any) -> str:
    """What stands on the page of an answer, without tags, blanks made single."""
    page = re.sub(
        r"<(script|style).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.S
    )
    return " ".join(html.unescape(page).split())
