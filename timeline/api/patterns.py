"""Regular expressions of parameters and fields, used both by the description and by validation.

They mean the same in ECMA-262, Python and Rust, and leave nothing to be refused later that a pattern can tell.
"""

from __future__ import annotations

LEAP = "(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:12|16|20|24|28)00)"
FEBRUARY = "02(?:-(?:0[1-9]|1[0-9]|2[0-8]))?"
LONG_MONTH = "(?:0[13578]|1[02])(?:-(?:0[1-9]|[12][0-9]|3[01]))?"
SHORT_MONTH = "(?:0[469]|11)(?:-(?:0[1-9]|[12][0-9]|30))?"
# A year from 1000 to 2999, a month or a day that the calendar has.
DATE = f"(?:[12][0-9]{{3}}(?:-(?:{LONG_MONTH}|{SHORT_MONTH}|{FEBRUARY}))?|{LEAP}-02-29)"
ISO_DATE = f"^{DATE}$"
YEARS, MONTHS, WEEKS, DAYS = (
    f"[1-9][0-9]{{0,{more}}}{unit}" for more, unit in ((2, "Y"), (3, "M"), (3, "W"), (4, "D"))
)
DURATION = f"P(?:{YEARS}(?:{MONTHS})?(?:{WEEKS})?(?:{DAYS})?|{MONTHS}(?:{WEEKS})?(?:{DAYS})?|{WEEKS}(?:{DAYS})?|{DAYS})"
# A date, or an interval of dates, of a date and a duration, or with an open end.
OPEN_END = f"(?:{DATE}|[.][.])?"
ISO_INTERVAL = f"^(?:{DATE}|{OPEN_END}/{OPEN_END}|{DATE}/{DURATION}|{DURATION}/{DATE})$"
COUNTRY = "^[A-Za-z]{2}(?:-[A-Za-z0-9]{1,3})?$"
SLUG = "^[-a-zA-Z0-9_]{1,80}$"
CURSOR = "^[-A-Za-z0-9_.]{1,400}$"
EVENT_ID = "^[0-9a-z]{1,16}$"
CONTROLS = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029"
BLANKS = "\\x00-\\x20\\x7f-\\xa0\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u2064\\u3000\\ufeff"
WORDS = f"^[^{CONTROLS}]*$"
TITLE = f"^[^{BLANKS}][^{CONTROLS}]*$"
NO_NUL = "^[^\\x00]*$"
YEAR = "(?:19[0-9]{2}|20[0-9]{2}|2100)"
DAY = f"^{YEAR}-[0-9]{{2}}-[0-9]{{2}}$"
CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
MOMENT = f"^{YEAR}-[0-9]{{2}}-[0-9]{{2}}[Tt ]{CLOCK}:[0-5][0-9](?:[.][0-9]{{1,6}})?(?:[Zz]|[-+]{CLOCK})$"
ADDRESS = "^[Hh][Tt][Tt][Pp][Ss]?://[A-Za-z0-9][-A-Za-z0-9.]{0,250}(?::[0-9]{1,4})?(?:[/?#][!-~]*)?$"
LANGUAGE = "^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$"
ZONE = "^[A-Za-z0-9_+/-]{1,64}$"
KEY = "^[!-~]{1,200}$"
