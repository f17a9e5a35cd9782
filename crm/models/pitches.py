"""Tailored copy for a lead, sentence by sentence, each with what it rests on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import Row
from core.scoping import ScopedQuerySet
from crm.models.claims import Claim
from crm.models.companies import Contact
from crm.models.leads import Lead
from crm.models.messages import Message


class PitchQuerySet(ScopedQuerySet):
    """Pitches of the leads a person sees."""

    owner_path = "lead__"


class PitchSentenceQuerySet(ScopedQuerySet):
    """Sentences of the pitches a person sees."""

    owner_path = "pitch__lead__"


class PitchDeliveryQuerySet(ScopedQuerySet):
    """Mails of the pitches a person sees."""

    owner_path = "pitch__lead__"

    def unclear(self) -> PitchDeliveryQuerySet:
        """Handed over, and no reply was kept: nobody can know."""
        over = Q(state=PitchDelivery.State.ATTEMPTING, lease_until__lt=timezone.now())
        return self.filter(Q(state=PitchDelivery.State.AMBIGUOUS) | over)


class Pitch(Row):
    """A mail, call script or one-pager. Only a person makes it ready, and only while every sentence stands."""

    class Form(models.TextChoices):
        MAIL = "mail", _("Mail")
        CALL = "call", _("Call script")
        ONE_PAGER = "one-pager", _("One-pager")

    class Tone(models.TextChoices):
        PLAIN = "plain", _("Plain")
        WARM = "warm", _("Warm")
        FORMAL = "formal", _("Formal")

    class Length(models.TextChoices):
        SHORT = "short", _("Short")
        MEDIUM = "medium", _("Medium")
        LONG = "long", _("Long")

    class State(models.TextChoices):
        DRAFTING = "drafting", _("Being drafted")
        DRAFT = "draft", _("Draft")
        READY = "ready", _("Ready")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    class Outcome(models.TextChoices):
        REPLIED = "replied", _("Replied")
        MEETING = "meeting", _("Meeting agreed")
        NO_ANSWER = "no-answer", _("No answer")
        REFUSED = "refused", _("Refused")

    lead = models.ForeignKey(Lead, verbose_name=_("lead"), on_delete=models.CASCADE, related_name="pitches")
    contact = models.ForeignKey(Contact, verbose_name=_("contact"), null=True, blank=True, on_delete=models.SET_NULL)
    form = models.CharField(_("form"), max_length=10, choices=Form, default=Form.MAIL)
    language = models.CharField(_("language"), max_length=10, default="en")
    tone = models.CharField(_("tone"), max_length=8, choices=Tone, default=Tone.PLAIN)
    length = models.CharField(_("length"), max_length=8, choices=Length, default=Length.MEDIUM)
    mention_gaps = models.BooleanField(_("say what we cannot do"), default=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFTING)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    subject_verdict = models.CharField(max_length=16, blank=True, default="")  # as of a sentence; "" while it waits
    subject_reasons = models.JSONField(default=list)
    subject_rests_on = models.JSONField(default=dict)  # {claim id: digest of its words when the verdict fell}
    drafted_by = models.CharField(_("drafted by"), max_length=120, blank=True)  # name of the version
    prediction = models.PositiveBigIntegerField(null=True)  # id in the hub, opaque here
    notes = models.JSONField(_("notes"), default=list)  # what the hub said about the draft, a line each
    drafted_subject = models.CharField(max_length=200, blank=True, default="")
    drafted_text = models.TextField(
        blank=True
    )  # as the drafter left it, a line per sentence, for the diff kept on send
    edit_distance = models.FloatField(_("edited"), null=True)  # share of characters changed, 0–1
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    message = models.OneToOneField(Message, null=True, on_delete=models.SET_NULL, related_name="pitch")
    author = models.ForeignKey(
        "core.User", verbose_name=_("author"), null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = PitchQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        verbose_name, verbose_name_plural = _("pitch"), _("pitches")

    def __str__(self) -> str:
        return self.subject or f"{self.get_form_display()} · {self.lead}"

    def get_absolute_url(self) -> str:
        return reverse("pitch", args=[self.pk])

    @property
    def open(self) -> bool:
        """Its words may still change."""
        return self.state in (self.State.DRAFT, self.State.READY, self.State.FAILED)

    @property
    def state_words(self) -> str:
        """The state, in the word that fits the form: a script is used and a one-pager printed, not sent."""
        if self.state == self.State.SENT and self.form == self.Form.CALL:
            return str(_("Used"))
        if self.state == self.State.SENT and self.form == self.Form.ONE_PAGER:
            return str(_("Printed"))
        return str(self.get_state_display())


class PitchSentence(models.Model):
    """One sentence, the claims it cites, and the verifier's verdict ("" while it waits for one)."""

    class Verdict(models.TextChoices):
        SUPPORTED = "supported", _("Supported")
        UNSUPPORTED = "unsupported", _("No claim says this")
        CONTRADICTED = "contradicted", _("A claim says otherwise")
        FREE = "no-claim-needed", _("Needs no claim")

    class Origin(models.TextChoices):
        COMPOSED = "composed", _("Composed")
        MODEL = "model", _("Written by a model")
        PERSON = "person", _("Written by a person")

    pitch = models.ForeignKey(Pitch, on_delete=models.CASCADE, related_name="sentences")
    position = models.PositiveIntegerField()
    paragraph = models.PositiveIntegerField(default=0)
    text = models.TextField(_("text"))
    claims = models.ManyToManyField(Claim, blank=True, related_name="sentences")
    verdict = models.CharField(_("verdict"), max_length=16, choices=Verdict, blank=True, default="")
    reasons = models.JSONField(_("reasons"), default=list)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin, default=Origin.COMPOSED)
    replaced = models.BooleanField(_("replaced"), default=False)  # the model's own wording failed twice
    rests_on = models.JSONField(default=dict)  # {claim id: digest of its words when the verdict fell}
    asked_at = models.DateTimeField(_("claim asked for"), null=True)

    objects = PitchSentenceQuerySet.as_manager()

    class Meta:
        ordering = ["pitch", "position", "id"]

    def __str__(self) -> str:
        return self.text


class PitchDelivery(models.Model):
    """The ledger row of a mail, with the mail as it was when a person sent it.

    `attempting` is committed before the mail is handed over; if its lease ends there, nobody can know.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Waiting")
        ATTEMPTING = "attempting", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        AMBIGUOUS = "ambiguous", _("Unknown whether sent")

    pitch = models.OneToOneField(Pitch, on_delete=models.CASCADE, related_name="delivery")
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    message_id = models.CharField(max_length=200, unique=True)  # the same over all attempts
    by = models.ForeignKey(
        "core.User", verbose_name=_("sent by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    recipient = models.EmailField(_("to"), default="")
    recipient_name = models.CharField(max_length=120, blank=True, default="")
    sender_name = models.CharField(max_length=120, blank=True, default="")
    reply_to = models.EmailField(blank=True, default="")
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    body = models.TextField(_("text"), blank=True, default="")
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    retry_at = models.DateTimeField(_("next attempt"), null=True)
    lease_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)  # the Date of the mail
    updated_at = models.DateTimeField(auto_now=True)

    objects = PitchDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("mail"), _("mails")

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"

    @property
    def unclear(self) -> bool:
        """Handed over, and no reply was kept: nobody can know."""
        over = self.lease_until is not None and self.lease_until < timezone.now()
        return self.state == self.State.AMBIGUOUS or (self.state == self.State.ATTEMPTING and over)
