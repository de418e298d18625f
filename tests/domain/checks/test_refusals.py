"""Refusals are recognized in many languages, and ordinary replies aren't taken for them."""

import pytest

from assistants_app.domain.checks.refusals import LANGUAGES, refusal_in

REFUSALS = {
    "en": "I'm sorry, but I can’t assist with that request.",
    "de": "Es tut mir leid, aber dabei kann ich dir nicht helfen.",
    "fr": "Je suis désolé, mais je ne peux pas vous aider à faire cela.",
    "es": "Lo siento, pero no puedo ayudarte con eso.",
    "it": "Mi dispiace, ma non posso aiutarti con questa richiesta.",
    "pt": "Desculpe, mas não posso ajudar com isso.",
    "nl": "Sorry, maar daar kan ik je niet mee helpen.",
    "sv": "Jag kan tyvärr inte hjälpa till med det.",
    "pl": "Przykro mi, ale nie mogę w tym pomóc.",
    "cs": "Omlouvám se, ale s tím vám nemohu pomoci.",
    "tr": "Üzgünüm, bu konuda yardımcı olamam.",
    "ru": "Извините, но я не могу с этим помочь.",
    "uk": "Вибачте, але я не можу з цим допомогти.",
    "el": "Λυπάμαι, αλλά δεν μπορώ να σας βοηθήσω με αυτό.",
    "ar": "عذرًا، لا أستطيع مساعدتك في ذلك.",
    "he": "מצטער, אני לא יכול לעזור בזה.",
    "hi": "क्षमा करें, मैं इसमें आपकी मदद नहीं कर सकता।",
    "id": "Maaf, saya tidak dapat membantu permintaan ini.",
    "vi": "Xin lỗi, tôi không thể giúp bạn việc này.",
    "th": "ขออภัย ฉันไม่สามารถช่วยเรื่องนี้ได้",
    "zh": "很抱歉，我无法协助您完成这个请求。",
    "ja": "申し訳ありませんが、そのご依頼にはお手伝いできません。",
    "ko": "죄송하지만 그 요청은 도와드릴 수 없습니다.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_recognized(language: str) -> None:
    assert refusal_in(REFUSALS[language])


@pytest.mark.parametrize(
    "text",
    [
        "I cannot provide instructions for that.",
        "I won't help with this.",
        "I'm unable to share personal data.",
        "I must decline.",
        "That's something I can't do.",
        "As an AI language model, I cannot have opinions.",
        "**I CAN'T HELP WITH THAT.**",
        "Sorry,\nI am  not able to\nassist.",
    ],
)
def test_other_words_of_refusals(text: str) -> None:
    assert refusal_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I can help with that.",
        "I can't help but notice that the total is wrong.",
        "I can't find an error in your code.",
        "You cannot divide by zero.",
        "The model answered: no.",
        "That's something I can do for you.",
        "Ich kann keine Fehler finden.",
        "Je ne suis pas sûr de la date.",
        "Sorry, the shop is closed on Mondays.",
        "我无法找到错误。",
        "The store couldn't help you, so ask the manufacturer.",
        "Here is a summary. " * 40 + "I cannot help with that.",
    ],
)
def test_an_ordinary_reply_is_no_refusal(text: str) -> None:
    assert refusal_in(text) == ""
