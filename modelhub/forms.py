"""Forms of the hub's admin: a version with its checks, and an assignment with its reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from modelhub.engine import addresses
from modelhub.engine.failures import EngineError
from modelhub.interface import Task
from modelhub.models import ModelVersion
from modelhub.services import engine_words, sealing, versions

Engine = ModelVersion.Engine
TASKS_OF = {
    Engine.READER: {"read"},
    Engine.COMPOSER: {"draft"},
    Engine.CAUSAL: {"draft"},
    Engine.SEQ2SEQ: {"draft"},
    Engine.OPENAI: {"read", "draft", "verify"},
    Engine.RULES: {"verify"},
}
# What a version answers with. Its figures, and the gate that let it serve, speak of these.
ANSWERS_WITH = ("task", "engine", "base", "folder", "adapter", "address", "remote_model")


class VersionForm(forms.ModelForm):
    """Adds or changes a version. Saving looks at its files and its address; weights are not loaded here."""

    own_network = forms.BooleanField(
        label=gettext_lazy("The server stands in our own network"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy("Without this, private and local addresses are refused. Metadata addresses always are."),
    )
    timeout = forms.IntegerField(
        label=gettext_lazy("Seconds to wait for an answer"),
        min_value=1,
        max_value=300,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("For servers; 60 if empty."),
    )
    languages = forms.CharField(
        label=gettext_lazy("Languages it writes"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy(
            "Codes with commas, e.g. en, zh. Empty: all. In other languages the next version writes."
        ),
    )

    class Meta:
        model = ModelVersion
        fields = [
            "name", "key", "task", "engine", "base", "folder", "adapter", "address", "remote_model", "key_variable",
            "card",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        config = self.instance.config
        self.fields["own_network"].initial = bool(config.get("own_network"))
        self.fields["timeout"].initial = config.get("timeout")
        self.fields["languages"].initial = ", ".join(config.get("languages", []))

    def clean(self) -> dict[str, Any]:
        """Check that engine, task, files and address fit together, and keep the digests of the files."""
        values = super().clean() or self.cleaned_data
        engine, task = values.get("engine"), values.get("task")
        if not engine or not task:
            return values
        if task not in TASKS_OF[Engine(engine)]:
            self.add_error("engine", _("An engine of this kind does not do that task."))
            return values
        settled = self.instance.pk is not None and versions.settled(self.instance)
        if settled:
            self._refuse_another()
        config = dict(self.instance.config)
        config.update(self._settings(values))
        if engine == Engine.OPENAI:
            self._check_server(values)
        elif settled:
            self._check_same_files()
        elif engine in (Engine.CAUSAL, Engine.SEQ2SEQ, Engine.READER):
            config["files"] = self._check_folders(values)
            config.pop("digest", None)
            if engine == Engine.READER and not self.errors:
                config["digest"] = self._digest(values)
        self.instance.config = config
        return values

    def _refuse_another(self) -> None:
        for name in set(ANSWERS_WITH) & set(self.changed_data):
            self.add_error(
                name, _("It was measured or has served as it is, so this cannot change any more. Add another version.")
            )

    def _check_same_files(self) -> None:
        try:
            versions.check_files(self.instance)
        except EngineError as error:
            self.add_error("folder", engine_words.told(str(error)))

    def _settings(self, values: dict[str, Any]) -> dict[str, Any]:
        languages = [code.strip().lower() for code in values.get("languages", "").split(",") if code.strip()]
        return {
            "own_network": bool(values.get("own_network")),
            "timeout": values.get("timeout") or 60,
            "languages": languages,
        }

    def _check_server(self, values: dict[str, Any]) -> None:
        if not values.get("remote_model"):
            self.add_error("remote_model", _("Say which model the server is to use."))
        try:
            addresses.check(values.get("address", ""))
        except addresses.AddressError as error:
            self.add_error("address", engine_words.told(str(error)))
            return
        try:
            networks = tuple(settings.MODEL_SERVER_NETWORKS)
            addresses.pin(values["address"], own_network=bool(values.get("own_network")), allowed=networks)
        except addresses.NotFound:
            pass  # the worker may know names that this process does not; it checks before each call
        except addresses.AddressError as error:
            self.add_error("address", engine_words.told(str(error)))

    def _digest(self, values: dict[str, Any]) -> str:
        try:
            return sealing.digest(ModelVersion(folder=values["folder"]))
        except EngineError as error:
            self.add_error("folder", engine_words.told(str(error)))
            return ""

    def _check_folders(self, values: dict[str, Any]) -> dict[str, dict[str, str]]:
        if not values.get("folder"):
            self.add_error("folder", _("Say in which folder the model lies."))
            return {}
        draft = ModelVersion(engine=values["engine"], folder=values["folder"], adapter=values.get("adapter", ""))
        try:
            return versions.fingerprints(draft)
        except EngineError as error:
            self.add_error("folder", engine_words.told(str(error)))
            return {}


class AssignmentForm(forms.Form):
    """Which version, why, and what the person had seen when they decided."""

    version = forms.ModelChoiceField(
        ModelVersion.objects.none(), label=gettext_lazy("Version"), widget=forms.RadioSelect, empty_label=None
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "Needed for a version that is worse than what serves, or was never measured beside it, inherited ones included: "
            "ten characters or more. Kept in the history, with your name."
        ),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, task: Task, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["version"]
        field.queryset = ModelVersion.objects.filter(task=task).exclude(state=ModelVersion.State.RETIRED)
