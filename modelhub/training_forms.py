"""Forms of datasets and training runs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.models import Segment
from modelhub.engine.reader_finetune import Plan
from modelhub.models import BaseModel, Dataset, Example, TrainingRun
from modelhub.services import run_data

# Settings of fine-tuning that the form shows, with the bounds in which they make sense.
TUNING: dict[str, tuple[Any, int, int, Any]] = {
    "epochs": (_("Epochs at most"), 1, 30, _("It stops before that when two epochs in a row gain nothing.")),
    "batch": (_("Texts a step"), 1, 64, ""),
    "frozen_layers": (
        _("Layers left as they are"),
        0,
        24,
        _("Counted from the bottom. More: faster, less is learned."),
    ),
}


class FreezeForm(forms.Form):
    """What to freeze."""

    name = forms.CharField(label=_("Name"), max_length=120)
    segment = forms.ModelChoiceField(
        Segment.objects.all(), label=_("Segment"), required=False, empty_label=_("All segments"),
        help_text=_("Examples of this segment and those below it."),
    )  # fmt: skip
    origins = forms.MultipleChoiceField(
        label=_("Only examples that are"), choices=Example.Origin.choices, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("None ticked: all of them."),
    )  # fmt: skip
    with_corpus = forms.BooleanField(
        label=_("Train on the shipped corpus as well"), required=False, initial=True,
        help_text=_("Without it, a reader knows only what your own examples show."),
    )  # fmt: skip


class BaseField(forms.ModelChoiceField):
    """Choice of a base model that says which one reads English alone."""

    def label_from_instance(self, base: Any) -> str:
        """Its name, and what it cannot read."""
        alone = run_data.languages(base) == ["en"]
        return gettext("%(name)s, English only") % {"name": base.name} if alone else str(base.name)


class RunForm(forms.Form):
    """What to train, from what, and how."""

    dataset = forms.ModelChoiceField(Dataset.objects.all(), label=_("Dataset"), empty_label=None)
    recipe = forms.ChoiceField(
        label=_("Recipe"), choices=TrainingRun.Recipe.choices, widget=forms.RadioSelect, initial="linear",
        help_text=_("Linear heads take minutes. Fine-tuning changes the encoder itself and takes longer."),
    )  # fmt: skip
    base = BaseField(
        BaseModel.objects.filter(kind="encoder"), label=_("Base model"), empty_label=None,
        help_text=_("Texts in a language that the base cannot read are left out."),
    )  # fmt: skip
    own_weight = forms.FloatField(
        label=_("How much an example of your own counts"), min_value=0.1, max_value=20, initial=run_data.OWN_WEIGHT,
        help_text=_("A message of the shipped corpus counts 1."),
    )  # fmt: skip
    seed = forms.IntegerField(
        label=_("Seed"), min_value=0, max_value=2**31 - 1, initial=0,
        help_text=_("The same dataset, settings and seed give the same version."),
    )  # fmt: skip
    rate = forms.FloatField(label=_("Learning rate"), min_value=1e-7, max_value=1e-2, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = Plan().tuning
        self.fields["rate"].initial = usual.rate
        self.fields["rate"].widget.attrs["step"] = "any"
        self.fields["own_weight"].widget.attrs["step"] = "any"
        for name, (label, low, high, told) in TUNING.items():
            self.fields[name] = forms.IntegerField(
                label=label, min_value=low, max_value=high, required=False, help_text=told, initial=getattr(usual, name)
            )

    def settings(self) -> dict[str, Any]:
        """What was set, as the service takes it; settings of fine-tuning only for that recipe."""
        values = self.cleaned_data
        found = {"own_weight": values["own_weight"], "seed": values["seed"]}
        if values["recipe"] == TrainingRun.Recipe.FINETUNE:
            given = {name: values[name] for name in ("rate", *TUNING) if values[name] is not None}
            found.update(given)
        return found
