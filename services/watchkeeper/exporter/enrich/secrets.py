r"""Secrets and personal data in free text, by their shapes: e-mail, phone and card numbers, keys of well-known APIs.

Every pattern is linear in the length of the text: repetitions are bounded or cannot overlap with what follows them.
Text is often JSON, where a line break is spelled ``\n``: a secret may begin after that ``n``.
"""

import re

_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf]))"
_KEYS = re.compile(
    _START
    + r"""(?:
    sk-[A-Za-z0-9_-]{8,}                                      # OpenAI, Anthropic (sk-ant-), Langfuse (sk-lf-), …
    | (?:AKIA|ASIA)[A-Z0-9]{12,}                              # AWS
    | gh[pousr]_[A-Za-z0-9]{16,} | github_pat_[A-Za-z0-9_]{16,}
    | glpat-[A-Za-z0-9_-]{16,}
    | xox[a-z]-[A-Za-z0-9-]{8,} | xapp-[A-Za-z0-9-]{8,}        # Slack
    | AIza[A-Za-z0-9_-]{20,}                                  # Google
    | (?:hf|gsk|r8|xai|nvapi|pplx|lsv2)[_-][A-Za-z0-9_-]{20,}
    | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}              # Stripe
    | eyJ[A-Za-z0-9_-]{8,2048}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)?  # JSON Web Token
    | -----BEGIN\ [A-Z\ ]{0,32}PRIVATE\ KEY-----[^-]*(?:-----END\ [A-Z\ ]{0,32}PRIVATE\ KEY-----)?
    )""",
    re.VERBOSE,
)
# A key as the parameter of a URL, and who asks in front of its host.
_PARAMETER = re.compile(
    r"(?<![A-Za-z0-9])((?:api|access|auth|subscription|secret)?[_-]?(?:key|token|secret|password|sig|signature|code))"
    r"=(?!\[)[^\s&;,\"'#]{4,}",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(?:(?<=://)[^/@\s\"']{1,256}|(?<=/)[^/@:\s\"']{1,128}:[^/@\s\"']{1,256})@")
_BEARER = re.compile(_START + r"(bearer|basic)(\s{1,4})(?=\S{0,64}\d)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.%+-]{1,64}@\w[\w-]{0,62}(?:\.\w[\w-]{0,62}){1,8}")
# With a country code; or the groups of a national number, which begin with 0 or are 3-3-4 digits.
_PHONE = re.compile(
    r"\+\d[\d ().\u00a0/-]{6,20}\d(?!\d)"
    r"|(?<![\d-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\d-])"
    r"|(?<!\d)(?:\(0\d{1,4}\)|0\d{1,4})[ /-]\d{3,8}(?:[ -]\d{2,5}){0,3}(?![\d-])"
    r"|(?<!\d)0[1-9]\d{8,11}(?!\w)"
)
_PHONE_DIGITS = range(8, 16)
_CARD = re.compile(r"(?<!\d)\d(?:[ \u00a0-]?\d){12,}(?!\d)")
_CARD_GROUPS = re.compile(r"\d+")
_CARD_DIGITS = range(13, 20)
_ESCAPED = re.compile(r"\\u(?!d[89a-f])([0-9a-f]{4})", re.IGNORECASE)


def without_keys(text: str) -> str:
    """A name or an id without the keys in it: ``[api_key]`` in the place of what looks like one, ``[email]`` too."""
    if "@" in text and "/" in text:
        text = _USERINFO.sub("[api_key]@", text)
    if "=" in text:
        text = _PARAMETER.sub(r"\1=[api_key]", text)
    text = _BEARER.sub(r"\1\2[api_key]", _KEYS.sub("[api_key]", text))
    return _EMAIL.sub("[email]", text) if "@" in text else text


def without_secrets(text: str) -> str:
    """The text with ``[email]``, ``[phone]``, ``[card]`` and ``[api_key]`` in the place of what looks like one."""
    if "\\u" in text:  # é as \u00e9 would hide where a number begins
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    text = without_keys(text)
    return _PHONE.sub(_phone, _CARD.sub(_cards, text))


def _phone(found: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in found[0])
    return "[phone]" if digits in _PHONE_DIGITS else found[0]


def _cards(found: re.Match[str]) -> str:
    """The run of digits without the card numbers in it; other numbers may be directly before or after one."""
    run = found[0]
    groups = [group.span() for group in _CARD_GROUPS.finditer(run)]
    masked, position, first = "", 0, 0
    while first < len(groups):
        last = _card_from(run, groups, first)
        if last is None:
            first += 1
            continue
        masked += run[position : groups[first][0]] + "[card]"
        position, first = groups[last][1], last + 1
    return masked + run[position:]


def _card_from(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The last group of a card number that begins with the group ``first``, the longest if there are several."""
    digits, found = "", None
    for place in range(first, len(groups)):
        digits += run[slice(*groups[place])]
        if len(digits) >= _CARD_DIGITS.stop:
            break
        if len(digits) in _CARD_DIGITS and is_luhn(digits):
            found = place
    return found


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others, as on all payment cards (ISO/IEC 7812-1)."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    total = sum(int(digit) for digit in digits[-1::-2]) + sum(value - 9 if value > 9 else value for value in doubled)  # noqa: PLR2004
    return total % 10 == 0 and any(digit != "0" for digit in digits)
