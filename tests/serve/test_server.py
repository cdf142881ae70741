"""The server: who is answered, what is refused, and what becomes of workers that hang, die or are left alone."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from page_server import TOKEN, serving, stop, suspended, until
from tables import every_row

from matcalc.budget import Allowance
from matcalc.serve import pages
from matcalc.serve.pool import Pool, Size
from matcalc.serve.server import MAX_BODY

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def idle():
    """A server without workers: for what is answered without them."""
    server = serving(Pool(Size(waiting=0)))
    yield server
    stop(server)


@pytest.fixture(scope="module")
def server():
    """A server with two workers and a short budget, ready."""
    pool = Pool(Size(workers=2, patience=1.5))
    pool.start()
    server = serving(pool)
    until(lambda: pool.free == 2)
    yield server
    stop(server)
    assert pool.alive == []


def request(server, method="GET", path=f"/{TOKEN}/", body=None, **headers):
    """Return (status, headers, content) of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def post(server, record, **headers):
    headers = {"Content_Type": "application/json", **headers}
    return request(server, "POST", f"/{TOKEN}/answer", record if isinstance(record, bytes) else json.dumps(record),
                   **headers)


def ask(server, expression, parts=("derivative",), **question):
    """Return (status, answers) to a question."""
    status, _, content = post(server, {"question": {"expression": expression, **question}, "parts": list(parts)})
    return status, json.loads(content)["answers"] if status == 200 else content.decode()


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_and_its_files_are_served_with_a_strict_policy(idle):
    status, headers, content = request(idle)
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8" and b"<title>matcalc" in content
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
    assert headers["Referrer-Policy"] == "no-referrer" and headers["X-Content-Type-Options"] == "nosniff"
    for name in pages.names():
        status, headers, content = request(idle, path=f"/{TOKEN}/{name}")
        assert status == 200 and content and headers["Content-Type"] == pages.kind_of(name)


def test_all_that_the_page_loads_is_there_and_nothing_is_elsewhere():
    texts = {name: pages.content(name).decode() for name in pages.names() if name.endswith((".html", ".css", ".js"))}
    named = re.findall(r'(?:src|href)="([^"#]+)"', texts["index.html"])
    named += [f"katex/{name}" for name in re.findall(r"url\((fonts/[^)]+woff2)\)", texts["katex/katex.min.css"])]
    named += [name for text in texts.values() for name in re.findall(r'from "\./([^"]+)"', text)]
    assert len(named) > 25 and set(named) - pages.names() == {"pyodide/pyodide.mjs"}  # which an export adds
    ours = {name: text for name, text in texts.items() if not name.startswith("katex/")}
    for name, text in ours.items():
        assert not re.findall(r"(?:https?:)?//[a-z]+\.[a-z]", text), name
        assert "innerHTML" not in text and "insertAdjacentHTML" not in text and not re.search(r"\bon\w+=\"", text), name


def test_the_version_of_katex_is_the_one_that_is_named():
    version = re.search(r"KaTeX (\S+),", pages.content("katex/README.txt").decode())[1]
    assert f'version:"{version}"' in pages.content("katex/katex.min.js").decode() or \
        f'"{version}"' in pages.content("katex/katex.min.js").decode()
    assert b"MIT" in pages.content("katex/LICENSE.txt")


# -- who is answered --------------------------------------------------------------------------------------------------


@every_row("path", ["/", "/wrong/", "/wrong/answer", f"/{TOKEN[:-1]}/", f"/x/{TOKEN}/", "/%C3%A9/"])
def test_without_the_token_nothing_is_served(idle, path):
    for method in ("GET", "POST"):
        body = "{}" if method == "POST" else None
        status, headers, content = request(idle, method, path, body)
        assert status == 403 and b"token" in content and b"<" not in content
        assert "Content-Security-Policy" in headers


def test_the_token_without_a_slash_leads_to_the_page(idle):
    status, headers, _ = request(idle, path=f"/{TOKEN}")
    assert status == 308 and headers["Location"] == f"/{TOKEN}/"


@every_row("host", [
    "evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "[::1]", "localhost.evil:{port}",
])
def test_another_host_is_refused(idle, host):
    host = host.format(port=idle.server_port)
    assert request(idle, Host=host)[0] == 421
    assert post(idle, {}, Host=host)[0] == 421


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_this_machine_by_its_own_names_is_known(idle, host):
    assert request(idle, Host=host.format(port=idle.server_port))[0] == 200


def test_bound_to_all_addresses_it_is_known_by_numbers_and_by_names_that_were_allowed():
    server = serving(Pool(Size()), "0.0.0.0", ("bench",))
    try:
        port = server.server_port
        assert server.address == f"http://127.0.0.1:{port}/{TOKEN}/"
        assert request(server, Host=f"192.168.1.7:{port}")[0] == 200 and request(server, Host=f"bench:{port}")[0] == 200
        assert request(server, Host=f"evil.example:{port}")[0] == 421
    finally:
        stop(server)


@pytest.mark.parametrize("headers, status", [
    ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Content_Type": "text/plain"}, 415),
    ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
])
def test_questions_from_other_pages_are_refused(idle, headers, status):
    assert post(idle, {"question": {"expression": "x"}}, **headers)[0] == status


def test_the_pages_own_origin_is_known(idle):
    own = f"http://127.0.0.1:{idle.server_port}"
    assert post(idle, {"question": {"expression": "x"}}, Origin=own)[0] == 503  # and there is no place, see below


# -- what is refused --------------------------------------------------------------------------------------------------


@every_row("path", [
    "nothing.html", "../pool.py", "%2e%2e/pool.py", "..%2fpool.py", "katex/", "static/index.html",
    "katex/../../pool.py", "index.html%00", "//etc/passwd",
])
def test_only_files_of_the_page_are_served(idle, path):
    assert request(idle, path=f"/{TOKEN}/{path}")[0] == 404


@every_row("body", [
    b"", b"{", b"[]", b"3", b'{"question": 3}', b'{"question": {}, "parts": []}', b"[" * 50_000, b"\xff\xfe",
    b'{"question": {}, "parts": [1]}', b'{"question": {}, "parts": "derivative"}',
])
def test_what_is_no_question_is_refused(idle, body):
    status, headers, content = post(idle, body)
    assert status == 400 and headers["Content-Type"].startswith("text/plain") and content.endswith(b"\n")


def test_what_is_too_large_is_refused_and_the_sender_hears_it(idle):
    for size in (MAX_BODY + 1, 5 << 20):
        assert post(idle, b"x" * size)[0] == 413
    assert request(idle, path=f"/{TOKEN}/{'x' * 4000}")[0] == 414
    assert request(idle, path=f"/{TOKEN}/{'x' * 100_000}")[0] == 414
    assert request(idle, Cookie="x" * 100_000)[0] == 431


def test_a_question_needs_its_length(idle):
    head = f"POST /{TOKEN}/answer HTTP/1.1\r\nHost: 127.0.0.1:{idle.server_port}\r\n"
    with socket.create_connection(("127.0.0.1", idle.server_port)) as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode())
        assert b" 411 " in connection.recv(4096)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "CONNECT", "BREW"])
def test_other_methods_are_refused(idle, method):
    status, headers, content = request(idle, method)
    assert status == 501 and b"<" not in content and "Content-Security-Policy" in headers


def test_where_too_many_wait_another_question_is_refused(idle):
    status, _, content = post(idle, {"question": {"expression": "x.T@x"}})
    assert status == 503 and b"wait" in content


# -- answers ----------------------------------------------------------------------------------------------------------


def test_answers_come_together_or_line_by_line(server):
    status, found = ask(server, "x.T@A@x", ["reading", "derivative", "check"])
    assert status == 200 and list(found) == ["reading", "derivative", "check"]
    assert found["derivative"]["derivative"] == "(A + A.T)@x" and found["check"]["ok"]
    question = {"question": {"expression": "x.T@A@x"}, "parts": ["reading", "derivative", "steps"]}
    status, headers, content = post(server, question, Accept="application/x-ndjson")
    lines = [json.loads(line) for line in content.splitlines()]
    assert status == 200 and headers["Content-Type"] == "application/x-ndjson"
    assert [line["part"] for line in lines if "part" in line] == ["reading", "derivative", "steps"]
    assert {line["schema"] for line in lines} == {2}


def test_hostile_text_comes_back_as_data(server):
    hostile = "<script>alert(1)</script>\u202e\x00"
    status, headers, content = post(server, {"question": {"expression": hostile}, "parts": ["reading"]})
    assert status == 200 and headers["Content-Type"] == "application/json"
    record = json.loads(content)["answers"]["reading"]
    assert record["input"] == hostile and record["error"]["message"]


def test_a_question_cannot_bring_rules_or_files(server):
    assert "error" in ask(server, "x", rules="own.rules")[1]["question"]
    assert "error" in ask(server, str(ROOT / "README.md"), ["reading"])[1]["reading"]


def test_many_ask_at_once_and_everyone_gets_the_own_answer(server):
    with ThreadPoolExecutor(24) as threads:
        found = list(threads.map(lambda n: ask(server, f"{n}*x.T@x", ["derivative"]), range(2, 50)))
    assert [answers["derivative"]["derivative"] for _, answers in found] == [f"{2 * n}*x" for n in range(2, 50)]


def test_a_worker_that_has_spent_its_time_is_killed_and_replaced(server):
    old = suspended(server)
    status, found = ask(server, "x.T@x")
    (record,) = found.values()
    assert status == 200 and record["error"]["kind"] == "limit" and "1.5 seconds" in record["error"]["message"]
    assert ask(server, "x.T@x")[1][""]["error"]["kind"] == "limit"  # the other worker hangs, too
    until(lambda: server.pool.free == 2)
    assert not set(old) & set(server.pool.alive)
    assert ask(server, "x.T@A@x")[1]["derivative"]["derivative"] == "(A + A.T)@x"


def test_a_worker_that_is_killed_at_work_is_replaced_and_the_question_says_so(server):
    until(lambda: server.pool.free == 2)
    old, killed = server.pool.alive, []
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    body = json.dumps({"question": {"expression": "x.T@A@x"}, "parts": ["convexity"] * 20})
    connection.request("POST", f"/{TOKEN}/answer", body,
                       {"Content-Type": "application/json", "Accept": "application/x-ndjson"})
    for line in map(json.loads, connection.getresponse()):
        if "part" in line and not killed:
            killed = [os.kill(pid, signal.SIGKILL) for pid in old]
    connection.close()
    assert killed and line["part"] == "convexity"
    assert line["answer"]["error"]["kind"] == "limit" and "ended" in line["answer"]["error"]["message"]
    assert ask(server, "x.T@A@x")[1]["derivative"]["derivative"] == "(A + A.T)@x"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_before_it_begins_loses_no_question(server, moment):
    until(lambda: server.pool.free == 2)
    old = suspended(server)
    with ThreadPoolExecutor(1) as threads:
        if moment == "after":
            asked = threads.submit(ask, server, "x.T@A@x")
            until(lambda: server.pool.free == 1)
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        if moment == "before":
            asked = threads.submit(ask, server, "x.T@A@x")
        assert asked.result()[1]["derivative"]["derivative"] == "(A + A.T)@x"


def test_a_question_that_nobody_waits_for_gives_its_worker_back(server):
    until(lambda: server.pool.free == 2)
    body = json.dumps({"question": {"expression": "x.T@A@x"}, "parts": ["derivative"] * 20}).encode()
    lines = [f"POST /{TOKEN}/answer HTTP/1.1", f"Host: 127.0.0.1:{server.server_port}", f"Content-Length: {len(body)}",
             "Content-Type: application/json", "Accept: application/x-ndjson", "", ""]
    for _ in range(6):
        with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
            connection.sendall("\r\n".join(lines).encode() + body)
    assert ask(server, "x.T@x")[1]["derivative"]["derivative"] == "2*x"
    until(lambda: server.pool.free == 2)


def test_where_no_worker_can_be_started_the_question_says_so():
    pool = Pool(Size(workers=1, allowance=Allowance(memory=1)))
    server = serving(pool)
    try:
        pool.start()
        (record,) = ask(server, "x.T@x")[1].values()
        assert "no worker" in record["error"]["message"]
    finally:
        stop(server)


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_line_is_the_address_and_an_interrupt_ends_it(number):
    command = [sys.executable, "-m", "matcalc", "serve"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([\w-]{20,})/\n", address)
        connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=30)
        connection.request("GET", f"/{found[2]}/")
        assert connection.getresponse().read().startswith(b"<!doctype html>")
        connection.close()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and out == "" and "Traceback" not in err


def test_an_address_that_cannot_be_had_is_an_error_of_the_command():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "matcalc", "serve", "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("error: the page cannot be served at 127.0.0.1")
