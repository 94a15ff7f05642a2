"""The mix of questions that archives of all sizes are asked, and their deterministic versions in SQL.

The SQL counts detections of a probability of at least 0.5, and ranks images by how many there are. Its distance of two
objects is the gap of their circumscribed upright boxes, which is never more than the gap of the oriented boxes that
the rule measures: DuckDB has the lighter work.
"""

from __future__ import annotations

TOP = 10
THRESHOLD = 0.5

# Any change to a rule makes what was measured before another thing.
RULES = {
    "class": "retrieve :- object(A, ship).",
    "rare class": "retrieve :- object(A, airport).",
    "count": "retrieve :- at_least(5, A, object(A, plane)).",
    "negation": "retrieve :- object(A, ship), \\+ object(_, bridge).",
    "comparison": "retrieve :- more(A, object(A, ship), B, object(B, harbor)).",
    "two objects": "retrieve :- object(A, ship), object(B, harbor), near(A, B, px(100)).",
    "rare pair": "retrieve :- object(A, helicopter), object(B, helipad), near(A, B).",
}

_OF = "FROM read_parquet('{files}') WHERE probability >= " + str(THRESHOLD)
_LAST = f" ORDER BY n DESC, image LIMIT {TOP}"


def _at_least(least: int, label: str) -> str:
    return f"SELECT image, count(*) AS n {_OF} AND class = '{label}' GROUP BY image HAVING count(*) >= {least}{_LAST}"


def _two(amount: str, having: str, one: str, two: str) -> str:
    """Images by what they have of two classes, counted as `one` and `two`."""
    counts = ", ".join(f"count(*) FILTER (class = '{label}') AS {name}" for name, label in (("one", one), ("two", two)))
    return (
        f"SELECT image, {amount} AS n FROM (SELECT image, {counts} {_OF} AND class IN ('{one}', '{two}') "
        f"GROUP BY image) WHERE {having}{_LAST}"
    )


def _near(one: str, two: str, distance: str) -> str:
    return f"""
WITH box AS MATERIALIZED (
  SELECT image, class, least(x1, x2, x3, x4) AS l, greatest(x1, x2, x3, x4) AS r,
         least(y1, y2, y3, y4) AS t, greatest(y1, y2, y3, y4) AS b,
         greatest((x2 - x1) ** 2 + (y2 - y1) ** 2, (x3 - x2) ** 2 + (y3 - y2) ** 2) AS square
  {_OF} AND class IN ('{one}', '{two}'))
SELECT one.image, count(*) AS n FROM box one JOIN box two USING (image)
WHERE one.class = '{one}' AND two.class = '{two}'
  AND greatest(two.l - one.r, one.l - two.r, 0) ** 2 + greatest(two.t - one.b, one.t - two.b, 0) ** 2 <= {distance}
GROUP BY one.image{_LAST}"""


SQL = {
    "class": _at_least(1, "ship"),
    "rare class": _at_least(1, "airport"),
    "count": _at_least(5, "plane"),
    "negation": _two("one", "one >= 1 AND two = 0", "ship", "bridge"),
    "comparison": _two("one - two", "one > two", "ship", "harbor"),
    "two objects": _near("ship", "harbor", "100 ** 2"),
    "rare pair": _near("helicopter", "helipad", "4 * greatest(one.square, two.square)"),
}
