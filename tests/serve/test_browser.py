"""Every function of the page, in Chromium: what a person types and clicks, and what is seen then."""

import http.server
import os
import re
import shutil
import signal
import subprocess
import threading
from functools import partial
from pathlib import Path

import pytest
from page_server import serving, stop, suspended, until

from matcalc.serve.export import PYODIDE, export
from matcalc.serve.pool import Pool, Size

pytestmark = pytest.mark.browser
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 20_000  # milliseconds: a machine under load is slow


@pytest.fixture(scope="module")
def server():
    pool = Pool(Size(workers=2, patience=60))
    pool.start()
    server = serving(pool)
    until(lambda: pool.free == 2)
    yield server
    stop(server)


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Open a page; what it complains of, and what it loads from elsewhere, is an error in the end."""
    contexts, complaints = [], []

    def opened(address, fragment="", **options):
        context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        own = (address, "data:", f"blob:{address.split('/', 3)[0]}")
        page.on("request", lambda r: None if r.url.startswith(own) else complaints.append(r.url))
        page.goto(address + fragment)
        settle(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(server, visit):
    return visit(server.address)


def settle(page):
    """Wait until the answer is there."""
    page.wait_for_selector("#mistake:not(:empty), #reading:not(:empty)")
    page.wait_for_timeout(300)
    page.wait_for_selector("body:not([aria-busy])")


def write(page, formula, field="#expression"):
    page.fill(field, formula)
    page.wait_for_timeout(300)
    page.wait_for_selector("body:not([aria-busy])")


def derivative(page):
    """Return the derivative as the page gives it to be copied."""
    page.click("#derivative [aria-label='Copy the text that matcalc reads']")
    return page.evaluate("navigator.clipboard.readText()")


def fragment(page):
    return page.evaluate("decodeURIComponent(location.hash)")


# -- reading ----------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_read_differentiated_and_checked(page):
    write(page, "x.T@A@x")
    assert page.locator("#reading .katex").count() and page.locator("#derivative .katex").count()
    assert derivative(page) == "(A + A.T)@x"
    assert page.locator("#check .good").count() == 2


def test_a_mistake_is_shown_at_its_place_and_mended_by_a_click(page):
    write(page, "tr(X) + lgdet(X)")
    assert page.locator("#expression-field mark").inner_text() == "lgdet"
    assert page.locator("#mistake .place").inner_text() == "tr(X) + lgdet(X)\n        ^^^^^"
    assert page.get_attribute("#expression", "aria-invalid") == "true"
    page.click("#mistake .correct")
    settle(page)
    assert page.input_value("#expression") == "tr(X) + logdet(X)"
    assert not page.locator("#mistake").inner_text() and derivative(page) == "inv(X).T + eye(n)"


def test_a_guess_is_noted_and_declared_otherwise_by_a_click(page):
    write(page, "c*x")
    page.click("#notes .correct")
    settle(page)
    assert "shape=x:+scalar" in fragment(page) and page.locator("#notes .correct").count() == 0


def test_a_variable_is_chosen_where_several_are_possible(page):
    write(page, "u.T@A@v")
    page.click("#derivative .correct >> text=by v")
    settle(page)
    assert derivative(page) == "A.T@u"


def test_what_makes_it_shorter_is_assumed_by_a_click(page):
    write(page, "x.T@A@x")
    page.click("#derivative .correct >> text=assume A symmetric")
    settle(page)
    assert derivative(page) == "2*A@x" and page.input_value("#assume") == "A symmetric"


@pytest.mark.parametrize("formula, notation", [
    (r"\|Ax-b\|^2", "LaTeX"), ("norm(A*x - b)^2", "MATLAB"), ("‖A x − b‖²", "Unicode"),
    ("np.linalg.norm(A @ x - b)**2", "Python"),
])
def test_the_notation_is_found_or_chosen(page, formula, notation):
    write(page, formula)
    if notation not in page.inner_text("#reading"):
        page.select_option("#syntax", label=notation)
        settle(page)
    assert f"read as {notation}: norm(A@x - b)**2" in page.inner_text("#reading")
    assert derivative(page) == "2*A.T@(A@x - b)"


def test_layout_order_and_variable_are_switched(page):
    write(page, "tanh(W@x)")
    page.select_option("#wrt", "x")
    settle(page)
    denominator = derivative(page)
    page.check("input[name=layout][value=num]")
    settle(page)
    assert derivative(page) != denominator
    write(page, "logsumexp(A@x)")
    page.select_option("#order", "2")
    settle(page)
    assert "diag(softmax(A@x))" in derivative(page)
    page.select_option("#order", "3")
    settle(page)
    assert page.locator("#derivative .katex").count() and "axes i,j,k" in page.inner_text("#derivative")
    assert page.locator("#panel-steps .bad").count() == 0 and page.locator("#panel-steps .katex").count() > 3


def test_a_name_opens_to_declare_its_shape_and_facts(page):
    write(page, "x.T@A@x + c")
    page.locator(".name[data-name=A] summary").click()
    page.locator(".name[data-name=A]").get_by_label("symmetric", exact=True).check()
    settle(page)
    page.keyboard.press("Escape")
    assert derivative(page) == "2*A@x"
    page.locator(".name[data-name=c] summary").click()
    page.locator(".name[data-name=c]").get_by_role("button", name="differentiate by c").click()
    settle(page)
    assert derivative(page) == "1"
    write(page, "norm(X@w - y)**2")
    page.click("#mistake .forget")  # of another formula's names nothing is left
    settle(page)
    assert page.input_value("#assume") == "" and "c" not in page.input_value("#wrt")
    page.fill("#shape", "X: 3×2")
    settle(page)
    assert "3×2" in page.inner_text("#names")


# -- the tabs ---------------------------------------------------------------------------------------------------------


def test_the_steps_unfold_line_by_line(page):
    write(page, "norm(A@x - b)**2")
    lines = page.locator("#panel-steps li:visible")
    assert lines.count() == 1
    page.click("#next-step")
    assert lines.count() == 2
    page.click("#all-steps")
    assert lines.count() == 5 and "lines hold" in page.inner_text("#panel-steps")
    page.click("#first-step")
    assert lines.count() == 1


def test_a_formula_of_ones_own_is_judged_and_mended(page):
    write(page, "x.T@A@x")
    page.click("#tab-claim")
    write(page, "2*A@x", "#claim")
    verdict = page.inner_text("#verdict")
    assert "not the derivative" in verdict and "right if A is symmetric" in verdict and "counterexample" in verdict
    assert page.locator("#verdict .counterexample .katex").count() >= 3
    write(page, "(A + A.T)@x", "#claim")
    assert page.locator("#verdict .good").count() == 1
    write(page, "2*A@y +", "#claim")
    assert page.locator("#verdict .bad").count() == 1 and page.locator("#claim-field mark").count() == 1
    write(page, "(A + A.T)@x/2", "#claim")
    page.click("#verdict .correct >> text=take it") if page.locator("#verdict .correct").count() else None
    assert "(A + A.T)@x" in page.input_value("#claim")


def test_code_is_written_for_every_library_and_copied(page):
    write(page, "norm(X@w - y)**2")
    page.select_option("#wrt", "w")
    page.click("#tab-code")
    for target in ("torch", "jax", "tensorflow", "array-api", "octave", "numpy"):
        page.check(f"input[name=target][value={target}]")
        page.wait_for_selector(f"#code pre[aria-label='Code for {target}']")
    page.select_option("#orders", "0,1,2")
    page.wait_for_selector("#code pre:has-text('hessian')")
    page.click("#code .copy")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#code pre")


def test_the_graph_is_drawn_with_what_flows_back(page):
    write(page, "norm(W2@tanh(W1@x) - y)**2")
    page.select_option("#wrt", "W1")
    page.click("#tab-graph")
    page.wait_for_selector("#graph img")
    size = "document.querySelector('#graph img').naturalHeight"
    until(lambda: page.evaluate(size) > 100)
    without = page.get_attribute("#graph img", "src")
    page.check("#adjoints")
    until(lambda: page.get_attribute("#graph img", "src") != without)
    assert "tanh" in page.get_attribute("#graph img", "alt")
    with page.expect_download() as download:
        page.click("#graph a[download]")
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("<svg")


def test_convexity_and_definiteness_are_shown_with_proofs(page):
    write(page, "norm(A@x - b)**2")
    page.click("#tab-convexity")
    page.wait_for_selector("#panel-convexity .proof li")
    assert "Convexity: convex" in page.inner_text("#panel-convexity")
    write(page, "A.T@A + eye(n)")
    assert "Definiteness: positive definite" in page.inner_text("#panel-convexity")
    write(page, "[[1, -100], [0, 2]]")
    assert "indefinite" in page.inner_text("#panel-convexity") and page.locator("#reading .katex").count()


def test_every_example_has_an_answer(page):
    count = page.locator(".example").count()
    assert count >= 16
    for index in range(count):
        page.locator(".example").nth(index).click()
        settle(page)
        assert not page.inner_text("#mistake") and page.locator("main .box.bad").count() == 0, fragment(page)


# -- links, copies, keys ----------------------------------------------------------------------------------------------


def test_a_link_holds_the_whole_question(server, visit, page):
    write(page, "x.T@A@x + c")
    page.click("#declarations summary")
    page.fill("#assume", "A symmetric")
    page.check("input[name=layout][value=num]")
    page.click("#tab-claim")
    write(page, "2*x.T@A", "#claim")
    page.click("#derivative >> text=link")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(server.address + "#")
    other = visit(server.address, link.partition("#")[1] + link.partition("#")[2])
    assert other.input_value("#expression") == "x.T@A@x + c" and derivative(other) == "2*x.T@A"
    other.wait_for_selector("#verdict .good")
    other.evaluate("location.hash = '#expression=tr(X)'")
    until(lambda: other.input_value("#expression") == "tr(X)")
    settle(other)
    assert derivative(other) == "eye(n)"


def test_latex_and_unicode_are_copied(page):
    write(page, "x.T@A@x")
    page.click("#derivative .copy >> text=LaTeX")
    assert page.evaluate("navigator.clipboard.readText()") == r"\left(A + A^{\top}\right) x"
    page.click("#derivative .copy >> text=Unicode")
    assert page.evaluate("navigator.clipboard.readText()") == "(A + Aᵀ) x"


def test_the_keyboard_is_enough(page):
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "expression"
    page.keyboard.press("Control+a")
    page.keyboard.type("tr(A@X)")
    page.keyboard.press("Enter")
    settle(page)
    assert derivative(page) == "A.T" and "\n" not in page.input_value("#expression")
    page.focus("#tab-steps")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.id") == "tab-convexity"
    assert page.get_attribute("#tab-convexity", "aria-selected") == "true"
    page.keyboard.press("Home")
    assert page.is_visible("#panel-steps") and page.is_hidden("#panel-convexity")


def test_long_work_shows_its_progress_and_is_cancelled(server, page):
    workers = suspended(server)
    try:
        page.fill("#expression", "x.T@B@x")
        page.wait_for_selector("#progress:visible")
        assert page.locator("#progress-text").inner_text()
        page.keyboard.press("Escape")
        assert page.is_hidden("#progress") and "Cancelled" in page.inner_text("#mistake")
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    page.click("#mistake >> text=ask again")
    settle(page)
    assert derivative(page) == "(B + B.T)@x"


# -- what it looks like -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", [
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "x.T@A@x\u202e</textarea><b>",
    "\"'><svg onload=alert(1)>", r"\href{javascript:alert(1)}{x} + x^2", r"\text{<b>x</b>} x", "A" * 3000,
])
def test_hostile_text_is_shown_as_text(page, formula):
    before = page.evaluate("document.querySelectorAll('img, script, b, svg').length")
    write(page, formula)
    page.click("#tab-claim")
    write(page, formula, "#claim")
    page.click("#declarations summary")
    page.fill("#shape", formula)
    page.fill("#assume", formula)
    settle(page)
    assert page.evaluate("document.querySelectorAll('img, script, b, svg').length") == before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_and_the_dark(server, visit, width, scheme):
    page = visit(server.address, "#expression=norm(W2@tanh(W1@x) - y)**2&wrt=W1", color_scheme=scheme,
                 viewport={"width": width, "height": 800})
    for tab in ("claim", "code", "graph", "convexity", "steps"):
        page.click(f"#tab-{tab}")
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (int(re.findall(r"\d+", ground)[0]) < 128) is (scheme == "dark")
    page.select_option("#theme", "light")
    assert int(re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[0]) > 128


def test_all_that_can_be_used_has_a_name_for_those_who_listen(page):
    write(page, "x.T@A@x + c*sum(x)")
    nameless = page.evaluate("""
        [...document.querySelectorAll('input, select, textarea, button, summary, [role=tab], [role=tabpanel], img')]
            .filter((e) => !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.labels?.length
                || e.textContent.trim() || e.alt !== undefined || e.title))
            .map((e) => e.outerHTML)""")
    assert nameless == []
    assert page.locator("#derivative math").count(), "formulas are MathML, too"
    assert page.get_attribute("#derivative", "aria-live") == "polite"


# -- the static site --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The address of an export, with Pyodide from npm."""
    folder = tmp_path_factory.mktemp("export")
    subprocess.run(["npm", "pack", "--silent", f"pyodide@{PYODIDE}"], cwd=folder, check=True, capture_output=True)
    shutil.unpack_archive(next(folder.glob("*.tgz")), folder, filter="data")
    export(folder / "site", folder / "package")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder / "site")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_static_site_answers_in_the_browser(site, visit):
    page = visit(site)
    page.wait_for_selector("#check .good")
    write(page, "x.T@A@x")
    page.wait_for_selector("#derivative .correct")
    assert derivative(page) == "(A + A.T)@x" and page.locator("#check .good").count() == 1
    page.click("#all-steps")
    assert page.locator("#panel-steps li:visible").count() == 2
    for tab, found in [("code", "#code pre"), ("graph", "#graph img"), ("convexity", "#panel-convexity h3")]:
        page.click(f"#tab-{tab}")
        page.wait_for_selector(found)
    page.click("#tab-claim")
    write(page, "2*A@x", "#claim")
    page.wait_for_selector("#verdict .wrong")
    write(page, "x.T@A@x + lgdet(X)")
    page.wait_for_selector("#mistake .place")
    assert page.inner_text("#where").startswith("Answers are computed in this browser")


def test_the_static_site_cancels_what_takes_long(site, visit):
    page = visit(site)
    page.wait_for_selector("#check .good")
    page.fill("#expression", "sum(" + " + ".join(f"matpow(X@Y, {n})" for n in range(7, 16)) + ")")
    page.wait_for_selector("#progress:visible")
    page.keyboard.press("Escape")
    assert page.is_hidden("#progress")
    write(page, "tr(X)")
    page.wait_for_selector("#derivative:has-text('denominator')")
    until(lambda: derivative(page) == "eye(n)")
