"""What is polled: feeds, what they gave so far, and the hosts that are asked one request at a time."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.models.article import Article
from timeline.models.source import Source


class Feed(models.Model):
    """One feed of a source: how editors want it polled, and how the polling went.

    `claimed_until` makes it the business of one worker: whoever changes it from a value that has passed, or from the
    one that came with the message, polls the feed; nobody else does until then.
    """

    class Kind(models.TextChoices):
        UNKNOWN = "", _("not processed yet")
        RSS = "rss", "RSS"
        RDF = "rdf", "RDF (RSS 1.0)"
        ATOM = "atom", "Atom"
        JSON = "json", "JSON Feed"

    class Clock(models.TextChoices):
        STATED = "stated", _("UTC means UTC")
        LOCAL = "local", _("UTC means the time of the source")

    class Identity(models.TextChoices):
        ID = "id", _("by ID")
        LINK = "link", _("by link (IDs change)")
        WORDS = "words", _("by text (IDs and links change)")

    class State(models.TextChoices):
        NEW = "new", _("not polled yet")
        WELL = "well", _("OK")
        FAILING = "failing", _("failing")
        PAUSED = "paused", _("paused")
        RETIRED = "retired", _("retired")

    source = models.ForeignKey(Source, models.PROTECT, related_name="feeds", verbose_name=_("source"))
    url = models.CharField(
        _("address"), max_length=2000, validators=[URLValidator(["http", "https"])], help_text=_("http or https")
    )
    url_digest = models.CharField(max_length=64, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=500, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, blank=True, editable=False)

    interval = models.PositiveIntegerField(
        _("polling interval"),
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)],
        help_text=_("Minutes. Longer if the server asks for it."),
    )
    paused = models.BooleanField(_("paused"), default=False)
    clock = models.CharField(
        _("time zone of UTC dates"),
        max_length=8,
        choices=Clock.choices,
        default=Clock.STATED,
        help_text=_("What UTC or GMT means in its dates. Dates without a zone are in the source's time."),
    )
    full_text = models.BooleanField(
        _("fetch full texts"),
        default=False,
        help_text=_("If the feed has only a summary, fetch the article's page. Ask the newsroom first."),
    )
    identity = models.CharField(_("identify entries"), max_length=8, choices=Identity.choices, default=Identity.ID)

    etag = models.CharField(max_length=500, blank=True, editable=False)
    last_modified = models.CharField(max_length=500, blank=True, editable=False)
    next_at = models.DateTimeField(_("next poll"), null=True, blank=True, db_index=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_success = models.DateTimeField(_("last success"), null=True, blank=True, editable=False)
    result = models.CharField(_("last result"), max_length=300, blank=True, editable=False)
    last_failure = models.DateTimeField(_("last failure"), null=True, blank=True, editable=False)
    failure = models.CharField(_("why it failed"), max_length=500, blank=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    new_in_a_row = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)
    moves: models.JSONField[list[dict[str, str]], list[dict[str, str]]] = models.JSONField(
        _("permanent redirects"), default=list, blank=True, editable=False
    )
    clock_hint = models.CharField(_("evidence about its time zone"), max_length=300, blank=True, editable=False)
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        ordering = ["source", "url"]
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")

    def __str__(self) -> str:
        return self.title or self.url

    @property
    def state(self) -> State:
        if self.retired_at is not None:
            return self.State.RETIRED
        if self.paused:
            return self.State.PAUSED
        if self.failures:
            return self.State.FAILING
        return self.State.WELL if self.last_success else self.State.NEW


class FeedEntry(models.Model):
    """An entry of a feed that was taken in, and the article it became.

    `digest` is that of its words when it was last taken in: what a feed repeats with every poll costs nothing.
    `wanted`: its page could not be read so far, and is asked for again.
    """

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="entries")
    article = models.ForeignKey(Article, models.CASCADE, related_name="feed_entries")
    id_key = models.CharField(max_length=64, blank=True)
    link_key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    wanted = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["feed", "id_key"], name="feed_entry_id"),
            models.Index(fields=["feed", "link_key"], name="feed_entry_link"),
            models.Index(fields=["feed", "seen_at"], name="feed_entry_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.feed_id}: {self.article_id}"


class FeedHost(models.Model):
    """A host, whose turn one worker has at a time (until `busy_until`), and not before `free_from`."""

    name = models.CharField(max_length=255, primary_key=True)
    busy_until = models.DateTimeField(null=True)
    free_from = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
