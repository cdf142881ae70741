"""The tools as a client of the protocol sees them: a server process of its own, and answers equal to ``--json``'s."""

import json
import subprocess
import sys

import anyio
import pytest
from command_line import matcalc_here
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from matcalc.agents.server import make_server
from matcalc.agents.tools import TOOLS


def asked(server, *questions):
    """Return the results of some calls (tool, arguments) within one connection."""

    async def ask():
        async with Client(server) as client:
            return [await client.call_tool(tool, arguments) for tool, arguments in questions]

    return anyio.run(ask)


def answer(tool, **arguments):
    (found,) = asked(make_server(), (tool, arguments))
    assert json.loads(found.content[0].text) == found.structured_content
    return found


def as_json(*arguments):
    return json.loads(matcalc_here(*arguments, "--json").stdout)


def test_a_process_answers_a_client():
    server = stdio_client(StdioServerParameters(command=sys.executable, args=["-m", "matcalc", "mcp"]))
    first, second = asked(
        server, ("differentiate", {"expression": "x.T@A@x"}), ("differentiate", {"expression": "lgdet(X)"})
    )
    assert first.structured_content["derivative"] == "(A + A.T)@x"
    assert first.structured_content["exact"]["ok"] and first.structured_content["check"]["ok"]
    assert second.is_error and second.structured_content["error"]["hint"] == "did you mean 'logdet'?"


@pytest.mark.parametrize(("tool", "arguments", "command"), [
    ("differentiate", {"expression": "norm(X@w - y)**2/n", "wrt": "w"}, ["diff", "norm(X@w - y)**2/n", "--wrt", "w"]),
    ("differentiate", {"expression": "x.T@A@x", "order": 2, "assume": "A symmetric", "layout": "num"},
     ["diff", "x.T@A@x", "--order", "2", "--assume", "A symmetric", "--layout", "num"]),
    ("check_claim", {"expression": "x.T@A@x", "claim": "2*A@x"}, ["check", "x.T@A@x", "--claim", "2*A@x"]),
    ("steps", {"expression": r"\|A x - b\|^2", "wrt": "x"}, ["steps", r"\|A x - b\|^2", "--wrt", "x"]),
    ("definite", {"expression": "[[2, 1], [1, 3]]"}, ["definite", "[[2, 1], [1, 3]]"]),
    ("convex", {"expression": "logsumexp(A@x)", "wrt": "x"}, ["convex", "logsumexp(A@x)", "--wrt", "x"]),
])  # fmt: skip
def test_an_answer_is_that_of_json(tool, arguments, command):
    found = answer(tool, **arguments)
    assert not found.is_error
    assert found.structured_content == as_json(*command)


def test_code_runs():
    found = answer("code", expression="norm(A@x - b)**2", wrt="x", target="numpy").structured_content
    assert found["target"] == "numpy" and "def " in found["code"]


@pytest.mark.parametrize(("tool", "arguments", "kind", "span"), [
    ("differentiate", {"expression": "A @ (x + b"}, "syntax", [4, 5]),
    ("differentiate", {"expression": "A@y + b", "shape": "A: m×n, y: m"}, "shape", [0, 3]),
    ("differentiate", {"expression": "x.T@x", "layout": "sideways"}, "argument", None),
    ("differentiate", {"expression": "x.T@x", "shape": "A: m n"}, "shape", [0, 6]),
    ("check_claim", {"expression": "x.T@x", "claim": "2*"}, "syntax", [1, 2]),
    ("code", {"expression": "x.T@x", "orders": "7"}, "argument", None),
    ("convex", {"expression": ""}, "argument", None),
])  # fmt: skip
def test_an_error_is_data_with_its_place(tool, arguments, kind, span):
    found = answer(tool, **arguments)
    error = found.structured_content["error"]
    assert found.is_error and error["kind"] == kind, error
    assert error["hint"] and error["span"] == span


def test_arguments_of_the_wrong_kind_are_refused_by_the_schema():
    (found,) = asked(make_server(), ("differentiate", {"expression": "x.T@x", "order": "second"}))
    assert found.is_error and "order" in found.content[0].text


def test_all_tools_only_read_and_say_what_they_take():
    async def tools():
        async with Client(make_server()) as client:
            return (await client.list_tools()).tools

    listed = anyio.run(tools)
    assert {tool.name for tool in listed} == {*TOOLS}
    for tool in listed:
        assert tool.annotations.read_only_hint and not tool.annotations.destructive_hint
        assert tool.description and tool.input_schema["required"][0] == "expression"
        assert all("description" in member for member in tool.input_schema["properties"].values())


def test_help_needs_no_package():
    blocked = "import sys; sys.modules['mcp'] = None; from matcalc.command.main import main; main()"
    shown = subprocess.run([sys.executable, "-c", blocked, "mcp", "--help"], capture_output=True, text=True)
    assert shown.returncode == 0 and "check_claim" in shown.stdout
    refused = subprocess.run([sys.executable, "-c", blocked, "mcp"], capture_output=True, text=True)
    assert refused.returncode == 4 and 'pip install "matcalc-sym[mcp]"' in refused.stderr
    assert "Traceback" not in refused.stderr
