"""Whole queries: requests, questions, captions and keywords."""

from __future__ import annotations

from tools.translator.clauses import Clauses
from tools.translator.meaning import (
    Absent,
    Count,
    Either,
    Fronted,
    Further,
    More,
    NotBoth,
    OfThem,
    Statement,
    Thing,
    Together,
    Universal,
)
from tools.translator.sampling import mentioned
from tools.translator.statements import has_more

_WHERE = ["where", "in which", "where", "such that"]
_QUESTIONS = ["is there", "do you see", "can you see"]


class Sentences(Clauses):
    """Words for a whole query."""

    def query(self, statements: list[Statement]) -> str:
        """The query, with its nouns marked. Raises LookupError where a terse one has no words for a statement."""
        if self.terse:
            return self.keywords(statements)
        if len(statements) > 1 and not any(has_more(statement) for statement in statements) and self.chance(0.9):
            return self.listing(statements)
        phrasal = _phrasal(statements[0])
        if phrasal and self.chance(0.58):
            return self.request(statements)
        if self.chance(0.75):
            return self.caption(statements)
        lead = f"{self.say('ask')} " if self.chance(0.7) else ""
        return f"{lead}{self.say('images')} {self.rng.choice(_WHERE)} {self.caption(statements)}"

    def keywords(self, statements: list[Statement]) -> str:
        found = [self.noun_phrase(statement) for statement in statements]
        if not all(found):
            raise LookupError("no keywords")
        return self.rng.choice([", ", ", ", " + ", "; "]).join(text for text in found if text)

    def listing(self, statements: list[Statement]) -> str:
        """`there are buildings, a road and some trees`."""
        texts = [self.noun_phrase(statement) or "" for statement in statements]
        absent = [i for i, statement in enumerate(statements) if isinstance(statement, Absent)]
        text = ", ".join(texts[:-1]) + f"{self.rng.choice([' and ', ' and ', ', and '])}{texts[-1]}"
        if absent:
            text = ", ".join(texts)
        if self.chance(0.5):
            return self.opened(text, statements[0])
        there = self.rng.choice(["there are", "there are", "there is", "we can see"])
        return f"{there} {text}" if self.chance(0.75) or absent else f"{text} can be seen {self.say('fillers')}"

    def caption(self, statements: list[Statement]) -> str:
        """Narration: sentences one after the other."""
        text = ""
        for i, statement in enumerate(statements):
            clause = self.clause(statement)
            opens = clause.startswith(("there ", "there's ", "you can ", "it "))
            joints = [". ", ". ", ", and ", " and ", ". ", "; "] if opens else [". ", ". ", "; "]
            if isinstance(statement, Absent):
                joints = [". ", ", and ", " but ", ", but "]
            elif isinstance(statement, OfThem):
                joints = [", ", ", ", ". "] if "of which" not in clause else [", "]
            text += f"{self.rng.choice(joints) if i else ''}{clause}"
        known = [thing for thing in mentioned(statements) if thing in self.plurals]
        if known and self.chance(0.12 if self.looks > 0.2 else 0.02):
            text += self.rng.choice([". ", ", and ", ". "]) + self.looks_of(self.rng.choice(known))
        return text

    def request(self, statements: list[Statement]) -> str:
        """A request for a noun phrase, with more phrases or sentences after it."""
        start = statements[0]
        text = self.noun_phrase(start)
        if text is None:
            return self.caption(statements)
        text = self.opened(text, start)
        open_end, after_no = has_more(start), isinstance(start, Absent)
        for statement in statements[1:]:
            if isinstance(statement, Absent) and after_no:
                text += f" and no {self.absent(statement)[0]}"
            else:
                text += self.added(statement, open_end)
            after_no = isinstance(statement, Absent)
            open_end = open_end or has_more(statement)
        return text

    def added(self, statement: Statement, open_end: bool) -> str:
        """One more statement. After an open end ` and a ship` would be a landmark, so that a comma parts it."""
        if isinstance(statement, Absent):
            joint = self.say("without")
            where = f" {self.say('nowhere')}" if not statement.thing.said and self.chance(0.15) else ""
            return f"{'' if joint.startswith(',') else ' '}{joint} {self.absent(statement)[0]}{where}"
        if isinstance(statement, OfThem):
            return f", {self.clause(statement)}"
        if isinstance(statement, Count) and self.chance(0.12):
            return f"{self.rng.choice([', but only where ', ' provided that ', ', if '])}{self.clause(statement)}"
        if isinstance(statement, Further) and self.chance(0.15):
            clause = self.clause(statement)
            for verb in (" is ", " are "):
                subject, found, rest = clause.partition(verb)
                if found and subject not in ("it", "they"):
                    return f", {subject} being {rest}" if self.chance(0.6) else f", {subject} {rest}"
            return f", and {clause}"
        if not _phrasal(statement) or isinstance(statement, (Universal, More, Either)):
            return f"{self.rng.choice([', where ', ' where ', ', and ', '. ', ', and '])}{self.clause(statement)}"
        joints = [" and ", " and ", ", ", " along with ", " as well as "]
        if open_end or has_more(statement):
            joints = [", and ", ", and ", ", and ", ", as well as ", ", plus ", ", along with ", "; also "]
        return f"{self.rng.choice(joints)}{self.noun_phrase(statement)}"

    def opened(self, text: str, start: Statement) -> str:
        """The phrase after `find`, `images with`, or as it is."""
        kind = self.rng.random()
        if isinstance(start, Thing) and kind < 0.05:
            return f"{self.rng.choice(_QUESTIONS)} {text}"
        if kind < 0.33:
            return text
        if kind < 0.66:
            return f"{self.say('ask')} {text}"
        if kind < 0.95:
            lead = f"{self.say('ask')} " if self.chance(0.6) else ""
            return f"{lead}{self.say('images')} {self.say('show')} {text}"
        return f"{self.say('asked')} {text}"


def _phrasal(statement: Statement) -> bool:
    return not isinstance(statement, (Fronted, Further, Together, OfThem, NotBoth))
