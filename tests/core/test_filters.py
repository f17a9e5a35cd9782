"""Filters that every page uses."""

import re

from django.conf import settings

from core.templatetags.fairlead import _NOTES, job_note, per_cent, percent


def test_per_cent_is_written_one_way():
    assert percent(0.824) == "82%"
    assert percent(0) == "0%"
    assert percent(None) == per_cent(None) == "–"
    assert per_cent("4.7") == "4.7%"


def test_what_workers_note_can_be_shown_in_the_readers_language():
    sources = [path.read_text() for path in settings.BASE_DIR.glob("*/services/*.py")]
    noted = {note for source in sources for note in re.findall(r'finishing\(job, note="([^"]+)"\)', source)}
    assert "nothing to read" in noted
    assert noted <= set(_NOTES)
    assert job_note("nothing to read") == "nothing to read"
    assert job_note("fold 2 of 3 done") == "fold 2 of 3 done"
    assert job_note("") == ""
