"""Find articles by what all spellings of an address have in common, and merge those that were stored twice.

The functions are those of `timeline.fetching.identity` on the day of this migration.
"""

import hashlib
import posixpath
import re
from collections import defaultdict
from urllib.parse import unquote_to_bytes, urlsplit

from django.db import migrations

SHORT = 16  # digits of a digest by which some decisions name an article
TRACKING = frozenset(
    "fbclid gclid gclsrc dclid msclkid yclid twclid igshid mc_cid mc_eid ref_src ref_url spm scm share_token "
    "at_medium at_campaign at_custom1 at_custom2 at_custom3 at_custom4 ns_campaign ns_mchannel ns_source ns_linkname "
    "cmpid smid smtyp wt.mc_id wt_mc _ga _gl oc cmp xtor ocid".split()
)
TRACKING_STARTS = ("utm_", "pk_", "piwik_", "mtm_", "hsa_")
CAME_FROM = frozenset("from ref source src cid feed via medium origin".split())
FEED_VALUES = frozenset("rss rss2 atom feed rssfeed".split())
ESCAPE = re.compile(r"((?:%[0-9a-fA-F]{2})+|[^\x21-\x7e]+)")
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def digest(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def page_of(url):
    before, mark, fragment = url.partition("#")
    try:
        parts = urlsplit(before)
        host = (parts.hostname or "").lower().removesuffix(".").removeprefix("www.")
        port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    except ValueError:
        return url
    if parts.scheme not in ("http", "https") or not host:
        return url
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        pass
    path = re.sub(r"//+", "/", posixpath.normpath(escaped(parts.path or "/"))).rstrip("/")
    pairs = [pair.partition("=") for pair in parts.query.split("&")]
    kept = [escaped("".join(pair)) for pair in pairs if pair[0] and not is_tracking(pair[0].lower(), pair[2].lower())]
    query = sorted(kept, key=lambda pair: pair.partition("=")[0])
    return f"//{host}{port}{path}{'?' if query else ''}{'&'.join(query)}{mark}{fragment}"


def escaped(text):
    return ESCAPE.sub(
        lambda found: "".join(
            chr(byte) if byte in UNRESERVED else f"%{byte:02X}"
            for byte in unquote_to_bytes(found[0].encode("utf-8", "surrogatepass"))
        ),
        text,
    )


def is_tracking(name, value):
    return name in TRACKING or name.startswith(TRACKING_STARTS) or (name in CAME_FROM and value in FEED_VALUES)


def find(apps, schema_editor):
    """Give each article the digest of its page, and each entry of a feed the key of its link."""
    articles, entries = apps.get_model("timeline", "Article"), apps.get_model("timeline", "FeedEntry")
    doubles = defaultdict(list)
    rows = []
    for row in articles.objects.order_by("pk").only("pk", "url", "title").iterator(2000):
        page = page_of(row.url)
        row.page_digest = digest(page)
        rows.append(row)
        doubles[digest(page)].append(row.pk)
        # Entries of one link were stored under it with a digest of their id: the same words are the same article.
        if page.startswith("//") and "#" in page:
            doubles[digest(f"{page.partition('#')[0]}\n{row.title}")].append(row.pk)
        if len(rows) == 2000:
            articles.objects.bulk_update(rows, ["page_digest"], batch_size=400)
            rows = []
    articles.objects.bulk_update(rows, ["page_digest"], batch_size=400)
    changed = []
    for entry in (
        entries.objects.order_by("pk").select_related("article").only("link_key", "article__url").iterator(2000)
    ):
        if entry.link_key == digest(f"link {entry.article.url}"):
            entry.link_key = digest(f"link {page_of(entry.article.url)}")
            changed.append(entry)
    entries.objects.bulk_update(changed, ["link_key"], batch_size=400)
    for group in [pks for pks in doubles.values() if len(pks) > 1]:
        merge_group(apps, group)


def merge_group(apps, pks):
    """Merge articles of one page, or of one link where they say the same, into the first."""
    articles = apps.get_model("timeline", "Article")
    rows = list(articles.objects.filter(pk__in=pks, removed=None).exclude(state="hand").order_by("pk"))
    by_words = defaultdict(list)
    for row in rows:
        page = page_of(row.url)
        by_words[page if "#" not in page else (page.partition("#")[0], row.title, row.text)].append(row)
    for same in by_words.values():
        for row in same[1:]:
            merge(apps, same[0], row)


def merge(apps, kept, row):
    """Let `kept` stand for `row`: its feeds, its texts, and what editors decided about its claims."""
    articles, merged = apps.get_model("timeline", "Article"), apps.get_model("timeline", "MergedArticle")
    versions, named = apps.get_model("timeline", "ArticleVersion"), apps.get_model("timeline", "NamedClaim")
    claims = apps.get_model("timeline", "Claim")
    for old, new in ((row.url_digest, kept.url_digest), (row.url_digest[:SHORT], kept.url_digest[:SHORT])):
        named.objects.filter(article=old).update(article=new)
    apps.get_model("timeline", "FeedEntry").objects.filter(article_id=row.pk).update(article_id=kept.pk)
    merged.objects.filter(article_id=row.pk).update(article_id=kept.pk)
    merged.objects.create(id=row.pk, article_id=kept.pk)
    texts = [(old.title, old.published, old.markup, old.text) for old in versions.objects.filter(article_id=row.pk)]
    texts.append((row.title, row.published, row.markup, row.text))
    known = set(versions.objects.filter(article_id=kept.pk).values_list("text", flat=True)) | {kept.text}
    for title, published, markup, text in texts:
        if text not in known:
            values = {"title": title, "published": published, "markup": markup, "text": text}
            versions.objects.create(article_id=kept.pk, version=kept.version, **values)
            kept.version += 1
            known.add(text)
    keys = set(claims.objects.filter(article_id=row.pk).values_list("key", flat=True)) | set(row.pending_keys)
    claims.objects.filter(article_id=row.pk).delete()
    kept.pending_keys = sorted({*kept.pending_keys, *keys})
    # Its claims are those of its own text: what both told is resolved again without the second.
    if keys and kept.state in ("done", "failed"):
        kept.state = "read"
    kept.save(update_fields=["version", "pending_keys", "state"])
    articles.objects.filter(pk=row.pk).delete()


class Migration(migrations.Migration):
    # By itself: PostgreSQL makes no index on a table whose rows were changed in the same transaction.
    dependencies = [("timeline", "0028_pages")]

    operations = [migrations.RunPython(find, migrations.RunPython.noop, elidable=True)]
