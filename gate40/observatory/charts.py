"""Numbers as bars: coordinates for inline SVG, whose attributes the strict policy allows. Pure: no Django."""

WIDTH, ROW, BAR = 320, 30, 18


def bars(values: list[int | None]) -> list[dict[str, str | bool]]:
    """A bar for each value; a hidden one (None) is as wide as nothing and says so by its `is_hidden`."""
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


def height(rows: int) -> str:
    return str(rows * ROW)
