"""The parser's refusal of a line -> a diagnostic that guesses the author's intent; the words are in `*_errors.py`."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic, Help, write
from ..text.nearest import nearest
from ..text.records import record
from ..text.source import Span
from . import sign_errors, text_errors, word_errors, words
from .automaton import END, Unexpected
from .tokens import Token, split

_LONGEST_QUOTE = 40
_OPERATORS = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "CARET", "OR", "AND", "OF"})
_COMPARISONS = frozenset({"SAME", "DIFFERS", "LESS", "AT_MOST", "GREATER", "AT_LEAST"})
_OPERAND = frozenset({"NAME", "NUMBER", "STRING", "LEFT", "TRUE", "FALSE", "NOT", "MINUS"})
_SPELLED = {
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": "a text in quotes",
    "COLON": "`:`",
    "COMMA": "`,`",
    "EQUAL": "`=`",
    "SAME": "`==`",
    "AT_MOST": "`<=`",
    "LEFT": "`(`",
    "RIGHT": "`)`",
    "OPENING": "`[`",
    "CLOSING": "`]`",
    "ARROW": "`->`",
    "TILDE": "`~`",
    END: "the end of the line",
}


@record
class _Refusal:
    """A line's tokens, the index of the one that cannot stand there (len(tokens) for the end), and the terminals that could.

    `inside` if the parser took the start of that token for something else, such as the `=` of `==`.
    """

    line: Span
    rule: str
    tokens: tuple[Token, ...]
    at: int
    inside: bool
    accepts: frozenset[str]

    @property
    def token(self) -> Token:
        """The token that cannot stand there; an empty sign behind the last one at the end."""
        if self.at < len(self.tokens):
            return self.tokens[self.at]
        end = self.line.end
        return Token("end", "", Span(self.line.source, end, end))

    @property
    def before(self) -> Token | None:
        """The token before that."""
        return self.tokens[self.at - 1] if self.at else None

    @property
    def first(self) -> str:
        """The first word of the line."""
        return self.tokens[0].text if self.tokens else ""

    def has_before(self, *texts: str) -> bool:
        """True if one of the words or signs stands before the culprit."""
        return any(token.text in texts for token in self.tokens[: self.at])


def explain(line: Span, rule: str, error: Unexpected) -> Diagnostic:
    """The diagnostic of a line that the parser refused."""
    tokens = split(line)
    offset = min(line.start + error.offset, line.end)
    at = next((i for i, token in enumerate(tokens) if token.span.end > offset), len(tokens))
    inside = at < len(tokens) and tokens[at].span.start < offset
    refusal = _Refusal(line, rule, tokens, at, inside, error.accepts)
    return next(found for guess in _GUESSES if (found := guess(refusal)) is not None)


# --- signs that the language does not have ----------------------------------------------------------------


def _foreign_operator(it: _Refusal) -> Diagnostic | None:
    remedy = words.FOREIGN_OPERATORS.get(it.token.text)
    if remedy is None or (it.token.text == "=>" and it.first in words.ROLES):
        return None
    return sign_errors.foreign_operator(it.token.span, remedy)


def _stray_character(it: _Refusal) -> Diagnostic | None:
    sign = it.token.text
    if it.token.kind != "sign" or len(sign) != 1 or sign in "()+-*/^%=<>,:;~\"'":
        return None
    return text_errors.stray_character(it.token.span, _remedy(sign))


def _remedy(sign: str) -> Help:
    """The remedy for a typeset sign, a bracket or a Greek letter; empty for any other sign."""
    if sign in words.TYPOGRAPHIC:
        return write(words.TYPOGRAPHIC[sign])
    if sign in words.SIGN_REMEDIES:
        return words.SIGN_REMEDIES[sign]
    letter = words.spelled(sign)
    return write(letter) if letter != sign else ""


# --- first words ------------------------------------------------------------------------------------------


def _word_as_name(it: _Refusal) -> Diagnostic | None:
    """`output = 3`; `and = 3`; `event if ~ bernoulli(p)`."""
    reserved = ("and", "or", "not", "true", "false", "if", "else")
    if it.at == 1 and it.first in words.FIRST_WORDS and it.token.text in ("=", ",", "~"):
        return word_errors.word_as_name(it.tokens[0].span, f"{it.first}_")
    following = it.tokens[it.at + 1].text if it.at + 1 < len(it.tokens) else ""
    if it.token.text in reserved and "NAME" in it.accepts and following in ("=", "~"):
        return word_errors.word_as_name(it.token.span, f"{it.token.text}_")
    return None


def _else_if(it: _Refusal) -> Diagnostic | None:
    if it.first == "elif" and it.at == 1:
        return text_errors.else_if(it.tokens[0].span)
    if it.first == "else" and it.token.text == "if":
        return text_errors.else_if(it.tokens[0].span.to(it.token.span))
    return None


def _foreign_statement(it: _Refusal) -> Diagnostic | None:
    remedy = words.FOREIGN_STATEMENTS.get(it.first)
    if remedy is None or it.at > 1 or it.token.text in ("=", ",") or it.rule != "line":
        return None
    return word_errors.foreign_statement(it.tokens[0].span, remedy)


def _misspelt_first(it: _Refusal) -> Diagnostic | None:
    """`compresor Q: …`, `rond k:`: a word that nothing starts with, no sign behind it."""
    known = (*words.FIRST_WORDS, *words.ROLES)
    if it.rule != "line" or it.at != 1 or it.first in known or it.token.kind not in ("word", "text"):
        return None
    meant = words.SYNONYMS.get(it.first) or nearest(it.first, known)
    return word_errors.misspelt(it.tokens[0].span, meant) if meant else None


def _misspelt_inside(it: _Refusal) -> Diagnostic | None:
    """`param p = 1 wher p > 0`: a word close to one that could stand there."""
    if it.token.kind != "word" or "NAME" in it.accepts:
        return None
    could = [name.lower() for name in it.accepts if name.isalpha() and name not in _SPELLED]
    possible = [word for word in could if word in _INNER_WORDS]
    meant = nearest(it.token.text, possible)
    return word_errors.misspelt_inside(it.token.span, meant) if meant else None


_INNER_WORDS = (
    "and",
    "as",
    "at",
    "drawing",
    "for",
    "graph",
    "in",
    "not",
    "of",
    "on",
    "or",
    "rounds",
    "when",
    "where",
)


# --- forms of statements ----------------------------------------------------------------------------------


def _message(it: _Refusal) -> Diagnostic | None:
    """A message without sender, arrow, receiver, or a name for what is sent."""
    if it.at == 0 and it.token.text == "->":
        return word_errors.incomplete_message(it.token.span, "its sender")
    if it.before and it.before.text == "->" and it.token.text in ("", ":"):
        return word_errors.incomplete_message(it.before.span, "its receiver")
    if it.first in words.ROLES and _stands_for_arrow(it):
        return word_errors.no_arrow(it.token.span, _place_of_arrow(it))
    if it.has_before("->") and it.has_before(":") and it.accepts.isdisjoint({"NUMBER"}):
        named = it.token.kind in ("number", "text") or it.token.text == "("
        return word_errors.incomplete_message(it.token.span, "a name for what is sent") if named else None
    return None


def _stands_for_arrow(it: _Refusal) -> bool:
    """True if `>`, `=>`, `to`, `- >` or nothing stands in the place of a message's arrow."""
    if it.before and (it.before.text, it.token.text) == ("-", ">"):
        return True
    likely = it.token.text in ("-", ">", "=>", "to", *words.ROLES)
    return likely and ("ARROW" in it.accepts or it.inside)


def _place_of_arrow(it: _Refusal) -> Span:
    """The span of what stands for a message's arrow; an empty one before the receiver."""
    span = it.token.span
    if it.token.text in words.ROLES:
        return Span(span.source, span.start, span.start)
    return it.before.span.to(span) if it.before and it.before.text == "-" else span


def _draw(it: _Refusal) -> Diagnostic | None:
    """`event c = bernoulli(p)`, `c ~ bernoulli(p)`, `event c ~ p`."""
    if it.token.text == "~" and it.before and it.before.kind == "word":
        return word_errors.draw_without_tilde(it.before.span.to(it.token.span), it.before.text)
    if it.accepts == {"TILDE"} and it.before:
        return word_errors.draw_without_tilde(it.token.span, it.before.text)
    tilde = next((i for i, token in enumerate(it.tokens[: it.at]) if token.text == "~"), 0)
    if tilde and it.at - tilde <= 2 and "NUMBER" not in it.accepts:
        return word_errors.draw_without_call(it.token.span, it.tokens[tilde - 1].text)
    return None


def _draw_by_another_word(it: _Refusal) -> Diagnostic | None:
    """`sample B ~ minibatch(b)`, at the start of a line or behind a placement."""
    tilde = next((i for i, token in enumerate(it.tokens) if token.text == "~"), 0)
    if tilde < 2 or it.at not in (tilde - 1, tilde - 2):
        return None
    word, name = it.tokens[tilde - 2 : tilde]
    if word.kind != "word" or name.kind != "word" or word.text == "event":
        return None
    return word_errors.draw_without_tilde(word.span.to(it.tokens[tilde].span), name.text)


def _contract(it: _Refusal) -> Diagnostic | None:
    """`compressor Q = rand_k(k = 1)`, `compressor Q: rand_k(k = 1)`."""
    if it.first != "compressor" or it.at not in (2, 3, 4) or it.token.text not in ("", "=", "("):
        return None
    if len(it.tokens) < 2:
        return None
    culprit = it.before if it.token.text == "(" and it.before else it.token
    return word_errors.missing_contract(culprit.span, it.tokens[1].text)


def _equals_sign(it: _Refusal) -> Diagnostic | None:
    """`=` for `==` in a condition, `==` for `=` elsewhere, a second `=`."""
    if it.token.text == "==" and (it.inside or "EQUAL" in it.accepts) and it.before:
        return sign_errors.double_equals(it.token.span, it.before.text)
    if it.token.text != "=" or it.accepts.isdisjoint({"SAME", "AT_MOST"}):
        return None
    if it.first in ("if", "require", "invariant") or it.has_before("where", "when"):
        return sign_errors.single_equals(it.token.span)
    if not it.has_before("="):
        return None
    if it.at < 2 or it.tokens[it.at - 2].text != "," or it.tokens[it.at - 1].kind != "word":
        return sign_errors.second_equals(it.token.span)
    return sign_errors.comma_between(it.token.span, it.tokens[it.at - 2].span, _parted(it))


def _parted(it: _Refusal) -> str:
    """The statements of `a = e, b = f`, parted by a `;`."""
    starts = max((i + 1 for i, token in enumerate(it.tokens[: it.at]) if token.text in (":", ";")), default=0)
    first = it.tokens[starts].span.to(it.tokens[it.at - 3].span)
    second = it.tokens[it.at - 1].span.to(it.tokens[-1].span)
    return f"{first.text}; {second.text}"


def _loop_until(it: _Refusal) -> Diagnostic | None:
    """`repeat 10 while e:`, `repeat while e:`, `repeat until e:`."""
    words_of_it = ("while", "until")
    culprit = it.token if it.token.text in words_of_it else it.before
    if it.first != "repeat" or culprit is None or culprit.text not in words_of_it:
        return None
    return word_errors.loop_until(culprit.span)


def _missing_colon(it: _Refusal) -> Diagnostic | None:
    opens = it.first in (*words.OPENERS, *words.ROLES)
    later = any(token.text == ":" for token in it.tokens[it.at :])
    if not opens or later or "COLON" not in it.accepts or it.before is None:
        return None
    opener = it.tokens[0].span.to(it.before.span)
    place = Span(it.line.source, opener.end, opener.end)
    short = "\n" not in opener.text and opener.end - opener.start <= _LONGEST_QUOTE
    return text_errors.missing_colon(place, opener.text if short else it.first + " …")


def _lone_expression(it: _Refusal) -> Diagnostic | None:
    """`grad(x)` or `x + 1` as a statement, `f(x) = e`."""
    if "EQUAL" not in it.accepts or not it.before or it.before.kind != "word" or it.rule != "line":
        return None
    if it.token.text not in tuple("(+-*/^%"):
        return None
    shown = f"{it.before.text}(…)" if it.token.text == "(" else f"{it.before.text} {it.token.text} …"
    assigned = any(token.text == "=" for token in it.tokens[it.at :])
    say = sign_errors.assigned_expression if assigned else sign_errors.lone_expression
    return say(it.before.span.to(it.token.span), shown)


# --- expressions ------------------------------------------------------------------------------------------


def _comma(it: _Refusal) -> Diagnostic | None:
    doubled = it.token.text == "," and it.before and it.before.text in (",", "(", "=")
    if doubled:
        return sign_errors.superfluous_comma(it.token.span)
    if it.before and it.before.text == "," and it.token.text in ("", ")", "=", ":", ";"):
        return sign_errors.superfluous_comma(it.before.span)
    return None


def _operand(it: _Refusal) -> Diagnostic | None:
    if not it.accepts >= {"NAME", "NUMBER", "LEFT"} or it.before is None:
        return None
    if it.token.text == "+":
        return sign_errors.unary_plus(it.token.span)
    return sign_errors.missing_operand(it.token.span, it.before.text, it.token.text)


def _operator(it: _Refusal) -> Diagnostic | None:
    """Two operands side by side."""
    if it.before is None or not (it.before.ends_operand and it.token.starts_operand):
        return None
    if it.accepts.isdisjoint(_OPERATORS):
        return None
    left, right = it.before, it.token
    if right.text == "if":
        return sign_errors.conditional_expression(right.span)
    return sign_errors.missing_operator(left.span, right.span, _product(left, right))


def _product(left: Token, right: Token) -> str:
    """`2 * x` for `2x`, `(…) * (…)` for `(a)(b)`; empty where a product is unlikely."""
    likely = (left.kind == "number" and right.kind == "word") or right.text == "("
    short = {"(": "(…)", ")": "(…)"}
    return f"{short.get(left.text, left.text)} * {short.get(right.text, right.text)}" if likely else ""


def _malformed(it: _Refusal) -> Diagnostic:
    form = words.FORMS.get(it.first, "a = e") if it.tokens else ""
    form = {"line": form, "items": "q = e", "lone": "", "setting": "NAME = e"}[it.rule]
    return word_errors.malformed(it.token.span, it.token.text, form, _expected(it.accepts))


def _expected(accepts: frozenset[str]) -> str:
    """The terminals that could stand there in words, if they are at most four; operators are left out."""
    parts = []
    if accepts >= {"NAME", "NUMBER"}:
        parts.append("an expression")
        accepts -= _OPERAND
    if accepts & _OPERATORS:
        accepts -= _OPERATORS | (_COMPARISONS if len(accepts & _COMPARISONS) > 1 else frozenset())
    parts += sorted(_SPELLED.get(name, f"`{name.lower()}`") for name in accepts)
    return " or ".join(parts) if len(parts) <= 4 else ""


_GUESSES = (
    _foreign_operator,
    _stray_character,
    _word_as_name,
    _else_if,
    _draw_by_another_word,
    _foreign_statement,
    _message,
    _draw,
    _contract,
    _misspelt_first,
    _misspelt_inside,
    _equals_sign,
    _loop_until,
    _comma,
    _lone_expression,
    _missing_colon,
    _operand,
    _operator,
    _malformed,
)
