"""Who takes part: from the mentions around a trigger, with coreference (`三国`, `双方`, `该协议`)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from timeline.extraction.events.lexicon import Hit, Trigger
from timeline.extraction.events.sentences import Clause, Sentence
from timeline.extraction.events.syntax import Syntax
from timeline.extraction.gazetteer import Mention, actors, members

OFFICE = (
    r"(?:总统|总理|首相|主席|外长|防长|外交部长|国防部长|国务卿|外交大臣|国防大臣|领导人|国家主席|外务大臣|防卫大臣)?"
)
JOINED = re.compile(
    OFFICE + r"[、,和与及跟同暨/\-—以连]{0,2}(?:\([^()\n]{0,60}\))?[、,和与及跟同]{0,2}|,? (?:and (?:the )?)?|, "
)
PLACE_BEFORE = re.compile(r"(?:在|位于|到|抵达|赴|抵|于|前往|飞往|转往|经|从|自|离开|驻|\b(?:in|at) )$")
NO_GOVERNMENT = frozenset({"HK", "MO"})
MEMBER = re.compile("(?:的)?(?:成员国|成员|候选国|前成员)")
ENVOY = re.compile("驻[^,。]{1,8}?(?:大使|代表|领事|记者|代办|使馆)")
CIRCUMSTANCE = re.compile("在[^,。;]{2,30}?(?:中|下|之际|背景下)(?=,)")  # `在中美争夺盟友的角力中，`
ANNOUNCING = re.compile("宣布|宣告|证实|促成|斡旋|见证")
TOWARDS = re.compile("(?:对|就|针对)(?=[^,]{1,8})")
ABOUT = re.compile("(?:针对|关于|有关|涉及|就|讨论|围绕|反对|对抗|涉|批评|制裁|商讨|应对)$")
BELOW = re.compile("反对派|反对党|在野|流亡|大使|领事|代办|记者|媒体|学者|专家|指挥官|军长|发言人|公民|企业|留学生|议员(?!长)|总领馆")
FORCES = re.compile("部队|军队|海军|空军|舰|维和|士兵|官兵")
FROM = re.compile("[从自]$")
OFFICIAL = re.compile(
    "总统|总理|首相|主席|外长|外交部|外相|外务|外交大臣|国务卿|防长|国防|防卫|部长|大臣|国王|女王|元首|领导|领袖|首脑|特使|王储|太子|国务委员|政治局|总书记|议长|参谋|司令|两国|双方|三方|三国|四国|五国|各国|"
    "秘书长|高级代表|代表团|政府|当局|官方|高官|贸易代表|谈判代表|首席谈判|顾问|次卿|副总|方面|军方|军队|海军|空军|陆军|部队|舰|双边|三边|同行|内阁|国会|议会|参议院|众议院|政权|新政府|成员国|国家"
)
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
    named: Sequence[NamedElection] = ()  # the votes that the text names with their country
    syntax: Syntax | None = None
    topic_in_title: bool = False
    title_votes: bool = False  # the title speaks of a vote
    days: Sequence[tuple[int, int]] = ()  # where dates stand
    gatherings: frozenset[int] = frozenset()  # where the words for summits begin

    def lands(self, start: int, end: int) -> list[Mention]:
        return [m for m in self.mentions if start <= m.start and m.end <= end and not _is_bloc(m)]

    def blocs(self, start: int, end: int) -> list[Mention]:
        return [m for m in self.mentions if start <= m.start and m.end <= end and _is_bloc(m)]

    def acting(self, start: int, end: int, hit: Hit | None = None) -> list[Mention]:
        """Those who act themselves: not where something happens, nor whose newspapers, firms or citizens are meant.

        With `hit`, nobody before it who does something else first.
        """
        found = [m for m in self.mentions if start <= m.start and m.end <= end and self.acts(m)]
        if hit is None or self.syntax is None:
            return found
        named_so = self.gatherings - {hit.start}  # `G20伦敦峰会期间与…会面`
        found = [m for m in found if m.how == "person" or self.syntax.at(m.end) not in named_so]
        circumstances = [m.span() for m in CIRCUMSTANCE.finditer(self.text, start, hit.start)]
        found = [m for m in found if not any(a <= m.start < b for a, b in circumstances)]
        if hit.trigger is not None and hit.trigger.rule == "parties":
            found = _not_announcing(found, hit, self.text)
        towards = TOWARDS.search(self.text, start, hit.start)
        behind = self.syntax.between(hit.end, self.clause.end)
        if towards is not None and any(t.text in self.syntax.words.speech for t in behind):
            found = [m for m in found if m.start >= towards.start()]  # `越南对中国…演习表示抗议`
        return [m for m in found if m.end > hit.start or self.syntax.reaches(m.end, hit.start, taken=True)]

    def is_member_of(self, m: Mention) -> bool:
        """A bloc that is only named to tell who somebody is (`北约成员土耳其`, `阿盟成员国苏丹`)."""
        found = MEMBER.match(self.text, m.end)
        return found is not None and (found.group() != "成员国" or any(o.start == found.end() for o in self.mentions))

    def acts(self, m: Mention) -> bool:
        """Whether a mention stands for someone who acts: a person in office, a government, an organisation."""
        if m.how == "place" or all(actors()[c].form in ("treaty", "forum") for c in m.codes):
            return False
        if ENVOY.match(self.text, m.end) or self.text[m.start - 1 : m.start] == "驻":
            return False
        if self.is_member_of(m):
            return False  # `北约成员土耳其`
        beside = next((o for o in self.mentions if o.end == m.start and o.codes == m.codes), None)
        if beside is not None and m.how == "seat":
            return self.acts(beside)  # `在越南|河内`
        if PLACE_BEFORE.search(self.text, max(0, m.start - 3), m.start) and m.how in ("name", "seat"):
            return False
        if ABOUT.search(self.text, max(0, m.start - 4), m.start):
            return False
        if m.how in ("person", "joined", "bloc") or self.syntax is None:
            return True
        head = self.syntax.head_behind(m.end)
        if BELOW.search(head):
            return False
        return not head or OFFICIAL.search(head) is not None


def _not_announcing(found: list[Mention], hit: Hit, text: str) -> list[Mention]:
    """`川普宣布以色列与巴林达成协议`: not who announces what two others have done."""
    before = [m for m in found if m.end <= hit.start]
    for i in range(len(before) - 2, 0, -1):
        if ANNOUNCING.search(text, before[i - 1].end, before[i].start):
            return before[i:] + [m for m in found if m.end > hit.start]
    return found


@dataclass(frozen=True, slots=True)
class Cast:
    """Codes in the order of the evidence, the mentions they came from, the place that votes, and what is uncertain."""

    codes: tuple[str, ...]
    mentions: tuple[Mention, ...] = ()
    place: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class NamedElection:
    """A vote that the text names with its country: where, whose (and the place that votes), of which type."""

    start: int
    country: str
    place: str
    type: str


NOBODY = Cast(())
# What makes a cast uncertain, told to the reader.
REFERS = "who votes is told elsewhere in the text"
TOPIC = "who votes is only the topic of the article"
OTHER_CLAUSE = "who takes part is told in another clause"
OTHER_VERB = "who takes part does something else first"
ONE_PARTY = "only one of those who agree is told"
BOTH = "who is meant by a word such as 双方 is told elsewhere"
ADJOINING = 16  # characters between a country and its vote, with the day (`美国2020年11月的大选`)
BESIDE = re.compile("(?:的|将|将于|将在|举行|即将|今年|全国|下届|本届|上届|上次|这次|历史性|)*")


def _adjoins(m: Mention, start: int, text: str, days: Sequence[tuple[int, int]]) -> bool:
    if not 0 <= start - m.end <= ADJOINING:
        return False
    gap = text[m.end : start]
    for a, b in days:
        if m.end <= a and b <= start:
            gap = gap.replace(text[a:b], "")
    return BESIDE.fullmatch(gap) is not None


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


HELD_IN = re.compile("[^,。]{0,4}(?:在|于|由)")  # `大选在法国举行`
AMERICAN = re.compile("民主党|共和党|选举人团|摇摆州")  # parties and terms of American elections

# --- elections ------------------------------------------------------------------------------------


def _voter(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """The country (and place) that votes: named nearest before, else behind, else the topic."""
    clause, sentence = scene.clause, scene.sentence
    named_so = [h for h in scene.hits if h.countries and clause.start <= h.start < hit.start]
    if named_so and scene.text[named_so[-1].start] != "双":
        voters = [m for m in _referred(hit.start, scene) if trigger.type not in NATIONWIDE or not set(m.codes) & NO_VOTES]
        if voters:
            return _cast(voters)
    before = scene.lands(clause.start, hit.start)
    if scene.home:
        own = [m for m in before if scene.home in m.codes and m.place]
        return _voting(own[-1], trigger, hit, scene) if own else Cast((scene.home,))
    if scene.syntax is not None:
        before = [m for m in before if scene.syntax.reaches(m.end, hit.start, taken=True)]
    before = [m for m in before if trigger.type not in NATIONWIDE or not set(m.codes) & NO_VOTES]
    if MEDDLING.search(scene.text, clause.start, clause.end):
        before = [m for m in before if _adjoins(m, hit.start, scene.text, scene.days)]
    if before:
        return _voting(before[-1], trigger, hit, scene)
    inside = scene.lands(hit.start, hit.end)
    behind = [m for m in scene.lands(hit.end, clause.end) if HELD_IN.fullmatch(scene.text, hit.end, m.start)]
    if inside or behind:
        return _of_mention((inside or behind)[0])
    known = antecedent(hit.start, scene.named, _types_meant(trigger))
    paragraph = scene.text.rfind("\n", 0, sentence.start)
    if known is not None and not paragraph < known.start < hit.start and _speaks_of_others(known, scene):
        known = None
    if known is not None and trigger.type in NATIONWIDE:
        only = len({n.country for n in scene.named}) == 1 and trigger.name not in WHATEVER
        return Cast((known.country,), (), known.place, "" if only or paragraph < known.start < hit.start else REFERS)
    if trigger.name in NEED_A_VOTE and not VOTING.search(scene.text, sentence.start, sentence.end):
        return NOBODY  # `电影周五开票`
    earlier = [m for m in scene.lands(sentence.start, clause.start) if not set(m.codes) & NO_VOTES and scene.acts(m)]
    if earlier and len(_codes(earlier)) == 1:
        return replace(_voting(earlier[-1], trigger, hit, scene), doubt=OTHER_CLAUSE)
    american = AMERICAN.search(scene.text, sentence.start, sentence.end) is not None
    if american and trigger.type in ("presidential", "general", "leadership"):
        return Cast(("US",), doubt=REFERS)
    said_before = scene.lands(
        max(0, scene.text.rfind("\n", 0, sentence.start), sentence.start - LOOK_BACK), sentence.start
    )
    if said_before and trigger.type != "general":
        return replace(_of_mention(said_before[-1]), doubt=REFERS)
    if known is not None:
        return Cast((known.country,), (), known.place, REFERS)
    unreached = [m for m in scene.lands(clause.start, hit.start) if not set(m.codes) & NO_VOTES and scene.acts(m)]
    if len(_codes(unreached)) == 1:
        return replace(_voting(unreached[-1], trigger, hit, scene), doubt=OTHER_VERB)
    if scene.topic in NO_VOTES or not scene.topic_in_title:
        return NOBODY
    voting = any(n.country == scene.topic for n in scene.named) or scene.title_votes
    return Cast((scene.topic,), doubt=TOPIC) if voting else NOBODY


def _speaks_of_others(known: NamedElection, scene: Scene) -> bool:
    """The article is about another country that votes, or names the votes of several."""
    same = sum(n.country == known.country for n in scene.named)
    elsewhere = scene.topic_in_title and scene.topic not in NO_VOTES and scene.topic != known.country
    return (elsewhere and same < 2) or 2 * same < len(scene.named)


NATIONWIDE = frozenset({"general", "presidential", "legislative"})
NO_VOTES = frozenset({"CN", "SA", "AE", "QA", "OM", "BN", "ER", "VA"})  # hold no national elections that news tell of
WHATEVER = frozenset({"polling", "election of whatever kind", "runoff", "counting and certifying"})


MEDDLING = re.compile("干预|干涉|干扰|介入|插手|操控|操纵|影响|入侵|黑客|攻击|破坏")  # `俄罗斯在美国大选中…`
NEED_A_VOTE = frozenset({"polling", "counting and certifying", "taking office, of whatever kind"})
VOTING = re.compile("选|总统|首相|公投|总理")


def _types_meant(trigger: Trigger) -> frozenset[str]:
    """The types of votes that a word may refer back to; empty for any."""
    if trigger.name in WHATEVER:
        return frozenset()
    return NATIONWIDE if trigger.type == "general" else frozenset({trigger.type, "general"})


def antecedent(
    position: int, named: Sequence[NamedElection], types: frozenset[str] = frozenset(), country: str = ""
) -> NamedElection | None:
    """The vote named last before a place of the text (of some types, of a country, where given), else the first behind."""
    fitting = [n for n in named if (not types or n.type in types) and (not country or n.country == country)]
    before = [n for n in fitting if n.start < position]
    return before[-1] if before else fitting[0] if fitting else None


def _voting(mention: Mention, trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """Who votes; in a vote of the whole country a place votes only where the vote is named after it."""
    if trigger.type in NATIONWIDE and not _adjoins(mention, hit.start, scene.text, scene.days):
        return Cast(mention.codes, (mention,))
    return _of_mention(mention)


def _of_mention(mention: Mention) -> Cast:
    return Cast(mention.codes, (mention,), mention.place)


def named_elections(
    hits: Sequence[Hit], mentions: Sequence[Mention], home: Mapping[str, str], text: str, days: Sequence[tuple[int, int]]
) -> list[NamedElection]:
    """The votes that a text names outright (`美国大选`, `香港立法会选举`), in order: what a mere `选举` refers to."""
    found = []
    for h in hits:
        if h.trigger is None or h.trigger.kind != "election" or h.trigger.form != "noun" and h.trigger.rule != "voter":
            continue
        own = home.get(text[h.start : h.end], "")
        before = [m for m in mentions if _adjoins(m, h.start, text, days)]
        mention = before[-1] if before and not _is_bloc(before[-1]) else None
        if own:
            place = mention.place if mention is not None and own in mention.codes else ""
            found.append(NamedElection(h.start, own, place, h.trigger.type))
        elif mention is not None and len(mention.codes) == 1 and mention.how != "person" and mention.codes[0] not in NO_VOTES:
            found.append(NamedElection(h.start, mention.codes[0], mention.place, h.trigger.type))
    return found


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
    lands = [m for m in scene.lands(scene.sentence.start, position) if scene.acts(m) or m.how == "name" and scene.syntax is None]
    if scene.syntax is not None and not any(h.status == "conditional" for h in scene.hits):
        near = [m for m in lands if scene.syntax.reaches(m.end, position)]
        lands = near or (lands if scene.dated_here else [])  # `已通知…，将于7月6日退出`
    in_clause = [m for m in lands if m.start >= scene.clause.start]
    groups = _groups(in_clause or lands, scene.text)
    return groups[-1] if groups else []


def _referred(position: int, scene: Scene) -> list[Mention]:
    """`三国`, `两国`, `双方`: so many countries named before, the nearest first."""
    refers = [h for h in scene.hits if h.countries and scene.clause.start <= h.start < scene.clause.end]
    if not refers:
        return []
    wanted, place = refers[-1].countries, refers[-1].start
    if wanted == 2 and scene.text[place : place + 1] == "双":
        both = {m.codes: m for m in scene.acting(scene.sentence.start, place)}
        if len(_codes(both.values())) == 2:
            return list(both.values())
    named = scene.lands(0, place)
    exact = [g for g in _groups(named, scene.text) if len(_codes(g)) == wanted]
    if exact and wanted > 2 and place - exact[-1][-1].end > NEXT_TO:
        # `三国` goes on standing for whom it stood first, unless three are named right before it
        first = next(h.start for h in scene.all_hits if h.countries == wanted)
        return ([g for g in exact if g[-1].end <= first] or exact)[-1]
    if exact and (wanted > 2 or place - exact[-1][-1].end <= JUST_NAMED):
        return exact[-1]
    return _most_spoken_of(wanted, place, scene) if wanted == 2 else []


JUST_NAMED = 60  # characters between two names side by side and `两国`
SPOKEN_OF = 400  # characters before `双方` in which those are named whom it means


def _most_spoken_of(wanted: int, place: int, scene: Scene) -> list[Mention]:
    """Those named most often before `双方` (countries alone before `两国`); of as many, the later."""
    blocs = scene.text[place : place + 1] == "双"
    near = [m for m in scene.mentions if place - SPOKEN_OF <= m.start < place and len(m.codes) == 1]
    near = [m for m in near if m.how != "place" and (blocs or not _is_bloc(m))]
    count = Counter(m.codes[0] for m in near)
    last = {m.codes[0]: m for m in near}
    best = sorted(last, key=lambda c: (-count[c], -last[c].start))[:wanted]
    return sorted((last[c] for c in best), key=lambda m: m.start) if len(best) == wanted else []


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


WIDENS = re.compile("扩|接纳|吸纳|邀请|盟")  # what the bloc does itself
FORUMS = frozenset({"un", "who", "wto", "apec", "g20", "g7", "eu", "nato", "asean"})  # one takes part in their work
GATHERING = re.compile(r"[^,。]{0,8}?(?:峰会|会议|论坛|谈判|大会|活动|领袖|部长|年会|对话|作战|行动|维和|高峰会|签署|签字|仪式)")


def _joining(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    if trigger.object is not None and not trigger.object.search(scene.text[hit.end : scene.clause.end]):
        return NOBODY
    bloc = _object_bloc(hit, scene, anywhere=WIDENS.search(scene.text, hit.start, hit.end) is not None)
    who = _group_before(hit.start, scene)
    if not bloc or not who:
        return NOBODY
    if scene.text[hit.start : hit.end] == "参与" and isinstance(bloc[0], Mention):
        if set(bloc[0].codes) & FORUMS or actors()[bloc[0].codes[0]].form == "forum":
            return NOBODY
    if isinstance(bloc[0], Mention) and GATHERING.match(scene.text, bloc[0].end):
        return NOBODY  # `参与APEC峰会`
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
    acting = scene.acting(scene.clause.start, scene.clause.end, hit)
    blocs = [m for m in acting if _is_bloc(m)]
    whence = [m for m in scene.lands(scene.clause.start, hit.start) if FROM.search(scene.text, max(0, m.start - 2), m.start)]
    who = [*(m for m in acting if not _is_bloc(m)), *whence]
    return _cast((*who, *blocs)) if len(_codes((*who, *blocs))) > 1 else NOBODY


WORKING_LEVEL = re.compile("军长|指挥官|工作层|工作级|事务级|司局级|处长级|局长级|人权官员|将领")
HELD = re.compile("举行|进行|展开|开始|重启|恢复|完成|结束|启动|召开|举办|轮|了|如期|登场|破裂")
def _governments(mentions: Iterable[Mention]) -> list[Mention]:
    """Those that are governments: a region does not treat with states, the United Nations are mostly a place."""
    found = [m for m in mentions if not set(m.codes) <= NO_GOVERNMENT]
    without = [m for m in found if m.codes != ("un",)]
    return without if len(_codes(without)) >= 2 else found


SOMETHING_ELSE = re.compile("[称说时后并指该]")  # `访问该国时称中国…`
TREATED = re.compile("(?:会晤|会见|接见|访问|[与和同跟对向])$")  # before whom somebody else treats


def _visit(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """Who visits is named last before it, whom he visits right behind it (or in it: `访华`)."""
    clause, sentence = scene.clause, scene.sentence
    inside = [m for m in scene.mentions if hit.start <= m.start < hit.end]
    goal = inside or [m for m in scene.mentions if 0 <= m.start - hit.end <= TO_THE_GOAL and m.start < clause.end]
    if not goal or SOMETHING_ELSE.search(scene.text, hit.end, max(hit.end, goal[0].start)):
        return NOBODY
    further = [m for m in scene.mentions if goal[0].end < m.start <= goal[0].end + TO_THE_GOAL + 4]
    if not inside and further and scene.text[goal[0].end : goal[0].end + 1] == "的":
        goal = further  # `访问白俄罗斯的邻国立陶宛`
    rest = [m for m in scene.mentions if goal[0].start <= m.start and m.end <= max(clause.end, hit.end)]
    group = next(iter(_groups(rest, scene.text)), [])
    before = [m for m in scene.acting(sentence.start, hit.start, hit) if not TREATED.search(scene.text[: m.start][-3:])]
    here = [m for m in before if m.start >= clause.start] or before
    if not here or not (here[-1].how == "person" or _has_office(here[-1], scene)):
        return NOBODY
    if not inside and scene.text[goal[0].start - 1 : goal[0].start] in ("对", "与", "和", "同"):
        return NOBODY  # `访问对中俄很重要的两国`
    guests = _groups(here, scene.text)[-1]
    acting = _governments([*guests, *group])
    doubt = "" if here[-1].start >= clause.start else OTHER_CLAUSE
    return replace(_cast(acting), doubt=doubt) if 2 <= len(_codes(acting)) <= 6 else NOBODY


def _has_office(m: Mention, scene: Scene) -> bool:
    head = scene.syntax.head_behind(m.end) if scene.syntax is not None else scene.text[m.end : m.end + 30]
    return OFFICIAL.search(head) is not None and not FORCES.search(head)


def _talks(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """Governments that talk: someone who speaks for them is named, or the talks are held."""
    clause = scene.clause
    before = scene.text[max(clause.start, hit.start - 30) : hit.start]
    behind = scene.text[hit.end : min(clause.end, hit.end + 6)]
    person = any(m.how == "person" and clause.start <= m.start < clause.end for m in scene.mentions)
    if not (person or OFFICIAL.search(scene.text, scene.sentence.start, clause.end)):
        return NOBODY
    if WORKING_LEVEL.search(scene.text, clause.start, clause.end):
        return NOBODY
    if trigger.name == "negotiations" and not (HELD.search(before[-12:]) or HELD.search(behind)):
        return NOBODY
    cast = _two(trigger, hit, scene)
    acting = _governments(cast.mentions)
    blocs = [m for m in acting if _is_bloc(m)]
    found = _cast(acting) if len(_codes(acting)) >= 2 and len(_codes(blocs)) < 3 else NOBODY
    return replace(found, doubt=cast.doubt)


def _two(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """At least two governments in the clause, else by reference, else in the sentence up to here."""
    clause, sentence = scene.clause, scene.sentence
    if trigger.object is not None and not trigger.object.search(scene.text, hit.end, min(clause.end, hit.end + 16)):
        return NOBODY
    own = scene.acting(clause.start, clause.end, hit)
    acting, doubt = _with_subject(own, hit.end, scene), ""
    if len(acting) > len(own):
        doubt = OTHER_CLAUSE
    if len(_codes(acting)) < 2:
        acting, doubt = _referred(hit.start, scene), BOTH
    if len(_codes(acting)) < 2:
        acting, doubt = scene.acting(sentence.start, clause.end, hit), OTHER_CLAUSE
    codes = _codes(acting)
    return replace(_cast(acting), doubt=doubt) if 2 <= len(codes) <= 12 else NOBODY


LEADERS = re.compile("领导|领袖|首脑|元首|外长|防长|财长|部长|总理|总统|首相|年度|视频|线上|双边|三边|特别|非正式|临时|国|方|次|届|期|会|大型|最新|本|该|这|首")
NAMING = re.compile("n(?!r)|a|b|j|l|vn|eng|v")
def _with_subject(acting: list[Mention], end: int, scene: Scene) -> list[Mention]:
    """`法国外长提出计划，1952年与西德、荷兰…签署`: a clause that begins with its guests goes on with its subject."""
    if not acting or not _is_guest(acting[0], scene.text):
        return acting
    if any(m.start < acting[0].start for m in scene.acting(scene.clause.start, scene.clause.end)):
        return acting
    if scene.text[end : end + 1] == "的":
        return acting  # `2015年与伊朗签署的协议`: who else, the sentence does not tell
    before = [m for m in scene.acting(scene.sentence.start, scene.clause.start) if not _is_guest(m, scene.text)]
    return [*before[-1:], *acting]


def _is_guest(m: Mention, text: str) -> bool:
    return GUEST.search(text, max(0, m.start - 2), m.start) is not None


GUEST = re.compile("[与同跟和]$")
FOUNDED = 14  # characters between a bloc and what is told of its beginning
ANNIVERSARY = re.compile(r"[^,]{0,4}(?:[0-9]+|[一二三四五六七八九十百]+)周?年")


def _founding(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """A bloc is announced or founded: itself and its members of the day."""
    blocs = [m for m in scene.blocs(scene.clause.start, hit.start) if hit.start - m.end <= FOUNDED]
    blocs = [m for m in blocs if m.codes != ("un",)]
    if ANNIVERSARY.match(scene.text, hit.end):
        return NOBODY
    if not blocs and any(h.bloc and scene.sentence.start <= h.start < hit.start for h in scene.hits):
        blocs = [m for m in scene.mentions if _is_bloc(m) and m.end <= hit.start]
    if not blocs:
        return NOBODY
    bloc = blocs[-1]
    doubt = "" if bloc.start >= scene.clause.start else BOTH
    founders = (c for code in bloc.codes for c in sorted(members(code, scene.day)))
    return replace(_cast((bloc,), *founders), doubt=doubt)


NO_STATE = re.compile("公司|疫苗|药|[0-9]剂|剂量|集团(?!外)|药厂|企业|银行|阿斯利康|辉瑞|航空|大学|球队|俱乐部|工会|股东|塔利班|雇主")
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
    blocs = [m for m in scene.blocs(clause.start, clause.end) if actors()[m.codes[0]].form != "forum"]
    blocs = [m for m in blocs if not scene.is_member_of(m)]
    own = scene.acting(clause.start, clause.end, hit)
    acting = [m for m in _with_subject(own, hit.end, scene) if not _is_bloc(m)]
    doubt = OTHER_CLAUSE if len(acting) > len(own) else ""
    if not acting and (referred := _referred(hit.start, scene)):
        acting, doubt = referred, BOTH
    found = _governments(sorted((*acting, *blocs), key=lambda m: m.start))
    if not blocs and len(_codes(found)) < 2:
        if not scene.dated_here:
            return NOBODY
        earlier = scene.blocs(scene.sentence.start, clause.start)
        if not earlier:
            return NOBODY
        found, doubt = sorted((*found, earlier[-1]), key=lambda m: m.start), OTHER_CLAUSE
    if len(_codes(found)) == 1 and actors()[_codes(found)[0]].form != "treaty":
        doubt = doubt or ONE_PARTY
    return replace(_with_members(_cast(found), scene), doubt=doubt) if _codes(found) != ("un",) else NOBODY


# Formats of few that are named for their members: what the format does, all of them do.
OF_MEMBERS = frozenset({"quad", "five-eyes", "usmca", "nafta", "e3"})


def _with_members(cast: Cast, scene: Scene) -> Cast:
    formats = [c for c in cast.codes if c in OF_MEMBERS]
    more = [m for c in formats for m in sorted(members(c, scene.day)) if m not in cast.codes]
    return Cast((*cast.codes, *more), cast.mentions, cast.place)


def _summit(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """A bloc that meets, or at least two countries."""
    clause = scene.clause
    acting = scene.acting(clause.start, hit.start, hit)
    blocs = [m for m in scene.blocs(clause.start, hit.end) if m.end > hit.start or _own_summit(m, hit, scene)]
    doubt = ""
    if not blocs and not acting and _bare(hit, scene):  # `欧盟…，峰会将于…举行`
        blocs, doubt = scene.blocs(scene.sentence.start, clause.start), OTHER_CLAUSE
    if blocs:
        return replace(_with_members(_cast(blocs[-1:]), scene), doubt=doubt)
    lands = [m for m in acting if not _is_bloc(m)]
    if not lands or not (_bare(hit, scene) or scene.syntax is None or scene.syntax.modifies(lands[-1].end, hit.start)):
        return NOBODY
    return _cast(lands) if len(_codes(lands)) >= 2 else NOBODY


def _own_summit(m: Mention, hit: Hit, scene: Scene) -> bool:
    """`欧盟27国领导人峰会`, `东盟将于下周召开峰会`; not `北约秘书长创办的民主峰会`."""
    syntax = scene.syntax
    return syntax is None or syntax.modifies(m.end, hit.start) or (syntax.reaches(m.end, hit.start) and scene.acts(m) and _bare(hit, scene))


def _bare(hit: Hit, scene: Scene) -> bool:
    """No name of another gathering stands before the word (`民主|峰会`)."""
    if scene.syntax is None:
        return True
    before = [t for t in scene.syntax.tokens if t.end <= hit.start and t.start >= scene.clause.start]
    return not before or not NAMING.match(before[-1].tag) or LEADERS.search(before[-1].text) is not None


def _exercise(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    if trigger.object is not None and not trigger.object.search(
        scene.text, hit.end, min(scene.clause.end, hit.end + 15)
    ):
        return NOBODY
    own = scene.acting(scene.clause.start, hit.start, hit)
    found, doubt = _with_subject(own, hit.end, scene), ""
    if len(found) > len(own) or not found:
        found, doubt = found or scene.acting(scene.sentence.start, hit.start, hit)[-1:], OTHER_CLAUSE
    if not found:
        found, doubt = _referred(hit.start, scene), BOTH
    return replace(_cast(found), doubt=doubt) if found else NOBODY


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
