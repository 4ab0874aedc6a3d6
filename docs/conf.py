"""Settings of the course's web page. `make docs` calls Sphinx with the pages that tools/site writes."""

import re
import tomllib
from pathlib import Path

from docutils import nodes

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

project = "Learn GANs by doing"
author = "the authors of the course"
release = PYPROJECT["project"]["version"]
# No year and no build date: the same sources give the same page.
copyright = "code under the MIT licence, text and figures under CC BY 4.0, pictures and data as their cards say"
language = "en"

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx_copybutton"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb", ".rst": "restructuredtext"}

html_theme = "furo"
html_title = "Learn GANs by doing"
html_static_path = ["_static"]  # tools/site adds the folder of what it made
html_favicon = "_static/favicon.svg"
html_css_files = ["course.css"]
html_js_files = ["course.js"]
html_copy_source = False
html_show_sphinx = False
html_domain_indices = False  # the reference lists every module, floor by floor
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#8f3a00", "color-brand-content": "#005a99"},
    "dark_css_variables": {"color-brand-primary": "#ffb074", "color-brand-content": "#7cc4ff"},
    "navigation_with_keys": False,
    "sidebar_hide_name": False,
}

# Everything a page loads lies beside it: no widget scripts and no MathJax from another host.
nb_ipywidgets_js = {}
mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {"chtml": {"displayAlign": "left", "displayIndent": "1.5em"}, "options": {"enableMenu": False}}

nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "smartquotes", "attrs_inline"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 100
python_use_unqualified_type_names = True
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"


def _formulas_as_written(app, doctree):
    """Sphinx wraps a formula that holds a line break in a `split`, where an equation's own `\\tag` is an error."""
    for node in doctree.findall(nodes.math_block):
        if "\\\\" in node.astext():
            node["no-wrap"] = True
            node[:] = [nodes.Text(rf"\[{node.astext()}\]")]


def _stars_as_written(app, what, name, obj, options, lines):
    """A star before a name, as in *_answers, stands for any letters; to docutils it opens an emphasis."""
    lines[:] = [re.sub(r"(?<![\w*`\\])\*(?=_)", r"\\*", line) for line in lines]


def _only_our_own(app, what, name, obj, skip, options):
    """matplotlib gives every subclass of Figure a method `set`, with a docstring for its own documentation."""
    origin = getattr(obj, "__globals__", {}).get("__name__", "")
    return True if name == "set" and origin.startswith("matplotlib") else None


def _levels_for_captions(app, pagename, templatename, context, doctree):
    """The captions of the sidebar are headings without a level, which readers' programs refuse."""
    if "furo_navigation_tree" in context:
        context["furo_navigation_tree"] = context["furo_navigation_tree"].replace(
            'class="caption" role="heading"', 'class="caption" role="heading" aria-level="2"'
        )


def _signatures_on_lines(app, pagename, templatename, context, doctree):
    """Sphinx makes a long signature a list of definitions without terms, which is no HTML: lines, here."""

    def lines(signature):
        text = re.sub(r"<(/?)dl>", r"<\1span>", signature[0])
        return re.sub(r"<dd>", '<span class="sig-line">', text).replace("</dd>", "</span>")

    if "<dd><em class=\"sig-param" in context.get("body", ""):
        context["body"] = re.sub(r'<dt class="sig.*?</dt>', lines, context["body"], flags=re.S)


def setup(app):
    app.connect("autodoc-process-docstring", _stars_as_written)
    app.connect("autodoc-skip-member", _only_our_own)
    app.connect("doctree-read", _formulas_as_written)
    app.connect("html-page-context", _levels_for_captions, priority=900)  # after the theme
    app.connect("html-page-context", _signatures_on_lines)
