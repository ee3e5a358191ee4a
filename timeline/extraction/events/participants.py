"""Who takes part: from the mentions around a trigger, with coreference (`三国`, `双方`, `该协议`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from timeline.extraction.events.lexicon import Hit, Trigger
from timeline.extraction.events.sentences import Clause, Sentence
from timeline.extraction.gazetteer import Mention, actors, members

OFFICE = (
    r"(?:总统|总理|首相|主席|外长|防长|外交部长|国防部长|国务卿|外交大臣|国防大臣|领导人|国家主席|外务大臣|防卫大臣)?"
)
JOINED = re.compile(
    OFFICE + r"[、,和与及跟同暨/\-—以连]{0,2}(?:\([^()\n]{0,60}\))?[、,和与及跟同]{0,2}|,? (?:and (?:the )?)?|, "
)
PLACE_BEFORE = re.compile(r"(?:在|位于|到|抵达|于|\b(?:in|at) )$")
MEETS = frozenset({"meeting"})
LOOK_BACK = 80  # characters of the paragraph before the sentence in which a vote's country may be named
TO_THE_GOAL = 6  # characters between 访问 and whom it goes to
NEXT_TO = 3  # characters between three names and `三国`
GROUP_GAP = 40  # a name in brackets may stand between two of a group


@dataclass(frozen=True, slots=True)
class Scene:
    """What a trigger can see: the folded text, its sentence and clause, and all mentions of the text.

    `blocs` are mentions of blocs, `lands` those of countries and places; `topic` is the country that
    the title or the beginning of the article is about, "" for none.
    """

    text: str
    sentence: Sentence
    clause: Clause
    mentions: Sequence[Mention]
    hits: Sequence[Hit]
    all_hits: Sequence[Hit]
    topic: str
    day: date
    dated_here: bool  # the date stands in the trigger's own clause
    home: str = ""  # the only country that holds a vote of this name
    voter: str = ""  # the country whose vote the article speaks of elsewhere

    def lands(self, start: int, end: int) -> list[Mention]:
        return [m for m in self.mentions if start <= m.start and m.end <= end and not _is_bloc(m)]

    def blocs(self, start: int, end: int) -> list[Mention]:
        return [m for m in self.mentions if start <= m.start and m.end <= end and _is_bloc(m)]


@dataclass(frozen=True, slots=True)
class Cast:
    """Codes in the order of the evidence, the mentions they came from, and the place that votes."""

    codes: tuple[str, ...]
    mentions: tuple[Mention, ...] = ()
    place: str = ""


NOBODY = Cast(())


def _is_bloc(mention: Mention) -> bool:
    return all(actors()[code].kind == "bloc" for code in mention.codes)


def _codes(mentions: Iterable[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for m in mentions for code in m.codes))


def _cast(mentions: Iterable[Mention], *more: str) -> Cast:
    found = tuple(mentions)
    return Cast(tuple(dict.fromkeys((*_codes(found), *more))), found)


def cast_of(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """The participants of an event; NOBODY where the text does not tell them."""
    return RULES[trigger.rule](trigger, hit, scene)


AMERICAN = re.compile("民主党|共和党|选举人团|摇摆州|初选")  # parties and terms of American elections

# --- elections ------------------------------------------------------------------------------------


def _voter(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """The country (and place) that votes: named nearest before, else behind, else the topic."""
    clause, sentence = scene.clause, scene.sentence
    if referred := _referred(hit.start, scene):
        return _cast(referred)
    before = scene.lands(clause.start, hit.start)
    if scene.home:
        own = [m for m in before if scene.home in m.codes and m.place]
        return _of_mention(own[-1]) if own else Cast((scene.home,))
    if before:
        return _of_mention(before[-1])
    inside = scene.lands(hit.start, hit.end)
    behind = scene.lands(hit.end, clause.end)
    if inside or behind:
        return _of_mention((inside or behind)[0])
    earlier = scene.lands(sentence.start, clause.start)
    american = AMERICAN.search(scene.text, sentence.start, sentence.end) is not None
    if american and trigger.type in ("presidential", "general", "leadership"):
        return Cast(("US",))
    if earlier and not (earlier[-1].how == "person" and scene.topic):
        return _of_mention(earlier[-1])
    if scene.voter and trigger.type in ("general", "presidential", "legislative"):
        return Cast((scene.voter,))
    said_before = scene.lands(
        max(0, scene.text.rfind("\n", 0, sentence.start), sentence.start - LOOK_BACK), sentence.start
    )
    if said_before and trigger.type != "general":
        return _of_mention(said_before[-1])
    who = scene.voter or scene.topic
    return Cast((who,)) if who else NOBODY


def _of_mention(mention: Mention) -> Cast:
    return Cast(mention.codes, (mention,), mention.place)


def _supranational(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    return _cast(scene.blocs(hit.start, hit.end)[:1], "eu")


# --- alliances ------------------------------------------------------------------------------------


def _object_bloc(hit: Hit, scene: Scene, *, anywhere: bool = True) -> tuple[Mention, ...] | tuple[str, ...]:
    """The bloc that is joined or left: behind the trigger, else before it in the clause, else by reference."""
    clause = scene.clause
    behind = scene.blocs(hit.end, min(clause.end, hit.end + 30))
    if behind:
        return (behind[0],)
    before = scene.blocs(clause.start, hit.start)
    if before and anywhere:
        return (before[-1],)
    refers = [h for h in scene.hits if h.bloc and clause.start <= h.start < clause.end]
    if refers:
        named = [m for m in scene.mentions if _is_bloc(m) and m.end <= refers[-1].start]
        return (named[-1],) if named else ()
    return ()


def _group_before(position: int, scene: Scene) -> list[Mention]:
    """The nearest group of countries before a place of the sentence: `日本和加拿大`, `澳英美`."""
    lands = scene.lands(scene.sentence.start, position)
    in_clause = [m for m in lands if m.start >= scene.clause.start]
    groups = _groups(in_clause or lands, scene.text)
    return groups[-1] if groups else []


def _referred(position: int, scene: Scene) -> list[Mention]:
    """`三国`, `两国`, `双方`: so many countries named before, the nearest first."""
    refers = [h for h in scene.hits if h.countries and scene.clause.start <= h.start < scene.clause.end]
    if not refers:
        return []
    wanted, place = refers[-1].countries, refers[-1].start
    named = scene.lands(0, place)
    exact = [g for g in _groups(named, scene.text) if len(_codes(g)) == wanted]
    if exact and wanted > 2 and place - exact[-1][-1].end > NEXT_TO:
        # `三国` goes on standing for whom it stood first, unless three are named right before it
        first = next(h.start for h in scene.all_hits if h.countries == wanted)
        return ([g for g in exact if g[-1].end <= first] or exact)[-1]
    if exact:
        return exact[-1]
    last = named[-2:] if wanted == 2 else []
    return last if len(_codes(last)) == wanted else []


def _groups(lands: Sequence[Mention], text: str) -> list[list[Mention]]:
    """Countries named side by side (`伦敦、华盛顿和堪培拉`), in order."""
    groups: list[list[Mention]] = []
    for m in lands:
        gap = text[groups[-1][-1].end : m.start] if groups else ""
        if groups and len(gap) <= GROUP_GAP and JOINED.fullmatch(gap):
            groups[-1].append(m)
        else:
            groups.append([m])
    return groups


def _joining(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    bloc = _object_bloc(hit, scene)
    who = _group_before(hit.start, scene)
    if not bloc or not who:
        return NOBODY
    return _cast((*who, *bloc))


def _leaving(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    bloc = _object_bloc(hit, scene, anywhere=False)
    who = _group_before(hit.start, scene)
    if not bloc or not who:
        return NOBODY
    return _cast((*who[-1:], *bloc))


def _brexit(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    who = [m for m in scene.lands(scene.sentence.start, scene.sentence.end) if "GB" in m.codes]
    return _cast(who[:1], "GB", "eu")


def _leaving_mission(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    who = scene.lands(scene.clause.start, scene.clause.end)
    blocs = scene.blocs(scene.clause.start, scene.clause.end)
    return _cast((*who, *blocs)) if len(_codes((*who, *blocs))) > 1 else NOBODY


OFFICIAL = re.compile(
    "总统|总理|首相|主席|外长|外交部|外相|外务大臣|外交大臣|国务卿|防长|国防部|部长|大臣|国王|女王|元首|领导人|首脑|特使|王储|太子|"
    "国务委员|政治局|总书记|议长|参谋长|总司令|司令|两国|双方|三方|三国|四国|秘书长|高级代表|代表团|政府|高官|贸易代表|谈判代表|顾问|副国务卿|次卿"
)
HELD = re.compile("举行|进行|展开|开始|重启|恢复|完成|结束|启动|召开|举办|轮|了|如期|登场|破裂")
NO_GOVERNMENT = frozenset({"HK", "MO"})


def _governments(mentions: Iterable[Mention]) -> list[Mention]:
    """Those that are governments: a region does not treat with states, the United Nations are mostly a place."""
    found = [m for m in mentions if not set(m.codes) <= NO_GOVERNMENT]
    without = [m for m in found if m.codes != ("un",)]
    return without if len(_codes(without)) >= 2 else found


def _visit(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """Who visits is named last before it, whom he visits right behind it (or in it: `访华`)."""
    clause, sentence = scene.clause, scene.sentence
    inside = [m for m in scene.mentions if hit.start <= m.start < hit.end]
    goal = inside or [m for m in scene.mentions if 0 <= m.start - hit.end <= TO_THE_GOAL and m.start < clause.end]
    if not goal:
        return NOBODY
    group = next(g for g in _groups([m for m in scene.mentions if m.start >= goal[0].start], scene.text) if g)
    before = [m for m in scene.mentions if sentence.start <= m.start and m.end <= hit.start]
    before = [m for m in before if not PLACE_BEFORE.search(scene.text[max(0, m.start - 3) : m.start])]
    here = [m for m in before if m.start >= clause.start] or before
    if not here or (not OFFICIAL.search(scene.text, sentence.start, hit.start) and here[-1].how != "person"):
        return NOBODY
    acting = _governments([here[-1], *group])
    return _cast(acting) if 2 <= len(_codes(acting)) <= 6 else NOBODY


def _talks(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """Governments that talk: someone who speaks for them is named, or the talks are held."""
    clause = scene.clause
    before = scene.text[max(clause.start, hit.start - 30) : hit.start]
    behind = scene.text[hit.end : min(clause.end, hit.end + 6)]
    person = any(m.how == "person" and clause.start <= m.start < clause.end for m in scene.mentions)
    if not (person or OFFICIAL.search(scene.text, scene.sentence.start, clause.end)):
        return NOBODY
    if trigger.name == "negotiations" and not (HELD.search(before[-12:]) or HELD.search(behind)):
        return NOBODY
    cast = _two(trigger, hit, scene)
    here = [m for m in cast.mentions if not PLACE_BEFORE.search(scene.text[max(0, m.start - 3) : m.start])]
    acting = _governments(here)
    blocs = [m for m in acting if _is_bloc(m)]
    return _cast(acting) if len(_codes(acting)) >= 2 and len(_codes(blocs)) < 3 else NOBODY


def _two(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """At least two governments in the clause, else by reference, else in the sentence up to here."""
    clause, sentence = scene.clause, scene.sentence
    acting = [m for m in scene.mentions if clause.start <= m.start and m.end <= clause.end]
    if len(_codes(acting)) < 2:
        acting = _referred(hit.start, scene)
    if len(_codes(acting)) < 2:
        acting = [m for m in scene.mentions if sentence.start <= m.start and m.end <= clause.end]
    codes = _codes(acting)
    return _cast(acting) if 2 <= len(codes) <= 12 else NOBODY


FOUNDED = 14  # characters between a bloc and what is told of its beginning
ANNIVERSARY = re.compile(r"[^,]{0,4}(?:[0-9]+|[一二三四五六七八九十百]+)周?年")


def _founding(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """A bloc is announced or founded: itself and its members of the day."""
    blocs = [m for m in scene.blocs(scene.clause.start, hit.start) if hit.start - m.end <= FOUNDED]
    blocs = [m for m in blocs if m.codes != ("un",)]
    if ANNIVERSARY.match(scene.text, hit.end):
        return NOBODY
    if not blocs and any(h.bloc and scene.clause.start <= h.start < hit.start for h in scene.hits):
        blocs = [m for m in scene.mentions if _is_bloc(m) and m.end <= hit.start]
    if not blocs:
        return NOBODY
    bloc = blocs[-1]
    return _cast((bloc,), *(c for code in bloc.codes for c in sorted(members(code, scene.day))))


NO_STATE = re.compile("公司|集团(?!外)|药厂|企业|银行|阿斯利康|辉瑞|航空|大学|球队|俱乐部|工会|股东|塔利班|雇主")
OBJECT_BEFORE, OBJECT_BEHIND = 24, 45  # characters in which a treaty is named around what happens to it


def _parties(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """Those who sign: all of the clause, else by reference, else the bloc of the sentence."""
    clause = scene.clause
    assert trigger.object is not None
    here = any(clause.start <= m.start < clause.end for m in scene.mentions)
    if not here and not scene.dated_here:
        return NOBODY
    near = scene.text[max(clause.start, hit.start - OBJECT_BEFORE) : min(clause.end, hit.end + OBJECT_BEHIND)]
    if not trigger.object.search(near) or NO_STATE.search(near):
        return NOBODY
    lands, blocs = scene.lands(clause.start, clause.end), scene.blocs(clause.start, clause.end)
    acting = [m for m in lands if not PLACE_BEFORE.search(scene.text[max(0, m.start - 3) : m.start])]
    acting = acting or _referred(hit.start, scene)
    found = _governments(sorted((*acting, *blocs), key=lambda m: m.start))
    if not blocs and len(_codes(found)) < 2:
        if not scene.dated_here:
            return NOBODY
        earlier = scene.blocs(scene.sentence.start, clause.start)
        if not earlier:
            return NOBODY
        found = sorted((*found, earlier[-1]), key=lambda m: m.start)
    return _cast(found)


def _summit(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """A bloc that meets, or at least two countries."""
    clause = scene.clause
    lands = scene.lands(clause.start, hit.start)
    blocs = scene.blocs(clause.start, hit.end)
    if not blocs and not lands:  # a clause that names others speaks of their summit, not of the bloc's
        blocs = scene.blocs(scene.sentence.start, hit.end)
    acting = [m for m in lands if not PLACE_BEFORE.search(scene.text[max(0, m.start - 3) : m.start])]
    if blocs:
        return _cast(blocs[-1:])
    return _cast(acting) if len(_codes(acting)) >= 2 else NOBODY


def _exercise(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    if trigger.object is not None and not trigger.object.search(
        scene.text, hit.end, min(scene.clause.end, hit.end + 15)
    ):
        return NOBODY
    lands = scene.lands(scene.clause.start, hit.start)
    blocs = scene.blocs(scene.clause.start, hit.start)
    acting = [m for m in lands if not PLACE_BEFORE.search(scene.text[max(0, m.start - 3) : m.start])]
    found = sorted((*acting, *blocs), key=lambda m: m.start) or _referred(hit.start, scene)
    return _cast(found) if found else NOBODY


RULES: dict[str, Callable[[Trigger, Hit, Scene], Cast]] = {
    "voter": _voter,
    "supranational": _supranational,
    "joining": _joining,
    "leaving": _leaving,
    "brexit": _brexit,
    "leaving_mission": _leaving_mission,
    "two": _two,
    "talks": _talks,
    "visit": _visit,
    "founding": _founding,
    "parties": _parties,
    "summit": _summit,
    "exercise": _exercise,
}
