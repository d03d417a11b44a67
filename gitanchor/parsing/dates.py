"""The forms in which people write a date, a time of day and a time zone, in the supported languages.

This module finds the parts of a time on a line; `times` makes a moment from them. Every pattern takes
linear time, and lines that are too long for a time are skipped.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late

LONGEST: Final = 80
"""Most characters of a line that may be a time."""

_MONTHS: Final = (
    "jan january januar jänner janvier janv enero ene janeiro gennaio gener januari января січня"
    " stycznia ocak يناير",
    "feb february februar février févr fev febrero fevereiro febbraio febrer februari февраля"
    " лютого lutego şubat فبراير",
    "mar march märz mär mrz mars marzo março març maart марта березня marca mart مارس",
    "apr april avril avr abril abr aprile апреля квітня kwietnia nisan أبريل",
    "may mai mayo maio maggio maig mei мая травня maja mayıs مايو",
    "jun june juni juin junio junho giugno juny июня червня czerwca haziran يونيو",
    "jul july juli juillet juil julio julho luglio juliol июля липня lipca temmuz يوليو",
    "aug august août agosto ago augustus agost августа серпня sierpnia ağustos أغسطس",
    "sep sept september septembre septiembre setembro set settembre setembre сентября вересня"
    " września eylül سبتمبر",
    "oct october oktober okt octobre octubre outubro out ottobre октября жовтня października ekim"
    " أكتوبر",
    "nov november novembre noviembre novembro ноября листопада listopada kasım نوفمبر",
    "dec december dezember dez décembre déc diciembre dic dezembro dicembre desembre декабря грудня"
    " grudnia aralık ديسمبر",
)
_WEEKDAYS: Final = (
    "mon monday montag lundi lunes segunda-feira segunda",
    "tue tues tuesday dienstag mardi martes terça-feira terça",
    "wed weds wednesday mittwoch mercredi miércoles quarta-feira quarta",
    "thu thur thurs thursday donnerstag jeudi jueves quinta-feira quinta",
    "fri friday freitag vendredi viernes sexta-feira sexta",
    "sat saturday samstag sonnabend samedi sábado",
    "sun sunday sonntag dimanche domingo",
)
MONTHS: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
WEEKDAYS: Final = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}
_BEFORE: Final = (
    "date", "time", "datum", "zeit", "fecha", "data", "created", "saved", "written", "日付", "日時",
    "日期", "時間", "时间",
)  # fmt: skip
_BETWEEN: Final = frozenset({
    "at", "on", "the", "um", "am", "den", "der", "o", "le", "la", "las", "los", "à", "a", "às", "as",
    "em", "el", "de", "del", "uhr", "h", "hrs", "hours", "local", "time", "t",
})  # fmt: skip
_OFFSETS: Final = {
    "z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "west": 1, "msk": 3,
    "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "akst": -9, "akdt": -8,
}  # fmt: skip
"""Hours from UTC of abbreviations that mean a single zone; a remark is made on any other."""

_NAME: Final = r"[^\W\d_]{3,10}"
_MONTH: Final = rf"(?P<name>{_NAME})\.?"
_CLOCK: Final = late(
    r"(?<![\d:/.,+-])(?:(?P<half>午前|午後|上午|下午)\s?)?(?P<hour>\d{1,2})"
    r"(?:(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?(?:\s?(?P<noon>[ap])\.?m\b\.?)?"
    r"|\s?(?P<hours>[ap])\.?m\b\.?|\s?(?:h|uhr)\s?(?P<past>\d{2})?\b"
    r"|\s?[時时点點](?:\s?(?P<minutes>\d{1,2})\s?分)?))(?![\d:])",
    re.IGNORECASE,
)
_ZONE: Final = late(
    r"\s?\(?(?P<zone>(?:UTC|GMT)?\s?[+-]\d{1,2}(?::?\d{2})?|Z|[A-Z]{2,5})\)?(?![\w/.:-])", re.IGNORECASE
)
_OFFSET: Final = late(
    r"(?:UTC|GMT)?\s?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", re.IGNORECASE
)
_YEAR_FIRST: Final = late(
    r"(?<!\d)(?P<year>\d{4})(?:\s?[年년]\s?|[-/.])(?P<month>\d{1,2})(?:\s?[月월]\s?|[-/.])(?P<day>\d{1,2})(?!\d)\s?[日일]?T?",
    re.IGNORECASE,
)
_YEAR_LAST: Final = late(
    r"(?<!\d)(?P<month>\d{1,2})[/.-](?P<day>\d{1,2})[/.-](?P<year>\d{4}|\d{2})(?!\d)"
)
_LOST_YEAR: Final = late(r"(?<!\d)(?P<month>\d{1,2})[/.-](?P<day>\d{1,2})[/.-](?P<year>\d{3})(?!\d)")
_NAMED: Final = (
    late(
        rf"\b{_MONTH}\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º)?,?\s+(?P<year>\d{{4}})\b",
        re.IGNORECASE,
    ),
    late(
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º)?\.?\s+(?:de\s+|of\s+)?{_MONTH},?\s+(?:del?\s+)?"
        r"(?P<year>\d{4})(?!\d)",
        re.IGNORECASE,
    ),
)  # fmt: skip
_NAMED_YEARLESS: Final = (
    late(rf"\b{_MONTH}\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º)?(?:[–—-]\d{{1,2}})?(?![\w%]|[:/.-]\d|,?\s\d{{4}})"),
    late(
        rf"(?<![\w.:/-])(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º)?\.?\s+(?:de\s+|of\s+)?{_MONTH}"
        r"(?![\w-]|,?\s(?:del?\s+)?\d{4})"
    ),
    late(r"(?<![\d年년])(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]"),
)  # fmt: skip
_DIGITS_YEARLESS: Final = late(
    r"(?<![\w.:/-])(?P<month>\d{1,2})(?:/|(?<=\d\d)-(?=\d\d)|(?P<dotted>\.))(?P<day>\d{1,2})(?(dotted)\.)"
    r"(?![\w:/-])"
)
_DIGITS_APART: Final = late(
    r"[\W_]*(?:[^\W\d_]{2,13}\.?,?[ \t]+)?(?P<date>\d{1,2}(?:/\d{1,2}|-\d\d|\.\d{1,2}\.))"
    r"(?=[ \t]*(?:\Z|[:：|(（,–—]|-[ \t]|\d{1,2}:\d\d))"
)
"""A date of digits at the beginning of a heading, with a weekday before it."""

_OTHER_WORDS: Final = frozenset({"set", "gen", "out"})
"""Short names of months that mean something else before a number, as in `Set 3`."""

_FOUR_DIGITS: Final = late(r"(?<!\d)\d{4}(?!\d)")
_DAYS_OF_MONTH: Final = 31
_PLAIN: Final = late(
    r"(?P<clock>(?P<hour>\d{2}):(?P<minute>\d{2})) (?P<month>\d{2})/(?P<day>\d{2})/(?P<year>\d{4})"
)
"""The form of time in most logs."""

_LOST_CLOCK: Final = late(r"(?<![\d:/])(?P<hour>\d{0,2}):(?P<minute>\d{0,2})(?![\d:])")
_MARKUP: Final = " \t*_#>📅🗓⏰🕒🕓🕰\ufe0f"
_LABEL: Final = late(
    rf"(?:{'|'.join(_BEFORE)})(?:\s?(?:and|&|/)\s?time)?\s?[*_]{{0,3}}\s?[:：]\s?[*_]{{0,3}}\s?",
    re.IGNORECASE,
)
_GUESSED: Final = late(r"\s?\(guessed\)\Z", re.IGNORECASE)
_BOLD: Final = late(r"[\s#]*(?:\*\*|__)[^*_]*(?:\*\*|__)\s*")
_DIGITS: Final = late(r"[\d:/.\- ]*[/:][\d:/.\- ]*(?:[ap]m)?", re.IGNORECASE)
_YEAR: Final = late(r"\d{4}|\d[/.-]\d|\d[/:]|:\d")
_WORD: Final = late(r"[^\W\d_]+(?:-feira)?")
_ONLY_BETWEEN: Final = late(r"[\s,;:@|•·–—()/*_.-]*")
_DAY_OF_WEEK: Final = late(r"[(（][月火水木金土日][)）]|星期[一二三四五六日天]|[月火水木金土日]曜日?")
_DAYS: Final = {
    char: index
    for index, chars in enumerate(("月一", "火二", "水三", "木四", "金五", "土六", "日天"))
    for char in chars
}
_OPENINGS: Final = frozenset(
    word[:3] for word in (*MONTHS, *WEEKDAYS, *_BEFORE, "上午", "下午", "午前", "午後")
)
_DIGIT_OR_COLON: Final = frozenset("0123456789:")
_SHORT_OPENINGS: Final = frozenset(word[:2] for word in _OPENINGS if len(word) < 3 or not word.isascii())


class Date(NamedTuple):
    """A date. `fixed` says that the order of month and day is certain."""

    year: str
    month: int
    day: int
    fixed: bool = True


class Clock(NamedTuple):
    """A time of day as written. `half` is `a` or `p` on a 12-hour clock.

    `damaged` is the text of a clock that lost digits.
    """

    text: str
    hour: int
    minute: int = 0
    second: int = 0
    microsecond: int = 0
    half: str = ""
    damaged: str = ""


class Written(NamedTuple):
    """The parts of a line that consists of a time. `text` is the line without its markup."""

    text: str
    date: Date | None
    clock: Clock | None = None
    zone: str = ""
    weekday: int | None = None
    bold: bool = False
    day_first: bool = False


def written_on(line: str) -> Written | None:
    """Return the parts of the time that a line consists of; None for any other line."""
    if len(line) > LONGEST:
        return None
    opening = line[:3] if line[:1].isalnum() else line.lstrip(_MARKUP)[:3]
    if not opening or not (opening[0] in _DIGIT_OR_COLON or _opens(opening.casefold())):
        return None
    text = line.strip(_MARKUP)
    if plain := _PLAIN.fullmatch(text):
        year, month, day = plain["year"], int(plain["month"]), int(plain["day"])
        clock = Clock(plain["clock"], int(plain["hour"]), int(plain["minute"]))
        return Written(text, Date(year, month, day, fixed=False), clock)
    if not _YEAR.search(text):
        return None
    label = _LABEL.match(text)
    text = _GUESSED.sub("", text[label.end() :] if label else text).strip(_MARKUP).rstrip(_MARKUP + ":")
    bold = _BOLD.fullmatch(line) is not None
    return _taken_apart(text, _date, bold=bold) or (_damaged(text) if bold or label else None)


def _opens(opening: str) -> bool:
    return opening in _OPENINGS or opening[:2] in _SHORT_OPENINGS


def yearless_on(text: str) -> Written | None:
    """Return the parts of a time without a year that a text consists of; None for any other text."""
    return _taken_apart(text.strip(_MARKUP), _yearless)


def _taken_apart(
    text: str, date_of: Callable[[str], tuple[Date, str] | None], *, bold: bool = False
) -> Written | None:
    """Parse a time whose parts are in any order, with only the usual words between them."""
    clock = zone = None
    rest = text
    if match := _CLOCK.search(rest):
        clock, end = _clock(match), match.end()
        beside = _ZONE.match(rest, end)
        if beside and _is_zone(beside["zone"]):
            zone, end = beside["zone"], beside.end()
        rest = f"{rest[: match.start()]} {rest[end:]}"
    found = date_of(rest)
    if found is None:
        return None
    date, rest = found
    damaged = None if clock else _LOST_CLOCK.search(rest)
    if damaged:
        clock = _lost_clock(damaged)
        rest = f"{rest[: damaged.start()]} {rest[damaged.end() :]}"
    weekday = None
    if match := _DAY_OF_WEEK.search(rest):
        weekday = next(_DAYS[char] for char in match[0] if char in _DAYS)
        rest = rest.replace(match[0], " ", 1)
    for word in _WORD.findall(rest):
        known = word.casefold()
        if known in WEEKDAYS and weekday is None:
            weekday = WEEKDAYS[known]
        elif zone is None and clock and word.isupper() and 2 <= len(word) <= 5 and known not in _BETWEEN:
            zone = word
        elif known not in _BETWEEN:
            return None
    if not _ONLY_BETWEEN.fullmatch(_WORD.sub("", rest)):
        return None
    day_first = not date.fixed and "uhr" in text.casefold()
    return Written(text, date, clock, (zone or "").strip(), weekday, bold, day_first)


def _date(text: str) -> tuple[Date, str] | None:
    """Return the date in a text, and the text without it; None if there is none."""
    for pattern, match, month, day in _dates(text, (_YEAR_LAST, _YEAR_FIRST, *_NAMED, _LOST_YEAR)):
        fixed = pattern not in {_YEAR_LAST, _LOST_YEAR}
        return Date(match["year"], month, day, fixed), _around(text, match)
    return None


def date_in(text: str) -> tuple[int, int] | None:
    """Return where a date with a year of four digits stands in a text: its beginning and its end."""
    if not _FOUR_DIGITS.search(text):
        return None
    for _, match, month, day in _dates(text, (_YEAR_FIRST, *_NAMED, _YEAR_LAST)):
        if month <= _DAYS_OF_MONTH and 0 < day <= _DAYS_OF_MONTH and len(match["year"]) == 4:
            return match.start(), match.start() + len(match[0].rstrip("Tt \t"))
    return None


def _yearless(text: str) -> tuple[Date, str] | None:
    """Return the date without a year in a text, and the text without it; None if there is none."""
    for pattern, match, month, day in _dates(text, (*_NAMED_YEARLESS, _DIGITS_YEARLESS)):
        digits = pattern is _DIGITS_YEARLESS
        found = Date("", month, day, fixed=not digits)
        if digits and match["dotted"]:  # as in German, where the day is first
            found = Date("", day, month)
        if _is_day_of_year(found.month, found.day) or (not found.fixed and _is_day_of_year(day, month)):
            return found, _around(text, match)
    return None


def yearless_in(text: str) -> tuple[int, int] | None:
    """Return where a date without a year stands in a text; one of digits only if that begins with it.

    Digits have to be all of the text but for a title, which something sets apart: `3/5 done` is no date.
    """
    named = any(map(text.__contains__, "月월")) or any(
        word.casefold() in MONTHS for word in _WORD.findall(text)
    )
    for _, match, month, day in _dates(text, _NAMED_YEARLESS if named else ()):
        name = match.groupdict().get("name") or ""
        begins = match.start("name") < match.start("day") if name else False
        if _is_day_of_year(month, day) and not (begins and name.casefold() in _OTHER_WORDS):
            return match.span()
    digits = _DIGITS_APART.match(text)
    return digits.span("date") if digits and _yearless(digits["date"]) else None


def _is_day_of_year(month: int, day: int) -> bool:
    return 0 < month <= len(_MONTHS) and 0 < day <= _DAYS_OF_MONTH


def _dates(
    text: str, patterns: Iterable[re.Pattern[str]]
) -> Iterator[tuple[re.Pattern[str], re.Match[str], int, int]]:
    """Yield each pattern with what it finds, month and day, where the name of a month is one."""
    for pattern in patterns:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            name = parts.get("name")
            if name is None:
                yield pattern, match, int(parts["month"]), int(parts["day"])
            elif name.casefold() in MONTHS:
                yield pattern, match, MONTHS[name.casefold()], int(parts["day"])


def _around(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


def _clock(match: re.Match[str]) -> Clock:
    minute = match["minute"] or match["past"] or match["minutes"] or "0"
    half = (match["noon"] or match["hours"] or "").lower()
    if match["half"]:
        half = "p" if match["half"] in {"午後", "下午"} else "a"
    micro = int((match["fraction"] or "0").ljust(6, "0")[:6])
    return Clock(match[0], int(match["hour"]), int(minute), int(match["second"] or 0), micro, half)


def _lost_clock(match: re.Match[str]) -> Clock:
    """Return a clock that lost digits. Its hour is kept; 24, which is no hour, means that it is lost."""
    if not match["hour"]:
        return Clock(match[0], 24, damaged=match[0])
    minute = int(match["minute"]) * 10 if match["minute"] and int(match["minute"]) < 6 else 0
    return Clock(match[0], int(match["hour"]), minute, damaged=match[0])


def _is_zone(text: str) -> bool:
    known = text.casefold()
    if known in MONTHS or known in WEEKDAYS or known in _BETWEEN:
        return False
    if not _OFFSET.fullmatch(text):
        return text.isupper() or known in _OFFSETS
    return True


def _damaged(text: str) -> Written | None:
    """Return a text that can only be a time that lost digits; None for any other."""
    return (
        Written(text, None, bold=True)
        if _DIGITS.fullmatch(text) and any(map(str.isdigit, text))
        else None
    )


def offset_of(zone: str) -> int | None:
    """Return the minutes from UTC of a zone as written; None if it is unknown or ambiguous."""
    match = _OFFSET.fullmatch(zone)
    if match is None:
        hours = _OFFSETS.get(zone.casefold())
        return None if hours is None else hours * 60
    minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
    return -minutes if match["sign"] == "-" else minutes
