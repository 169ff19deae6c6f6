"""Numbers as bars: coordinates for inline SVG, whose attributes the strict policy allows. Pure: no Django."""

WIDTH, ROW, BAR = 320, 30, 18


def number(value: int | str | None) -> int:
    """The length of a bar: of a band ("5–9") its least, of what is hidden nothing."""
    return int(value.split("–")[0]) if isinstance(value, str) else value or 0


def width(value: int, most: int) -> str:
    return str(round(WIDTH * value / most)) if most else "0"


def steps(values: list[int | str | None]) -> list[dict[str, str | int | None]]:
    """A funnel as steps: for each the bar of who is there, the one of whoever was lost since the last step that is
    shown, and how many they are (None where that is not told)."""
    numbers = [number(value) for value in values]
    most, above = max([*numbers, 1]), numbers[0] if numbers else 0
    found: list[dict[str, str | int | None]] = []
    for value, count in zip(values, numbers, strict=True):
        is_told = isinstance(value, int)
        lost = max(above - count, 0) if is_told else None
        x = width(count, most)
        found.append({"width": x, "lost": lost, "lost_x": x, "lost_width": width(lost or 0, most)})
        above = count if is_told else above
    return found


def bars(found: list[int | str | None]) -> list[dict[str, str | bool]]:
    """A bar for each value; a hidden one (None) is as wide as nothing and says so by its `is_hidden`."""
    values = [None if value is None else number(value) for value in found]
    most = max([value for value in values if value] or [1])
    return [
        {"y": str(place * ROW), "width": str(round(WIDTH * (value or 0) / most)), "is_hidden": value is None}
        for place, value in enumerate(values)
    ]


def stack(values: list[int], most: int) -> list[dict[str, str | int]]:
    """Values side by side in one bar, where `most` is the whole width."""
    found: list[dict[str, str | int]] = []
    x = 0
    for place, value in enumerate(values):
        width = round(WIDTH * value / most) if most else 0
        found.append({"x": str(x), "width": str(width), "place": place})
        x += width
    return found


def course(values: list[int]) -> str:
    """The points of a line that goes from the first value to the last, the largest at the top."""
    most, step = max([*values, 1]), WIDTH / max(len(values) - 1, 1)
    return " ".join(
        f"{round(place * step)},{round(BAR * 3 * (1 - value / most))}" for place, value in enumerate(values)
    )


def height(rows: int) -> str:
    return str(rows * ROW)
