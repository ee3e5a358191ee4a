"""How many events there are, counted beforehand: the page must not count a million rows."""

from __future__ import annotations

from django.db import models

ANY = "*"  # in the place of an actor: each event once, by kind alone
NEWSROOM = "@"  # before the key of a newsroom, in the place of an actor


def of_newsroom(pk: int) -> str:
    """Return the `of` of the tallies of what this newsroom reports."""
    return f"{NEWSROOM}{pk}"


def is_actor(of: str) -> bool:
    """Tell whether a tally counts the events of one who takes part."""
    return of not in ("", ANY) and not of.startswith(NEWSROOM)


class Tally(models.Model):
    """`n` more live events begin in the month of `month` (its first day) with these properties.

    Where `of` is empty each event counts once, by all of them; with `*` once by kind alone; with the code of an actor
    once for each who takes part, and with `@` and the key of a newsroom once for each that tells of it, by kind alone.
    Whoever changes events adds rows, also with negative `n`, and never touches those of others, so that writers do not
    wait for one another; what counts is the sum. `timeline.pipeline.tallies.compact` makes one row of many.
    """

    month = models.DateField()
    of = models.CharField(max_length=32, blank=True)
    kind = models.CharField(max_length=8)
    type = models.CharField(max_length=16, blank=True)
    status = models.CharField(max_length=12, blank=True)
    precision = models.CharField(max_length=8, blank=True)
    reach = models.PositiveSmallIntegerField()
    curated = models.BooleanField()
    n = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["of", "month", "reach", "kind", "type", "status", "precision", "curated", "n"],
                name="tally_sort",
            ),
            models.Index(fields=["month", "of", "reach", "kind", "n"], name="tally_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.type} {self.n:+}"
