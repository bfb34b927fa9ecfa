"""Cells of CSV files that people open with a spreadsheet."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet may take for more than text."""


def safe(cell: str) -> str:
    """The cell, with a quote before it where a spreadsheet might run it.

    OWASP, 'CSV injection'.
    """
    return f"'{cell}" if cell.startswith(FORMULA) else cell
