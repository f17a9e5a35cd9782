"""Whether we may write to somebody: what they said, word for word, and addresses that are never written to again."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet
from crm.models import Contact


class ConsentQuerySet(ScopedQuerySet):
    """Marketing's ledger."""

    group = "marketing"


class Consent(models.Model):
    """One statement of a contact; the latest one holds. Rows are added, never changed."""

    contact = models.ForeignKey(Contact, verbose_name=_("contact"), on_delete=models.CASCADE, related_name="consents")
    given = models.BooleanField(_("given"))
    wording = models.TextField(_("wording shown"))
    policy = models.CharField(_("policy version"), max_length=40, blank=True)
    source = models.CharField(_("source"), max_length=60)  # form, import, unsubscribe, person, sample
    ip = models.GenericIPAddressField(_("address it came from"), null=True, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name, verbose_name_plural = _("consent"), _("consents")
        indexes = [
            models.Index(  # `given` rides along, so that the latest word is read out of the index
                models.F("contact"),
                models.F("at").desc(),
                models.F("id").desc(),
                models.F("given"),
                name="consent_latest",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact}: {self.given}"


class Suppression(models.Model):
    """An address that gets no campaign mail. Only a keyed hash is kept, so it outlives the erasure of the contact.

    `reason` is the first; `also` holds those that came later, in order: [[reason, ISO time], …], each once.
    """

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        BOUNCED = "bounced", _("Hard bounce")
        COMPLAINED = "complained", _("Complained")
        ERASED = "erased", _("Erased")
        BY_HAND = "by-hand", _("By hand")

    digest = models.CharField(max_length=64, unique=True)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    also = models.JSONField(_("later reasons"), default=list, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("suppressed address"), _("suppressed addresses")

    def __str__(self) -> str:
        return f"{self.digest[:8]}… {self.reason}"

    @property
    def reasons(self) -> list[str]:
        """All reasons, the first one first."""
        return [self.reason, *(reason for reason, _at in self.also)]
