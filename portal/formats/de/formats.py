"""Dates in German: a day is an ordinal number, with a point."""

DATE_FORMAT = "j. F Y"
DATETIME_FORMAT = "j. F Y, H:i"
TIME_FORMAT = "H:i"
SHORT_DATE_FORMAT = "j. M Y"
SHORT_DATETIME_FORMAT = "j. M Y, H:i"
MONTH_DAY_FORMAT = "j. F"
YEAR_MONTH_FORMAT = "F Y"

# names of ours, for what Django has none for
FULL_DATE_FORMAT = "l, j. F Y"
DATETIME_SECONDS_FORMAT = "j. F Y, H:i:s"
SHORT_MONTH_DAY_FORMAT = "j. M"
WEEKDAY_FORMAT = "D j."
WEEKDAY_MONTH_FORMAT = "D, j. M"
SHORT_YEAR_MONTH_FORMAT = "M Y"
