"""Who we sell to."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Owned
from core.scoping import ScopedQuerySet


class CompanyQuerySet(ScopedQuerySet):
    """Companies of a team."""


class Company(Owned):
    """An organisation."""

    name = models.CharField(_("name"), max_length=160)
    domain = models.CharField(_("web domain"), max_length=120, blank=True, db_index=True)
    industry = models.CharField(_("industry"), max_length=60, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Two letters"))
    region = models.CharField(_("region"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("company"), _("companies")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("company", args=[self.pk])


class ContactQuerySet(ScopedQuerySet):
    """Contacts of a team."""


class Contact(Owned):
    """A person at a company. The role decides what a pitch speaks about."""

    class Role(models.TextChoices):
        EXECUTIVE = "executive", _("Executive")
        ENGINEER = "engineer", _("Engineering and IT")
        OPERATIONS = "operations", _("Operations")
        FINANCE = "finance", _("Finance")
        PROCUREMENT = "procurement", _("Procurement")
        LEGAL = "legal", _("Legal and compliance")
        OTHER = "other", _("Other")

    company = models.ForeignKey(
        Company, verbose_name=_("company"), null=True, blank=True, on_delete=models.CASCADE, related_name="contacts"
    )
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    title = models.CharField(_("job title"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.OTHER)
    language = models.CharField(_("language"), max_length=10, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("contact"), _("contacts")
        indexes = [models.Index(Lower("email"), name="contact_email")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("contact", args=[self.pk])
