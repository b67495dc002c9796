"""Make orders.csv: 320 retail orders, 300 of which load and 20 of which show what FastLoad does.

    python make_orders.py            # writes orders.csv beside this script

The same bytes every time. What is wrong with which record stands in `FAULTS` and below it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

HEADER = "order_id|store_id|customer_id|order_date|item|quantity|unit_price|discount"
GOOD_ORDERS = 300
BUSY_STORE = 7
BUSY_SHARE = 0.6
"""Share of the orders that the busy store takes: the cause of the skew by store."""

ITEMS = {
    "espresso beans 1 kg": 1890,
    "paper filters 100": 349,
    "milk frother": 2495,
    "mug, stoneware": 1150,
    "descaler": 799,
    "hand grinder": 6900,
    "kettle 1.0 l": 4250,
}
"""Price of each item in cents."""

FAULTS = {
    20: "9020|3|5127|2026-03-14|descaler|two|7.99|",
    55: "9055|1|5078|2026-04-01|mug, stoneware|4|11,50|",
    90: "9090|5|5203|2026-02-29|paper filters 100|1|3.49|",
    125: "9125|7|5011|14.04.2026|hand grinder|1|69.00|0.10",
    160: "9160||5044|2026-05-09|kettle 1.0 l|1|42.50|",
    195: "|7|5190|2026-05-20|milk frother|1|24.95|",
    230: "9230|2|5008|2026-06-02|espresso beans 1 kg|250|18.90|",
    265: "9265|7|5161|2026-06-11|descaler|1|7.99",
    290: "9290|4|5099|2026-06-17|mug|large|2|11.50|",
}
"""Error table 1, by position: bad number (2), invalid date (2), NULL in a NOT NULL column (2),
a quantity over the CHECK's 100, one field too few, one field too many."""

SAME_KEY = ((12, 40), (71, 100), (71, 101), (150, 220))
"""Error table 2: (order, position) of a later, different record with that order's order_id."""

TWICE = ((5, 30), (33, 60), (64, 99), (110, 130), (140, 180), (201, 250), (240, 300))
"""Duplicates: (order, position) of a later record equal to that order's, byte for byte."""


def orders() -> Iterator[list[str]]:
    """The good orders in order of their order_id, as fields."""
    dice = random.Random(20260301)
    for number in range(GOOD_ORDERS):
        store = BUSY_STORE if dice.random() < BUSY_SHARE else dice.randint(1, 12)
        customer = "" if dice.random() < 0.05 else str(dice.randint(5000, 5240))
        day = date(2026, 3, 1) + timedelta(days=number * 2 // 5)
        item = dice.choice(list(ITEMS))
        cents = ITEMS[item]
        discount = dice.choice(["", "", "", "0.05", "0.10", "0.25"])
        price = f"{cents // 100}.{cents % 100:02}"
        quantity = str(dice.randint(1, 6))
        yield [str(1001 + number), str(store), customer, str(day), item, quantity, price, discount]


def records() -> list[str]:
    """The records of the file without its header, good and bad ones in their places."""
    good = list(orders())
    extra = dict(FAULTS)
    for order, position in TWICE:
        extra[position] = "|".join(good[order])
    for order, position in SAME_KEY:
        fields = list(good[order])
        fields[5] = str(int(fields[5]) + position % 7 + 1)
        extra[position] = "|".join(fields)
    pending = iter("|".join(fields) for fields in good)
    total = len(good) + len(extra)
    return [extra[n] if n in extra else next(pending) for n in range(total)]


def main() -> int:
    """Write orders.csv beside this script."""
    path = Path(__file__).with_name("orders.csv")
    lines = [HEADER, *records()]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="")
    print(f"{path}: {len(lines) - 1} orders and a header line")
    return 0


if __name__ == "__main__":
    sys.exit(main())
