"""Writes timeline/extraction/gazetteer/countries.toml from Unicode CLDR through Babel: every ISO 3166-1 country."""

from __future__ import annotations

from pathlib import Path

from babel import Locale

TARGET = Path(__file__).resolve().parents[1] / "timeline" / "extraction" / "gazetteer" / "countries.toml"
LANGUAGES = {"zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant", "en": "en"}
# In CLDR but no country of ISO 3166-1 (XK is user-assigned, and kept).
NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
# Where news uses a shorter name than CLDR.
SHORTER = {
    "HK": ("香港", "香港", "Hong Kong"),
    "MO": ("澳门", "澳門", "Macao"),
    "MM": ("缅甸", "緬甸", "Myanmar"),
    "CD": ("刚果民主共和国", "剛果民主共和國", "DR Congo"),
    "CG": ("刚果共和国", "剛果共和國", "Republic of the Congo"),
    "PS": ("巴勒斯坦", "巴勒斯坦", "Palestine"),
    "TR": ("土耳其", "土耳其", "Turkey"),
    "MK": ("北马其顿", "北馬其頓", "North Macedonia"),
    "BA": ("波黑", "波士尼亞與赫塞哥維納", "Bosnia and Herzegovina"),
    "SA": ("沙特阿拉伯", "沙烏地阿拉伯", "Saudi Arabia"),
    "AE": ("阿联酋", "阿拉伯聯合大公國", "United Arab Emirates"),
    "TL": ("东帝汶", "東帝汶", "Timor-Leste"),
}


def main() -> None:
    names = {key: Locale.parse(tag).territories for key, tag in LANGUAGES.items()}
    codes = sorted(c for c in names["en"] if len(c) == 2 and c.isalpha() and c not in NOT_COUNTRIES)
    lines = ["# Made by tools/build_countries.py from Unicode CLDR (Babel); do not edit.", ""]
    for code in codes:
        hans, hant, en = SHORTER.get(code) or [names[key][code] for key in LANGUAGES]
        lines.append(f'{code} = {{ zh-Hans = "{hans}", zh-Hant = "{hant}", en = "{en}" }}')
    TARGET.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(codes)} countries")


if __name__ == "__main__":
    main()
