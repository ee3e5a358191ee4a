"""The desk in Django's admin: what the machine wrote is read-only, decisions go through `curation`."""

from django.contrib import admin

from timeline.admin import accounts, actors, articles, corrections, events, feeds, inbox, sources, tokens

__all__ = ["accounts", "actors", "articles", "corrections", "events", "feeds", "inbox", "sources", "tokens"]

admin.site.site_header = admin.site.site_title = "newsdesk"
