"""Base models and the versions made from them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class BaseModel(models.Model):
    """A pretrained model, from a pack, a hub repository at a pinned revision, or a local folder."""

    class Kind(models.TextChoices):
        ENCODER = "encoder", _("Encoder")
        CAUSAL = "causal", _("Causal language model")
        SEQ2SEQ = "seq2seq", _("Sequence to sequence")

    key = models.SlugField(_("key"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    licence = models.CharField(_("licence"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=300, help_text=_("Pack name, repository@revision, or folder"))
    sha256 = models.CharField(max_length=64, blank=True)
    parameters = models.BigIntegerField(_("parameters"), default=0)

    class Meta:
        ordering = ["key"]
        verbose_name, verbose_name_plural = _("base model"), _("base models")

    def __str__(self) -> str:
        return self.name


class ModelVersion(models.Model):
    """Something that can serve a task: a trained reader, the composer, a generator, a remote server, the verifier."""

    class Task(models.TextChoices):
        READ = "read", _("Read messages")
        DRAFT = "draft", _("Draft pitches")
        VERIFY = "verify", _("Verify sentences")

    class Engine(models.TextChoices):
        READER = "reader", _("Trained reader")
        COMPOSER = "composer", _("Composer")
        CAUSAL = "causal", _("Causal language model")
        SEQ2SEQ = "seq2seq", _("Sequence to sequence")
        OPENAI = "openai", _("OpenAI-compatible server")
        RULES = "rules", _("Rules and similarity")

    class State(models.TextChoices):
        READY = "ready", _("Ready")
        BROKEN = "broken", _("Broken")
        RETIRED = "retired", _("Retired")
        UNTRAINED = "untrained", _("Not trained yet")

    key = models.SlugField(_("key"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    task = models.CharField(_("task"), max_length=8, choices=Task)
    engine = models.CharField(_("engine"), max_length=10, choices=Engine)
    base = models.ForeignKey(BaseModel, verbose_name=_("base model"), null=True, blank=True, on_delete=models.PROTECT)
    folder = models.CharField(
        _("folder"), max_length=300, blank=True, help_text=_("Below the data folder, or absolute")
    )
    adapter = models.CharField(_("LoRA adapter folder"), max_length=300, blank=True)
    address = models.URLField(
        _("server address"), blank=True, help_text=_("OpenAI-compatible, e.g. http://vllm:8000/v1")
    )
    remote_model = models.CharField(_("model name there"), max_length=120, blank=True)
    key_variable = models.CharField(
        _("environment variable with the key"),
        max_length=80,
        blank=True,
        help_text=_("The key itself is never stored."),
    )
    config = models.JSONField(_("configuration"), default=dict, blank=True)
    card = models.TextField(_("model card"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READY)
    problem = models.TextField(_("problem"), blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        ordering = ["task", "key"]
        verbose_name, verbose_name_plural = _("model version"), _("model versions")

    def __str__(self) -> str:
        return self.name
