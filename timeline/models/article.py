"""What was read, and how far the reading has come."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from timeline.models.source import Source

TEXTS = ("title", "markup", "text", "expressions", "title_expressions")  # columns of an article that may be long


class Article(models.Model):
    """One article of a source, in its present version.

    The row is the truth about its own processing; a message to a worker only nudges it:
    NEW (to be read) → READ (its claims are stored, their keys wait to be resolved) → DONE, or FAILED. HAND: the note of
    an editor, whose claim was written beside it and which is never read.

    A `removed` article is a tombstone: its texts are gone and it claims nothing; its address is kept, so that no import
    brings it back.
    """

    class State(models.TextChoices):
        NEW = "new", _("waiting to be processed")
        READ = "read", _("processed, waiting to be resolved")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        HAND = "hand", _("added manually")

    class PublishedFrom(models.TextChoices):
        STATED = "", _("the article, with its zone")
        ZONE = "zone", _("the article, without a zone: in that of the source")
        CLOCK = "clock", _("the article, in the time of the source, labelled UTC")
        MISSING = "missing", _("when it was first seen: it has no date")
        FUTURE = "future", _("when it was first seen: its date lay in the future")
        PAGE = "page", _("its page: the day alone")

    source = models.ForeignKey(Source, models.PROTECT, related_name="articles", verbose_name=_("source"))
    url = models.URLField(_("address"), max_length=2000)
    url_digest = models.CharField(max_length=64, unique=True, editable=False)
    # of what all spellings of the address have in common (timeline.fetching.identity.page_of)
    page_digest = models.CharField(max_length=64, db_index=True, default="", db_default="", editable=False)
    title = models.CharField(_("title"), max_length=500)
    published = models.DateTimeField(_("published"), db_index=True)
    published_from = models.CharField(
        _("publication date from"), max_length=8, choices=PublishedFrom.choices, blank=True
    )
    markup = models.TextField(_("as received"), editable=False)
    text = models.TextField(_("text"))
    # By the digests of the sentences that an edit brought: when it was published (timeline.extraction.revised).
    later_sentences: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(
        default=dict, db_default={}, blank=True, editable=False
    )
    digest = models.CharField(max_length=64, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    language = models.CharField(_("language"), max_length=16, blank=True)

    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.NEW)
    state_since = models.DateTimeField(_("in this state since"))
    begun = models.DateTimeField(null=True, editable=False)  # somebody reads it since then (timeline.pipeline.leases)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    failure = models.TextField(_("why it failed"), blank=True)
    pending_keys: models.JSONField[list[str], list[str]] = models.JSONField(
        default=list, editable=False
    )  # keys of old and new claims that still have to be resolved

    anchor = models.DateField(_("reference date"), null=True, blank=True)
    anchor_from = models.CharField(_("reference date from"), max_length=16, blank=True)
    expressions: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        _("date expressions"), default=list, blank=True
    )
    title_expressions: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        _("date expressions of the title"), default=list, blank=True
    )
    first_seen = models.DateTimeField(_("first seen"), auto_now_add=True)
    removed = models.DateTimeField(_("removed"), null=True, blank=True, editable=False)  # a tombstone since then

    class Meta:
        ordering = ["-published", "-id"]
        indexes = [
            models.Index(fields=["state", "state_since"], name="article_state"),
            models.Index(fields=["source", "-published"], name="article_of_source"),
        ]
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    def __str__(self) -> str:
        return self.title if self.removed is None else gettext("removed article")

    def get_absolute_url(self) -> str:
        return reverse("article", args=[self.pk])


class MergedArticle(models.Model):
    """An article that was stored twice, by its former id, and the one that stands for it now."""

    id = models.BigIntegerField(primary_key=True)
    article = models.ForeignKey(Article, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.pk} → {self.article_id}"


class ArticleVersion(models.Model):
    """A text that a newer one of the same address has replaced. Never read again, never lost."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="versions", verbose_name=_("article"))
    version = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=500)
    published = models.DateTimeField(_("published"))
    markup = models.TextField(_("as received"))
    text = models.TextField(_("text"))
    replaced_at = models.DateTimeField(_("replaced at"), auto_now_add=True)

    class Meta:
        ordering = ["article", "-version"]
        constraints = [models.UniqueConstraint(fields=["article", "version"], name="version_once")]
        verbose_name = _("earlier version")
        verbose_name_plural = _("earlier versions")

    def __str__(self) -> str:
        return f"{self.title} (v{self.version})"
