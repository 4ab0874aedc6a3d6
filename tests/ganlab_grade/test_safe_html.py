"""What students write, in the page that nbgrader's own template makes of it: read by a parser, nothing in it runs."""

import base64
import re
from html.parser import HTMLParser

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

pytest.importorskip("nbgrader", reason="nbgrader is not installed: pip install -e '.[instructor]'")

from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config, PyFileConfigLoader

from ganlab_grade.safe_html import safe_html
from tests.hub.server import ROOT

PIXEL = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()
HOSTILE = [
    "<script>window.taken = 1</script>",
    "<img src=x onerror='window.taken = 1'>",
    "<svg/onload=window.taken=1>",
    "<iframe srcdoc='<script>top.taken = 1</script>'></iframe>",
    "[a](javascript:window.taken=1)",
    "[a](  JaVaScRiPt:window.taken=1)",
    "<a href='java\tscript:window.taken=1'>a</a>",
    "<a href='data:text/html,<script>1</script>'>a</a>",
    "<form action='/user/teacher/api'><button formaction='javascript:1'>a</button></form>",
    "<style>* { display: none }</style><link rel=stylesheet href='//elsewhere.example/a.css'>",
    "<base href='//elsewhere.example/'><meta http-equiv=refresh content='0;url=//elsewhere.example'>",
    "<div style='position: fixed; inset: 0' onmouseover=window.taken=1>a</div>",
    "![a](https://elsewhere.example/who-reads-this.png)",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.taken=1></style></mglyph></table></mtext></math>",
    "`</code><script>window.taken = 1</script>`",
    "```html\n</code></pre><script>window.taken = 1</script>\n```",
    '<p title="`</p><img src=x onerror=window.taken=1>`">',
]
FORMATTING = [
    ("**bold**", "<strong>bold</strong>"),
    ("- a\n- b", "<li>a</li>"),
    ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
    ("`x < 1`", "<code>x &lt; 1</code>"),
    ("[a](https://arxiv.org/abs/1406.2661)", 'href="https://arxiv.org/abs/1406.2661"'),
    ("## heading", "<h2>heading"),
    (f"![drawing]({PIXEL})", f'src="{PIXEL}"'),
    ("$a<b$ and $\\mathbb E[x_1]$", "$a&lt;b$ and $\\mathbb E[x_1]$"),
]


class Running(HTMLParser):
    """Collects whatever a browser would run, load or frame."""

    ACTIVE = ("script", "iframe", "object", "embed", "svg", "math", "style", "link", "meta", "base", "form", "button")

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [tag] if tag in self.ACTIVE else []
        for name, value in attrs:
            plain = re.sub(r"[\s\x00-\x1f]", "", value or "").lower()
            harmless = plain.startswith(("http:", "https:", "mailto:", "#", "data:image/png;")) or ":" not in plain
            if name.startswith("on") or name in ("style", "srcdoc", "formaction", "action"):
                self.found.append((tag, name))
            elif name in ("href", "src") and (not harmless or (name == "src" and not plain.startswith("data:"))):
                self.found.append((tag, name, value))


def running(html: str) -> list:
    parser = Running()
    parser.feed(html)
    parser.close()
    return parser.found


def formgrader(text: str, settings: Config) -> str:
    """The part of the formgrader's page that shows a written answer and a cell's output of this text."""
    answer = new_markdown_cell(text, metadata={"nbgrader": {
        "grade_id": "question-1", "grade": True, "solution": True, "locked": False, "task": False, "points": 4,
        "schema_version": 3,
    }})  # fmt: skip
    output = new_code_cell("1", outputs=[new_output("display_data", data={"text/html": text})])
    config = Config(settings)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    names = ("base_url", "submission_id", "notebook_id", "assignment_id", "student", "mathjax_url")
    shown = {**dict.fromkeys(names, ""), "index": 0, "total": 1}
    page, _ = HTMLExporter(config=config).from_notebook_node(new_notebook(cells=[answer, output]), resources=shown)
    return "".join(
        re.findall(r'<div class="(?:text_cell_render|output_html)[^>]*>.*?(?=<div class="panel-footer|$)', page, re.S)
    )


@pytest.fixture
def settings(monkeypatch, tmp_path):
    """The settings that deploy/hub gives instructors."""
    monkeypatch.setenv("NBGRADER_EXCHANGE", str(tmp_path))
    return PyFileConfigLoader("nbgrader_config.py", path=str(ROOT / "deploy" / "hub" / "instructor")).load_config()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_student_writes_runs_in_the_formgrader(text, settings):
    assert running(formgrader(text, settings)) == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_without_the_settings_it_would_run():
    assert running(formgrader(HOSTILE[0], Config())) == ["script", "script"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("text", "shown"), FORMATTING)
def test_formatting_mathematics_and_own_drawings_are_shown(text, shown, settings):
    assert shown in formgrader(text, settings)


# Ways to write one letter: as it is, and as entities, with and without the semicolon, and of entities.
SPELLINGS = {
    "plain": "{}",
    "decimal": "&#{number};",
    "zeros": "&#000{number};",
    "hexadecimal": "&#x{number:x};",
    "capital": "&#X{number:X};",
    "open": "&#{number}",
    "twice": "&amp;#{number};",
    "thrice": "&amp;amp;#{number};",
    "of numbers": "&#38;#{number};",
}
COMMANDS = [
    "\\href{javascript:taken=1}{x}", "\\style{background:url(//e.example)}{x}", "\\class{modal}{x}",
    "\\cssId{top}{x}", "\\require{html}", "\\unicode[a;b]{x41}", "\\bbox[background:url(//e.example)]{x}",
    "\\htmlData{a=b}{x}", "\\mmlToken{mi}[href=javascript:1]{x}", "\\csname href\\endcsname", "\\HREF{a}{b}",
]  # fmt: skip


def as_read(html: str, times: int) -> str:
    """What a browser's text is, read by another parser; and what is read from that."""
    for _ in range(times):
        parser = HTMLParser(convert_charrefs=True)
        found: list[str] = []
        parser.handle_data = found.append
        parser.feed(html)
        parser.close()
        html = "".join(found)
    return html


@pytest.mark.parametrize("letter", [0, 1, 3])
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_formula_cannot_do_more_than_show(command, spelling, letter):
    one = command[letter]
    written = SPELLINGS[spelling].format(one, number=ord(one))
    text = command[:letter] + written + command[letter + 1 :]
    name = re.match(r"\\[A-Za-z]+", command)[0]
    cleaned = safe_html(f"<p>$a {text}$ and $\\alpha$</p>")
    for times in range(4):
        assert name not in as_read(cleaned, times)
    assert "\\alpha" in cleaned


def test_what_a_comment_or_a_foreign_tag_keeps_apart_is_not_joined():
    for apart in ("<!-- -->", "<!---->", "<wbr>", "<script></script>", "<math></math>", "\x00"):
        assert "\\href" not in as_read(safe_html(f"<p>$\\hr{apart}ef{{javascript:1}}{{x}}$</p>"), 1)


@pytest.mark.parametrize(
    "formula",
    ["a \\\\ b", "\\textstyle x", "\\displaystyle", "\\hrefs", "x &lt; 1 &amp; y", "\\mathbb{E}", "\\database"],
)
def test_other_formulas_stay_as_they_are(formula):
    assert safe_html(f"<p>${formula}$</p>") == f"<p>${formula}$</p>"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:1", "java&#9;script:1", "da&#10;ta:text/html,1", "&#100;ata:text/html,1", " data:text/html,1",
        "data:image/svg+xml,1", "vbscript:1", "&amp;#106;avascript:1", "java&#xad;script:1", "&#1;javascript:1",
        "blob:https://e.example/1", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_addresses_that_are_more_than_links(address):
    assert running(safe_html(f'<a href="{address}">a</a>')) == []
    assert "href" not in safe_html(f'<a href="{address}">a</a>')


@pytest.mark.parametrize(
    "address", ["https://a.example/b:c", "#part", "b/c.png", "mailto:a@b.example", "a?b=c:d", ""]
)
def test_ordinary_links_stay(address):
    assert f'href="{address}"' in safe_html(f'<a href="{address}">a</a>')


def test_the_classes_of_code_stay_and_those_of_the_page_do_not():
    code = '<div class="highlight hl-python"><pre><span class="kn">import</span></pre></div>'
    assert safe_html(code) == code
    assert "class" not in safe_html('<div class="modal-backdrop in">a</div><span class="navbar-fixed-top">a</span>')


def test_tags_without_end_are_shown_as_text():
    assert safe_html("<div>" * 100 + "a") == "<div>" * 100 + "a" + "</div>" * 100
    assert safe_html("<div>" * 200_000) == "&lt;div&gt;" * 200_000
    assert safe_html("&lt;" * 200_000) == "&amp;lt;" * 200_000
    assert running(safe_html("&#60;img src=x onerror=window.taken=1&#62;" * 10_000)) == []
