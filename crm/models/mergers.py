"""Contacts that became part of another one: their old number and address still lead there."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.scoping import ScopedQuerySet
from crm.models.companies import Contact


class MergedContactQuerySet(ScopedQuerySet):
    """Old numbers of the contacts a person sees."""

    owner_path = "contact__"


class MergedContact(models.Model):
    """A contact that is no more. It goes with the one it became part of, as an erasure must."""

    contact = models.ForeignKey(Contact, verbose_name=_("contact"), on_delete=models.CASCADE, related_name="merged")
    number = models.PositiveBigIntegerField(unique=True)  # the id it had
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True, db_index=True)  # lower case
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)

    objects = MergedContactQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("merged contact"), _("merged contacts")

    def __str__(self) -> str:
        return self.name
