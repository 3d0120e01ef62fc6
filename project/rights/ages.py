"""From which age a person agrees for themselves (GDPR Art. 8, COPPA): pure, and data. A law that changes is a row here.

Nobody's birth date is asked for or kept: an author says the highest step that they have reached, and what is kept of
it is "old enough" or "a guardian confirmed".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True)
class ConsentAge:
    """``source``: where it says so; ``since``: from when."""

    age: int
    source: str
    since: date


# GDPR Art. 8(1) says 16 where a country has not set another age; outside its reach it is the careful choice.
DEFAULT = ConsentAge(16, "GDPR Art. 8(1)", date(2018, 5, 25))
AGES: Mapping[str, ConsentAge] = {
    "AT": ConsentAge(14, "Datenschutzgesetz § 4(4)", date(2018, 5, 25)),
    "BE": ConsentAge(13, "Act of 30 July 2018, Art. 7", date(2018, 9, 5)),
    "DE": ConsentAge(16, "GDPR Art. 8(1), no other age set", date(2018, 5, 25)),
    "DK": ConsentAge(15, "Databeskyttelsesloven § 6(2) as amended", date(2024, 1, 1)),
    "ES": ConsentAge(14, "Ley Orgánica 3/2018, Art. 7", date(2018, 12, 7)),
    "FI": ConsentAge(13, "Tietosuojalaki 1050/2018, section 5", date(2019, 1, 1)),
    "FR": ConsentAge(15, "Loi 78-17, Art. 45", date(2018, 5, 25)),
    "GB": ConsentAge(13, "Data Protection Act 2018, section 9", date(2018, 5, 25)),
    "IE": ConsentAge(16, "Data Protection Act 2018, section 31", date(2018, 5, 25)),
    "IT": ConsentAge(14, "Codice privacy, Art. 2-quinquies", date(2018, 9, 19)),
    "NL": ConsentAge(16, "GDPR Art. 8(1); UAVG Art. 5", date(2018, 5, 25)),
    "NO": ConsentAge(13, "Personopplysningsloven § 5", date(2018, 7, 20)),
    "PL": ConsentAge(16, "GDPR Art. 8(1), no other age set", date(2018, 5, 25)),
    "SE": ConsentAge(13, "Lag 2018:218, ch. 2 § 4", date(2018, 5, 25)),
    "US": ConsentAge(13, "COPPA, 15 U.S.C. § 6501(1)", date(2000, 4, 21)),
}
# What the page offers as steps: whoever has reached the first one is old enough everywhere and need not name a country.
STEPS = tuple(sorted({DEFAULT.age, *(entry.age for entry in AGES.values())}, reverse=True))
TOO_YOUNG_ANYWHERE = 0


class AgeProof(StrEnum):
    """All that is kept of an author's age."""

    OLD_ENOUGH = "old_enough"
    GUARDIAN = "guardian"
    NOT_STATED = "not_stated"


def consent_age(country: str) -> ConsentAge:
    """The age of a country (two letters, any case); the default for one without a row."""
    return AGES.get(country.upper(), DEFAULT)


def needs_country(reached: int) -> bool:
    """Whether it depends on the country if somebody of at least this age is old enough."""
    return min(STEPS) <= reached < max(STEPS)


def is_old_enough(reached: int, country: str) -> bool:
    """Whether somebody who is at least ``reached`` years old agrees for themselves in this country."""
    return reached >= consent_age(country).age


def age_proof(reached: int | None, country: str, *, guardian_confirmed: bool) -> AgeProof | None:
    """What may be kept; None where the author is too young and no guardian stands by them: no grant then."""
    if reached is None:
        return AgeProof.NOT_STATED
    if is_old_enough(reached, country):
        return AgeProof.OLD_ENOUGH
    return AgeProof.GUARDIAN if guardian_confirmed else None
