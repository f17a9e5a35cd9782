"""A new pipeline in the admin begins with the usual stages, which are saved as they stand."""

import pytest
from django.urls import reverse

from crm.models import Pipeline

pytestmark = pytest.mark.django_db
NAMES = ["New", "Qualified", "Pilot", "Offer", "Won", "Lost"]


def posted(page):
    """The form as it came, ready to be sent back."""
    formset = page.context["inline_admin_formsets"][0].formset
    fields = {field.html_name: field.value() for form in formset.forms for field in form}
    fields |= {field.html_name: field.value() for field in formset.management_form}
    return {name: "" if value is None else value for name, value in fields.items() if not name.endswith("DELETE")}


def test_a_new_pipeline_begins_with_the_usual_stages(sign_in, admin_user):
    client, url = sign_in(admin_user), reverse("admin:crm_pipeline_add")
    data = {**posted(client.get(url)), "name_en": "Partners", "name_zh": "", "position": "3"}
    assert [data[f"stages-{n}-name_en"] for n in range(6)] == NAMES
    answer = client.post(url, data)
    assert answer.status_code == 302, answer.context["errors"]
    stages = Pipeline.objects.get(name_en="Partners").stages.all()
    assert [stage.name_en for stage in stages] == NAMES
    assert [stage.kind for stage in stages] == ["open"] * 4 + ["won", "lost"]


def test_one_that_is_there_gets_no_more(sign_in, admin_user, pipeline, stages):
    page = sign_in(admin_user).get(reverse("admin:crm_pipeline_change", args=[pipeline.pk]))
    assert page.context["inline_admin_formsets"][0].formset.total_form_count() == len(stages)
