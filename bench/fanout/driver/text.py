"""How figures look in the tables."""
import statistics


def figure(number):
    if abs(number) >= 1000:
        return f"{number:,.0f}"
    if abs(number) >= 100:
        return f"{number:.0f}"
    if abs(number) >= 10:
        return f"{number:.1f}"
    return f"{number:.2f}"


def spread(numbers, form=figure, strong=False):
    """Median (least–most)."""
    if not numbers:
        return "–"
    middle = form(statistics.median(numbers))
    if strong:
        middle = f"**{middle}**"
    return middle if len(numbers) == 1 else f"{middle} ({form(min(numbers))}–{form(max(numbers))})"


def milliseconds(us):
    return figure(us / 1000)


def a_second(us):
    """How many of what takes so many µs of CPU go into a second of it."""
    return f"{1e6 / us:,.0f}" if us else "–"


def percent(share):
    return f"{share * 100:.0f} %"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
