"""What a customer said or was told."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from core.models import Row
from core.scoping import ScopedQuerySet
from crm.models.companies import Contact
from crm.models.leads import Lead

KEPT = gettext_noop("The text is kept; you can try again.")


class TextIsFixed(Exception):
    """Somebody tried to change the text of a message: quotes and labels point into it, so it stays as it came."""


class MessageQuerySet(ScopedQuerySet):
    """Messages of the leads a person sees."""

    owner_path = "lead__"

    def update(self, **values: Any) -> int:
        """Refuse to touch texts; everything else as Django does."""
        if "text" in values:
            raise TextIsFixed("the text of a message is set once, by save()")
        return super().update(**values)

    def from_customer(self) -> MessageQuerySet:
        """What they said, not what we wrote."""
        return self.filter(outgoing=False)

    def pending(self) -> MessageQuerySet:
        """Still to be read, or its text still to be taken out of a file."""
        return self.filter(state__in=[Message.State.WAITING, Message.State.EXTRACTING])


class Message(Row):
    """A text on a lead, never changed once it is there. `state` follows the reading; files are read first."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("Mail")
        CHAT = "chat", _("Chat")
        CALL = "call-note", _("Call note")
        FORM = "form", _("Web form")
        TRANSCRIPT = "transcript", _("Transcript")
        RFP = "rfp", _("RFP clause")
        SOCIAL = "social", _("Social post")
        FILE = "file", _("File")

    class State(models.TextChoices):
        EXTRACTING = "extracting", _("Taking the text out of the file")
        WAITING = "waiting", _("Waiting to be read")
        READ = "read", _("Read")
        FAILED = "failed", _("Could not be read")
        NONE = "none", _("Not to be read")  # what we wrote ourselves

    lead = models.ForeignKey(Lead, verbose_name=_("lead"), on_delete=models.CASCADE, related_name="messages")
    contact = models.ForeignKey(Contact, verbose_name=_("contact"), null=True, blank=True, on_delete=models.SET_NULL)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    outgoing = models.BooleanField(_("from us"), default=False)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    file = models.FileField(_("file"), upload_to="messages/%Y/%m/", blank=True)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    external_id = models.CharField(_("external id"), max_length=250, blank=True, default="")
    id_scope = models.BigIntegerField(
        default=0
    )  # whose external id it is: a team (> 0), a person (< 0), everybody's (0)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")  # as kept: see `problem_told`
    language = models.CharField(_("language"), max_length=12, blank=True)
    sure = models.BooleanField(_("sure"), default=True)
    clarity = models.JSONField(
        _("clarity"), default=dict
    )  # {"score", "known": {part: [start, end]}, "missing": [part]}
    questions = models.JSONField(_("questions"), default=list)  # [{"part", "text", "gain"}]
    read_by = models.CharField(_("read by"), max_length=120, blank=True)  # name of the version
    prediction = models.PositiveBigIntegerField(null=True)  # id in the hub, opaque here
    read_at = models.DateTimeField(_("read at"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-id"]
        verbose_name, verbose_name_plural = _("message"), _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["external_id", "id_scope"], condition=~Q(external_id=""), name="message_once"
            )
        ]
        indexes = [models.Index(fields=["sent_at", "contact", "lead"], name="message_touch")]

    def __str__(self) -> str:
        return self.subject or self.text[:60] or self.file_name

    def get_absolute_url(self) -> str:
        return reverse("message", args=[self.pk])

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; raises TextIsFixed if a text that is set would become another one."""
        fields = kwargs.get("update_fields")
        if self.pk and not self._state.adding and (fields is None or "text" in fields):
            stored = type(self)._base_manager.filter(pk=self.pk).values_list("text", flat=True).first()
            if stored and stored != self.text:
                raise TextIsFixed(f"message {self.pk} keeps its text")
        super().save(*args, **kwargs)

    @property
    def source(self) -> str:
        """The name under which the model hub knows this text."""
        return f"crm.message:{self.pk}"

    @property
    def problem_told(self) -> str:
        """What went wrong, in the reader's language: our own sentences are kept in English, a server's words as they came."""
        problem = self.problem.removesuffix(KEPT).rstrip()  # older rows hold that sentence themselves
        told = gettext(problem) if problem else ""
        if self.state != self.State.FAILED or not self.text:
            return told
        kept = gettext(KEPT)
        return f"{told.rstrip('. ')}. {kept}" if told else kept

    @property
    def pending(self) -> bool:
        """Still to be read, or its text still to be taken out of a file."""
        return self.state in (self.State.WAITING, self.State.EXTRACTING)
