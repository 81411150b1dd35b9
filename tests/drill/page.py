"""Reads a page strictly: every element is closed in its order, nothing is loaded, nothing runs.

Usage: page.py PAGE.html
"""
import html.parser
import sys

EMPTY = {"meta", "br", "rect", "path"}
KNOWN = EMPTY | {
    "html", "head", "title", "style", "body", "h1", "h2", "p", "b", "code", "section", "table", "tr", "th", "td", "ul", "ol",
    "li", "div", "figure", "figcaption", "svg",
}
ATTRIBUTES = {
    "lang", "charset", "name", "content", "http-equiv", "class", "width", "height", "viewbox", "version", "xmlns",
    "shape-rendering", "fill", "d", "x", "y",
}
NAMESPACE = "http://www.w3.org/2000/svg"


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open = []
        self.seen = []
        self.style = ""
        self.policy = None

    def refuse(self, why):
        raise SystemExit(f"line {self.getpos()[0]}: {why}")

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        if tag not in KNOWN:
            self.refuse(f"<{tag}> has no place here")
        for name, value in attributes:
            if name not in ATTRIBUTES:
                self.refuse(f"attribute {name} of <{tag}>")
            if value and "//" in value and (name, value) != ("xmlns", NAMESPACE):
                self.refuse(f"{name} leads elsewhere: {value}")
        if ("http-equiv", "Content-Security-Policy") in attributes:
            self.policy = dict(attributes)["content"]
        if tag == "html" and ("lang", "en") not in attributes:
            self.refuse("the language is not said")
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in EMPTY:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.refuse(f"</{tag}> closes what is not open")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        if any(ord(letter) < 32 and letter != "\n" for letter in data):
            self.refuse("a control character")

    def handle_comment(self, data):
        self.refuse("a comment")

    def unknown_decl(self, data):
        self.refuse("an unknown declaration")


def main():
    text = open(sys.argv[1], encoding="utf-8").read()
    if not text.startswith("<!DOCTYPE html>\n"):
        raise SystemExit("no document type")
    page = Page()
    page.feed(text)
    page.close()
    if page.open:
        raise SystemExit(f"left open: {page.open}")
    for word in ["url(", "@import", "expression", "//"]:
        if word in page.style:
            raise SystemExit(f"the style loads with {word}")
    if page.policy != "default-src 'none'; style-src 'unsafe-inline'":
        raise SystemExit(f"the policy is {page.policy}")
    for tag in ["title", "h1", "style"]:
        if page.seen.count(tag) != 1:
            raise SystemExit(f"<{tag}> is there {page.seen.count(tag)} times")
    if "@media print" not in page.style and "@page" not in page.style:
        raise SystemExit("nothing is said of paper")


main()
