"""Numbers as an Italian sentence wants them: the article before a share, and no line break inside. Pure: no Django."""

from decimal import Decimal

NO_BREAK = "\N{NO-BREAK SPACE}"


def comma(number: Decimal) -> str:
    """Two decimals, as they are written in Italian."""
    return f"{number:.2f}".replace(".", ",")


def share(number: str) -> str:
    """ "11,69" as "l'11,69 %": the article follows from how the number is spoken, and the line does not break."""
    whole = number.split(",")[0]
    if whole == "0":
        return f"lo{NO_BREAK}{number}{NO_BREAK}%"
    if whole in ("1", "8", "11") or (whole[0] == "8" and len(whole) in (2, 3)):
        return f"l'{number}{NO_BREAK}%"
    return f"il{NO_BREAK}{number}{NO_BREAK}%"
