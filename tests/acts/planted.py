"""What stands in every text that people or LiveKit can write, in the acts of this folder."""

WORD = "Zwetschgenkuchen"
NUMBER = "+493023125678"
WORDS = f"{WORD} {NUMBER}"
SEARCHED = (WORD.lower(), NUMBER[3:])
"""Without case, and without the calling code: however it is written."""
