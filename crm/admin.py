"""Pipelines with their stages, products and competitors in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import ProtectedError
from django.forms import ModelForm
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminColorInputWidget

from core.admin_base import HouseAdmin
from core.models import User
from core.scoping import may
from core.services import audit
from crm.models import Competitor, Pipeline, Product, Stage

# What a new pipeline begins with: name, name in Chinese, kind, chance in %, usual days, colour.
STAGES = (
    ("New", "新线索", "open", 10, 7, "#8a94a6"),
    ("Qualified", "已确认", "open", 25, 14, "#4f7cc4"),
    ("Pilot", "试点", "open", 50, 30, "#3f9c8f"),
    ("Offer", "报价", "open", 75, 21, "#c08a2e"),
    ("Won", "赢单", "won", 100, 0, "#2f9e5b"),
    ("Lost", "丢单", "lost", 0, 0, "#c2524b"),
)


def first_stages() -> list[dict[str, Any]]:
    """Return the stages a new pipeline's form begins with; each may be renamed or taken out before saving."""
    names = ("name_en", "name_zh", "kind", "probability", "expected_days", "colour")
    return [{"position": n, **dict(zip(names, row, strict=True))} for n, row in enumerate(STAGES, start=1)]


class StageForm(ModelForm):
    """A stage; its colour is chosen, not typed."""

    class Meta:
        model = Stage
        fields = ("position", "name_en", "name_zh", "kind", "probability", "expected_days", "colour", "guidance")
        widgets = {"colour": UnfoldAdminColorInputWidget()}


class StageFormSet(BaseInlineFormSet):
    """The stages of a pipeline as a whole: at least one open, exactly one won and one lost."""

    def clean(self) -> None:
        """Refuse a pipeline that a lead could not travel."""
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        kinds = [data["kind"] for data in kept if not data.get("DELETE")]
        if any(not form.is_valid() for form in self.forms):
            return
        if "open" not in kinds or kinds.count("won") != 1 or kinds.count("lost") != 1:
            self._non_form_errors = self.error_class(
                [_("A pipeline needs at least one open stage, one won and one lost. Nothing was changed.")]
            )


class StageInline(TabularInline):
    """Stages, in the order leads travel."""

    model, form, formset = Stage, StageForm, StageFormSet
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may edit the house."""
        return isinstance(request.user, User) and may(request.user, "house", "edit")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """A new pipeline begins with the usual stages."""
        return self.extra if obj and obj.pk else len(STAGES)

    has_add_permission = has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Stages with leads are kept by the database; the form says so."""
        return self.has_view_permission(request)


@admin.register(Pipeline)
class PipelineAdmin(HouseAdmin):
    """Pipelines, each with its stages."""

    list_display = ("name_en", "name_zh", "shown_stages", "position")
    list_editable = ("position",)
    inlines = [StageInline]

    @display(description=gettext_lazy("stages"))
    def shown_stages(self, row: Pipeline) -> str:
        """The names in order."""
        return " → ".join(stage.name for stage in row.stages.all())

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        """Fill in the usual stages of a new pipeline; what is posted stands for itself, else unchanged ones were left out."""
        params: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if request.method == "GET" and not obj.pk:
            params["initial"] = first_stages()
        return params

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the stages, in one query more."""
        return super().get_queryset(request).prefetch_related("stages")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the stages and write down which were changed."""
        super().save_related(request, form, formsets, change)
        by = request.user if isinstance(request.user, User) else None
        for formset in formsets:
            for stage in formset.new_objects:
                audit.record("add", stage, by=by)
            for stage, names in formset.changed_objects:
                audit.record("change", stage, by=by, after={name: getattr(stage, name) for name in names})
            for stage in formset.deleted_objects:
                audit.record("delete", stage, by=by)


class ClaimsAdmin(HouseAdmin):
    """Rows that marketing keeps; here for the admin."""

    group = "claims"

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete unless claims stand on it, which is said."""
        try:
            super().delete_model(request, obj)
        except ProtectedError:
            self.message_user(request, _("Claims speak of “%(row)s”. It was kept.") % {"row": obj}, level="error")


@admin.register(Product)
class ProductAdmin(ClaimsAdmin):
    """What we sell."""

    list_display = ("name", "summary_en", "summary_zh")
    search_fields = ("name",)


@admin.register(Competitor)
class CompetitorAdmin(ClaimsAdmin):
    """Who else they look at."""

    list_display = ("name", "kind", "shown_claims")
    list_filter = ("kind",)
    search_fields = ("name",)

    @display(description=gettext_lazy("notes"))
    def shown_claims(self, row: Competitor) -> SafeString:
        """How many claims speak of it."""
        return format_html("{}", row.claims.count())
