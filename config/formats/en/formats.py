"""Day before month and 24 hours, as the other pages write them; Django's English says “Nov. 24, 2026, 12:28 a.m.”."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
