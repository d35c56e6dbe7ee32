# ruff: noqa: RUF001  # letters of twelve languages
"""How models say in twelve languages that they will not answer, at the beginning of an answer."""

import re

_REFUSAL_WITHIN = 160
_REFUSALS = re.compile(
    r"\b(i|we)('m| am|'re| are)? (sorry|unable|not able|afraid)[^.]{0,40}\b(can('|no)t|cannot|unable|not able|won't)\b"
    r"|\bi (can('|no)t|cannot|won't|am unable to|'m unable to|am not able to|'m not able to) "
    r"(help|assist|provide|comply|fulfil|fulfill|do that|answer|discuss|create|generate|support)"
    r"|\bas an ai( language)? model\b.{0,60}\b(can('|no)t|cannot|unable|not able)"
    r"|\b(es )?tut mir leid[^.]{0,60}\b(kann|darf)\b[^.]{0,60}\b(nicht|keine?n?)\b"
    r"|\bich kann (dir |ihnen |euch )?(dabei|damit|das|hierbei|diese[rms]?)\b[^.]{0,40}"
    r"\bnicht (helfen|beantworten|unterstützen)"
    r"|\bje (suis désolée?|regrette)[^.]{0,60}\bne (peux|puis)\b[^.]{0,30}\bpas\b"
    r"|\bje ne (peux|puis) pas (vous |t')?(aider|répondre|fournir|assister)"
    r"|\blo siento[^.]{0,60}\bno puedo\b|\bno puedo (ayudar|asistir|proporcionar|responder|cumplir)"
    r"|\b(mi dispiace|sono spiacente)[^.]{0,60}\bnon posso\b|\bnon posso (aiutar|fornir|rispondere|assister)"
    r"|\b(desculpe|lamento|sinto muito)[^.]{0,60}\bnão posso\b|\bnão posso (ajudar|fornecer|responder|auxiliar)"
    r"|\b(het spijt me|sorry)[^.]{0,60}\bkan ik\b[^.]{0,40}\bniet\b|\bik kan (je|u) (daar|hier)[^.]{0,20}\bniet\b"
    r"|\b(przykro mi|przepraszam)[^.]{0,60}\bnie mogę\b|\bnie mogę (pomóc|udzielić|odpowiedzieć)"
    r"|(извините|к сожалению|простите)[^.]{0,60}не могу\b|я не могу (помочь|предоставить|ответить|выполнить)"
    r"|(抱歉|对不起|很遗憾)[^。]{0,20}(无法|不能)|我(无法|不能)(帮助|协助|提供|回答)"
    r"|(申し訳|すみません|ごめんなさい)[^。]{0,40}(できません|できかねます|お答えできません)"
    r"|(آسف|عذرا|عذرًا|أعتذر)[^.]{0,40}(لا أستطيع|لا يمكنني)|لا (أستطيع|يمكنني) (مساعدت|تقديم|الإجابة)"
    r"|(क्षमा करें|माफ़ कीजिए|मुझे खेद है)[^।]{0,60}नहीं"
    r"|(üzgünüm|maalesef)[^.]{0,60}\b(yardımcı olamam|yapamam|veremem|yanıtlayamam)",
    re.IGNORECASE,
)
# Every refusal has one of these; looking for them takes a twentieth of the time of the expression.
_STEMS = (
    *("can't", "cannot", "won't", "unable", "not able", "nicht", "kein", " pas", "no puedo", "non posso", "não posso"),
    *(
        " niet",
        "nie mog",
        "не могу",
        "无法",
        "不能",
        "できません",
        "できかね",
        "أستطيع",
        "يمكنني",
        "नहीं",
        "amam",
        "emem",
    ),
)


def is_refusal(text: str) -> bool:
    """Whether an answer begins with that it will not be one."""
    beginning = text[:_REFUSAL_WITHIN].replace("’", "'").lower()
    return any(stem in beginning for stem in _STEMS) and _REFUSALS.search(beginning) is not None
