"""Languages are told by script and words, and short or foreign texts are told as unsure."""

import pytest

from modelhub.engine.language import detect


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("need quote pls", "en"),
        ("hi", "en"),
        ("Could you translate our manuals into Polish?", "en"),
        ("我们需要把客服电话转成文字", "zh"),
        ("OCR 我们要 API", "zh"),
        ("Hi Kevin，我们公司做同传设备出口", "zh"),
        ("Bonjour, je voudrais un devis pour un chatbot", "fr"),
        ("Wir brauchen eine Übersetzung für unsere Handbücher", "de"),
        ("こんにちは、見積もりをお願いします", "ja"),
        ("한국어 상담 챗봇이 필요합니다", "ko"),
        ("نحتاج إلى ترجمة فورية لمركز الاتصال لدينا", "ar"),
    ],
)
def test_language(text, code):
    assert detect(text).code == code


def test_chinese_scripts():
    assert detect("你們有繁體中文的資料嗎").script == "hant"
    assert detect("你们有简体中文的资料吗").script == "hans"


def test_only_languages_of_the_training_are_sure():
    assert detect("We need transcripts of our calls").sure
    assert detect("我们要私有化部署").sure
    assert not detect("Necesitamos un chatbot para tres mil clientes").sure


@pytest.mark.parametrize("text", ["", "😀😀", "12345 !!", "https://example.com/a?b=c"])
def test_without_words_there_is_no_language(text):
    found = detect(text)
    assert (found.code, found.probability, found.sure) == ("", 0.0, False)


def test_a_word_of_two_of_a_third_language_is_not_claimed_with_confidence():
    assert detect("da kar").probability < 0.75
