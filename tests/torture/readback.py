"""Reads back what was written of hostile names, with readers of CSV, JSON, XML and HTML that are not ours; counts."""
import csv, html.parser, io, json, os, re, unicodedata, xml.etree.ElementTree as xml

import torture

CLASS_NAMES = ("label_name", "pred_name", "top2_name")  # columns
FOREIGN = ("script", "foreignObject", "image", "a")  # elements that no chart has
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TEXTS = (b"log.txt", b"classification_report.txt", b"model.txt", b"results.md")


def shown(name):
    """What files in UTF-8 call a name: each byte that belongs to no character is U+FFFD."""
    out, i = "", 0
    while i < len(name):
        for n in (1, 2, 3, 4):
            try:
                out += name[i:i + n].decode()
                i += n
                break
            except UnicodeDecodeError:
                continue
        else:
            out += "\ufffd"
            i += 1
    return out


def acts(text):
    """The first character that a terminal would act on, or None."""
    for c in text:
        if c not in "\n\t" and (unicodedata.category(c) in ("Cc", "Zl", "Zp") or c in DIRECTIONS):
            return c
    return None


class Page(html.parser.HTMLParser):
    """The names of all attributes, and what stands in scripts."""

    def __init__(self):
        super().__init__()
        self.attributes, self.scripts, self.inside = set(), [], None

    def handle_starttag(self, tag, attributes):
        self.attributes |= {name for name, _ in attributes}
        self.inside = tag

    def handle_endtag(self, _tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts.append(data)


class Checks:
    """Counts what was checked; knows the names of the classes as they are shown."""

    def __init__(self, label, names):
        self.label, self.names = label, names
        self.known = {shown(name) for name in names}
        self.tried = self.bad = self.files = 0

    def check(self, condition, what, why):
        self.tried += 1
        if not condition:
            self.bad += 1
            torture.report(f"{self.label} {what}", why)
        return condition

    def read_csv(self, data, what, named=CLASS_NAMES):
        try:
            rows = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
        except (csv.Error, UnicodeDecodeError) as problem:
            self.check(False, what, f"no CSV: {problem}")
            return []
        self.check(len({len(row) for row in rows}) == 1, what, "rows of different lengths")
        for column, title in enumerate(rows[0]):
            if title in named:
                found = {row[column] for row in rows[1:]}
                found -= self.known | {"", "accuracy", "micro avg", "macro avg", "weighted avg"}
                self.check(not found, what, f"names that no class has: {sorted(found)[:3]!r}")
        return rows

    def read_json(self, data, what):
        try:
            json.loads(data.decode())
            self.check(True, what, "")
        except (ValueError, UnicodeDecodeError) as problem:
            self.check(False, what, f"no JSON: {problem}")

    def read_svg(self, data, what, foreign=FOREIGN):
        try:
            root = xml.fromstring(data.decode())
        except (xml.ParseError, UnicodeDecodeError) as problem:
            self.check(False, what, f"no SVG: {problem}")
            return
        markup = re.sub(rb">[^<]*<|\"[^\"]*\"", b"><", data)
        self.check(not re.search(rb"<script|javascript:|\son\w+=", markup), what, "holds a script")
        self.check(all(e.tag.split("}")[-1] not in foreign for e in root.iter()), what, "foreign elements")

    def read_page(self, data, what):
        page = Page()
        try:
            page.feed(data.decode())
        except UnicodeDecodeError as problem:
            self.check(False, what, f"no UTF-8: {problem}")
            return
        page.close()
        handlers = sorted(name for name in page.attributes if name.startswith("on"))
        self.check(not handlers, what, f"attributes: {handlers}")
        for text in page.scripts:
            if text.lstrip().startswith(("{", "[")):
                self.read_json(text.encode(), what + " (data)")

    def read_text(self, data, what):
        self.check(acts(shown(data)) is None, what, f"holds {acts(shown(data))!r}")

    def read_folder(self, folder):
        """All files of a run or sweep."""
        for path, data in torture.every_file(folder):
            self.files += 1
            what, name = f"{self.label} {shown(path)}", os.path.basename(path)
            if name.endswith(b".csv"):
                self.read_csv(data, what)
            elif name.endswith(b".json"):
                self.read_json(data, what)
            elif name.endswith(b".svg"):
                self.read_svg(data, what)
            elif name.endswith(b".html"):
                self.read_page(data, what)
            elif name in TEXTS or name.endswith(b".yaml"):
                self.read_text(data, what)
