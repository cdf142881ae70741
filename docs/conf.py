"""The documentation site: Sphinx over what docs/build_site.py gathers. Everything that a page loads is in the site."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

project = "matcalc"
author = "the authors of matcalc"
copyright = "the authors of matcalc; MIT licence"  # noqa: A001 (the name that Sphinx reads)
release = re.search(r'^__version__ = "(.+)"$', (ROOT / "matcalc" / "__init__.py").read_text("utf-8"), re.M)[1]

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["examples/**"]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
# the docstrings of NumPy and SymPy are not ours
nitpicky = False

highlight_language = "none"
pygments_style = "friendly"
pygments_dark_style = "github-dark"

html_theme = "furo"
html_title = f"matcalc {release}"
html_baseurl = ""
html_static_path = [str(ROOT / "docs" / "site"), str(ROOT / "matcalc" / "serve" / "static" / "katex")]
html_favicon = str(ROOT / "matcalc" / "serve" / "static" / "icon.svg")
html_css_files = ["katex.min.css", "site.css"]
html_js_files = ["katex.min.js", "formulas.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
# by the engine of the vendored KaTeX, in the browser: nothing is fetched from elsewhere
html_math_renderer = "katex"
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}


def _formula(self, node, tag):
    """Write a formula as text, which docs/site/formulas.js sets."""
    kind = "display" if tag == "div" else "inline"
    self.body.append(self.starttag(node, tag, "", CLASS=f"formula {kind}"))
    self.body.append(f"{self.encode(node.astext())}</{tag}>")
    from docutils.nodes import SkipNode

    raise SkipNode


def _inline(self, node):
    _formula(self, node, "span")


def _display(self, node):
    _formula(self, node, "div")


def setup(app):
    """Register the way in which formulas are written."""
    app.add_html_math_renderer("katex", inline_renderers=(_inline, None), block_renderers=(_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
