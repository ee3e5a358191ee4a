"""Posts and archives: what is read, what is refused with which words, and that nothing else is lost."""

from __future__ import annotations

import io
import lzma
import tarfile
import tomllib
import zipfile
from datetime import UTC, datetime
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from timeline.extraction.cleaning import clean
from timeline.fetching.archives import Found, Problem, count_posts, open_posts
from timeline.fetching.newsrooms import NewsroomError, load, newsroom_of, text_of
from timeline.fetching.posts import MAX_POST_BYTES, PostError, parse_post
from timeline.fetching.sanitize import sanitize

POST = "<!--1710947702000-->\n[标题](https://www.rfi.fr/cn/1)\n------\n\n<p>英国将于今年年底前举行大选。</p>\n"


def parse(text: str, encoding: str = "utf-8") -> object:
    return parse_post(text.encode(encoding), "one")


def test_a_post_is_read() -> None:
    raw = parse_post(POST.encode(), "one")
    assert (raw.name, raw.title, raw.url) == ("one", "标题", "https://www.rfi.fr/cn/1")
    assert raw.published == datetime(2024, 3, 20, 15, 15, 2, tzinfo=UTC)
    assert raw.markup == "<p>英国将于今年年底前举行大选。</p>"


def test_front_matter_serves_where_the_head_lacks_something() -> None:
    text = '---\ntitle: "前页"\ndate: 2020-08-19T22:56:39.000Z\nauthor: 法广\nfrom: https://x.example/1\n---\n------\n\n<p>文</p>'
    raw = parse_post(text.encode(), "one")
    assert (raw.title, raw.author, raw.url) == ("前页", "法广", "https://x.example/1")
    assert raw.published == datetime(2020, 8, 19, 22, 56, 39, tzinfo=UTC)


def test_a_title_may_hold_brackets_and_an_address_parentheses() -> None:
    raw = parse_post(
        POST.replace("[标题](https://www.rfi.fr/cn/1)", "[大选[快讯](一)](https://x.example/a_(b))").encode(), "one"
    )
    assert (raw.title, raw.url) == ("大选[快讯](一)", "https://x.example/a_(b)")


def test_markup_in_a_title_is_taken_out_and_stays_text() -> None:
    raw = parse_post(POST.replace("标题", "<script>alert(1)</script>&lt;b&gt;大选").encode(), "one")
    assert raw.title == "alert(1)<b>大选"


def test_gb18030_is_read() -> None:
    assert parse_post(POST.encode("gb18030"), "one").title == "标题"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("[x" + "](" * 500_000 + "\n[标题](https://a.example/1)", "标题"),
        ("[x" + "](" * 500_000 + "https://a.example/1)", "x" + "](" * 249),
        ("[" * 1_000_000 + "\n[标题](https://a.example/1)  ", "标题"),
        ("[标题](https://a.example/1)" + " " * 1_000_000, "标题"),
        ("[x](y z)\n[标题](https://a.example/1)", "标题"),
    ],
)
def test_the_linked_title_is_found_in_one_pass(head: str, title: str) -> None:
    assert parse_post(f"<!--1710947702000-->\n{head}\n---\n<p>文</p>".encode(), "one").title[:499] == title


def test_a_field_of_the_front_matter_is_read_in_one_pass() -> None:
    blanks = " \t" * 500_000
    post = f'---\ntitle:{blanks}"a{blanks}b" {blanks}\ndate: 2024-03-20T15:14:00Z\nfrom: https://a.example/1\n---\n文'
    assert parse_post(post.encode(), "one").title == "a b"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (POST.replace("<!--1710947702000-->", "").encode(), "no timestamp"),
        (POST.replace("[标题](https://www.rfi.fr/cn/1)", "").encode(), "no title"),
        (POST.replace("标题", "").encode(), "no title"),
        (POST.replace("1710947702000", "-62135596800000").encode(), "year 1;"),
        (POST.replace("1710947702000", "3093527980800000").encode(), "calendar"),
        (POST.replace("https://www.rfi.fr/cn/1", "javascript:alert(1)").encode(), "no http or https"),
        (POST.replace("https://www.rfi.fr/cn/1", "http://[bad").encode(), "cannot be read"),
        (bytes(range(256)) * 20, "neither UTF-8 nor"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "neither|NUL"),
        (b"<!--1710947702000-->\x00", "NUL"),
        (POST.encode() + b"x" * MAX_POST_BYTES, "bytes; an article may have"),
    ],
)
def test_bad_input_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(PostError, match=reason):
        parse_post(data, "one")


# --- archives -----------------------------------------------------------------------------------


def tar(path: Path, members: list[tuple[str, bytes | tarfile.TarInfo]], mode: str = "w:xz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members:
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return path


def link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


def names(paths: list[Path]) -> tuple[list[str], list[str]]:
    posts = list(open_posts(paths))
    return [p.name for p in posts if isinstance(p, Found)], [p.reason for p in posts if isinstance(p, Problem)]


@pytest.mark.parametrize(("ending", "mode"), [("tar.xz", "w:xz"), ("tar.gz", "w:gz"), ("tar", "w")])
def test_hostile_members_of_a_tar_are_named_and_the_others_read(tmp_path: Path, ending: str, mode: str) -> None:
    archive = tar(
        tmp_path / f"a.{ending}",
        [
            ("a/1.md", POST.encode()),
            ("../evil.md", b"x"),
            ("/etc/evil.md", b"x"),
            ("a/link.md", link("a/link.md", "/etc/passwd")),
            ("a/picture.png", b"x"),
            ("a/big.md", b"x" * (MAX_POST_BYTES + 1)),
            ("a/2.md", POST.encode()),
        ],
        mode,
    )
    found, reasons = names([archive])
    assert found == ["1", "2"]
    assert [r.split()[0:3] for r in reasons] == [["has", "a", "path"]] * 2 + [["is", "a", "link"]] + [
        ["has", "5,000,001", "bytes;"]
    ]
    assert list(tmp_path.iterdir()) == [archive]


def test_a_zip_bomb_is_not_unpacked_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.md", b"\0" * 200_000_000)
        archive.writestr("../evil.md", POST)
        archive.writestr("good.md", POST)
    found, reasons = names([path])
    assert found == ["good"]
    assert any("unpacks to more" in r for r in reasons) and any("leads out" in r for r in reasons)


def test_a_broken_archive_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = tar(tmp_path / "a.tar", [(f"{i}.md", POST.encode()) for i in range(50)], "w")
    packed = lzma.compress(whole.read_bytes(), preset=0)
    (tmp_path / "b.tar.xz").write_bytes(packed[: len(packed) // 2])
    _, reasons = names([tmp_path / "b.tar.xz"])
    assert len(reasons) == 1 and "broken archive" in reasons[0]
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04 nothing")
    assert names([tmp_path / "c.zip"])[1][0].startswith("is a broken archive")


def test_folders_are_read_in_order_without_hidden_files_and_links(tmp_path: Path) -> None:
    for name in ("b.md", "a.md", ".hidden.md", "picture.png"):
        (tmp_path / name).write_text(POST)
    (tmp_path / "link.md").symlink_to(tmp_path / "a.md")
    assert names([tmp_path]) == (["a", "b"], [])
    assert count_posts([tmp_path]) == 2


def test_a_missing_path_and_a_strange_ending_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"x")
    assert [r.split(";")[0] for r in names([tmp_path / "none.md", tmp_path / "x.pdf"])[1]] == [
        "does not exist",
        "is no post or archive",
    ]


def test_real_posts_are_all_read(shared: Path) -> None:
    posts = list(islice(open_posts([shared / "corpus" / "news-2020H2.tar.xz"]), 400))
    assert len(posts) == 400
    for post in posts:
        assert isinstance(post, Found) and parse_post(post.data, post.name).title


# --- newsrooms ----------------------------------------------------------------------------------


def test_a_newsroom_is_known_by_the_end_of_its_host() -> None:
    assert newsroom_of("https://www.rfi.fr/cn/1").zone == "Europe/Paris"
    assert newsroom_of("https://cn.reuters.com/1").slug == "reuters-zh"
    assert newsroom_of("https://evilrfi.fr/1").zone == "UTC"
    assert newsroom_of("https://mirror.example/1", "法广").slug == "rfi"
    assert newsroom_of("https://www.new.example/1").slug == "new-example"


MISTAKES: list[dict[str, object]] = [
    {"zone": "Europe/Nowhere"},
    {"colour": "red"},
    {"around": [{"selector": ".box"}]},  # without an example
    {"around": [{"line": "(", "example": "<p>(</p>"}]},
]


@pytest.mark.parametrize("change", MISTAKES)
def test_a_mistake_in_the_list_of_newsrooms_is_refused(change: dict[str, object]) -> None:
    row = {"slug": "x", "hosts": ["x.example"], "names": {"zh-Hans": "x", "en": "x"}, "zone": "UTC", "language": ""}
    with pytest.raises(NewsroomError):
        load({"newsroom": [{**row, **change}]})


SOURCE = tomllib.loads(files("timeline.fetching").joinpath("newsrooms.toml").read_text("utf-8"))
RULES = [(room, rule) for room in SOURCE["newsroom"] for rule in room.get("around", ())]


@pytest.mark.parametrize(
    ("room", "rule"), RULES, ids=[f"{room['slug']} {rule['example'][:30]}" for room, rule in RULES]
)
def test_what_a_newsroom_puts_around_its_articles_is_left_out_of_them_and_of_no_other(
    room: dict[str, Any], rule: dict[str, str]
) -> None:
    """Also as it is stored, when a feed brought it; and the rule is needed."""
    story = "<p>港口城市的议会周三通过了预算。</p>"
    for markup in (story + rule["example"] + story, sanitize(story + rule["example"] + story)):
        assert text_of(markup, "", f"https://www.{room['hosts'][0]}/1") == clean(story + story)
        assert text_of(markup, "", "https://www.another.example/1") != clean(story + story)
