"""What the OpenAPI description says of problems: which of them each operation answers.

The views tell of their successes; what the guards around them answer is the same for
all, and is added here.
"""

from typing import Any

from compliance.api.errors import PROBLEM

_TEXT = {"type": "string"}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Why it was not done (RFC 9457).",
    "properties": {
        "status": {"type": "integer"},
        "code": {**_TEXT, "description": "For programs"},
        "title": {**_TEXT, "description": "For people"},
        "request": {**_TEXT, "description": "What the log calls this request"},
        "ask": {**_TEXT, "description": "Whom to ask"},
        "errors": {"description": "What is wrong, by field"},
    },
    "required": ["status", "code", "title", "request"],
}
EVERYWHERE = {401: "Nobody known", 403: "Not allowed", 429: "Too many requests"}
ASKED = {400: "Something in it is not right"}
NAMED = {404: "There is nothing here, or not for the caller"}
SENT = {
    409: "It does not fit what is",
    413: "The body is too large",
    415: "The body is no JSON",
    422: "Well formed, and cannot be done all the same",
}
CHANGES = frozenset({"post", "put", "patch"})


def declare_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: the description, with problems in every operation."""
    result["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
    for operations in result["paths"].values():
        for method, operation in operations.items():
            for status, words in sorted(_problems(method, operation).items()):
                operation["responses"].setdefault(str(status), _answer(words))
    return result


def _problems(method: str, operation: dict[str, Any]) -> dict[int, str]:
    places = {one["in"] for one in operation.get("parameters", [])}
    found = dict(EVERYWHERE)
    if places & {"query", "header"} or method in CHANGES:
        found |= ASKED
    if "path" in places:
        found |= NAMED
    return found | SENT if method in CHANGES else found


def _answer(words: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": words, "content": {PROBLEM: {"schema": schema}}}
