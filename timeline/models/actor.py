"""Who acts: countries, places that vote on their own, and blocs with their members."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Actor(models.Model):
    """A country (ISO 3166-1 alpha-2), a place (ISO 3166-2) or a bloc (slug), as in the gazetteer."""

    class Kind(models.TextChoices):
        COUNTRY = "country", _("country")
        BLOC = "bloc", _("bloc")
        PLACE = "place", _("place")

    code = models.CharField(_("code"), max_length=32, primary_key=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, db_index=True)
    name_zh_hans = models.CharField(_("name in Simplified Chinese"), max_length=120)
    name_zh_hant = models.CharField(_("name in Traditional Chinese"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)

    class Meta:
        ordering = ["code"]
        verbose_name = _("actor")
        verbose_name_plural = _("actors")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the present reader."""
        language = (get_language() or "").lower()
        if language.startswith(("zh-hant", "zh-tw", "zh-hk")):
            return self.name_zh_hant
        return self.name_zh_hans if language.startswith("zh") else self.name_en

    @property
    def identity(self) -> tuple[str, ...]:
        """Everything that words about it depend on."""
        return (self.code, self.kind, self.name_zh_hans, self.name_zh_hant, self.name_en)


class Membership(models.Model):
    """`member` belonged to `bloc` from `since` to `until`, both inclusive, null open."""

    bloc = models.ForeignKey(Actor, models.CASCADE, related_name="memberships", verbose_name=_("bloc"))
    member = models.ForeignKey(Actor, models.CASCADE, related_name="blocs", verbose_name=_("member"))
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["bloc", "member", "since"]
        constraints = [models.UniqueConstraint(fields=["bloc", "member", "since"], name="membership_once")]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self) -> str:
        return f"{self.member_id} ∈ {self.bloc_id}"
