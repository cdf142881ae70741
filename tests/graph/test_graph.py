"""The computational graph: its nodes, DOT read by a small parser, Mermaid line by line, SVG by its geometry."""

import itertools
import random
import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from command_line import matcalc_here, terminal
from corpus_entries import QUESTIONS
from random_expressions import ASSUME, SHAPES, Generator
from tables import every_row

import matcalc
from matcalc.graph.costs import products_text
from matcalc.graph.layering import isotonic

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
# a function of which only the differential is known that commutes with its argument
COMMUTING = """
power(X: n,n) -> n,n
    scalar    exp(X)
    commutes with transpose
    matrix function
    commuting power(X) = power(X) @ dX
    torch     torch.linalg.matrix_exp(X)
    source    Higham (2008), Functions of Matrices, 3.2
"""


def graph_of(text, wrt=None, **options):
    return matcalc.parse(text, **options).graph(wrt)


SAMPLES = [
    ("norm(A@x - b)**2", "x", {}),
    ("x.T@A@x + detach(x).T@x", "x", {}),
    ("x", "x", {}),
    ("2 + 3", None, {}),
    ("(eye(n) - ones(n, n)/n)@x", "x", {}),
    ('norm(X, "fro") + norm(X, 1)', "X", {}),
    ("tr(expm(X)@X)", "X", {}),
    ("tr(expm(z*A))", "z", {"shapes": {"z": ()}}),
    ("softmax(W@x)*x.T@x", "x", {}),
    ("detach(A@x)", "x", {}),
    ("(x*x).T@(x*x) + sum(x*x)", "x", {}),
    ("norm(W2@tanh(W1@x + b1) - y)**2 + lam*(norm(W1)**2 + norm(W2)**2)", "W1", {}),
]


# -- nodes ------------------------------------------------------------------------------------------------------


def test_a_node_for_every_distinct_operation():
    graph = graph_of("exp(A@x).T@exp(A@x) + sum(A@x)")
    assert [str(node) for node in graph.nodes] == [
        "A",
        "x",
        "v1 = A@x",
        "v2 = exp(v1)",
        "v3 = v2.T",
        "v4 = v3@v2",
        "v5 = sum(v1)",
        "v6 = v4 + v5",
    ]
    assert graph.result == "v6"
    assert graph["v4"].operands == ("v3", "v2")
    assert graph.edges.count(("v1", "v2")) == 1
    assert str(graph).splitlines()[0] == "v1 = A@x"


def test_what_a_node_knows():
    graph = graph_of("norm(A@x - b)**2")
    node = graph["v1"]
    assert (node.operation, node.kind, node.shape, node.operands) == ("@", "operation", ("m", 1), ("A", "x"))
    assert (node.varies, node.active, node.cut) == (True, True, False)
    assert products_text(node.cost) == "m*n"
    assert "Matrix Cookbook (37)" in node.rule.source
    assert [n.name for n in graph.nodes if n.kind == "constant"] == ["2"]
    assert graph["v3"].rule.name == "norm"
    assert not graph["A"].varies and graph["x"].varies


@every_row(
    ("text", "constants"),
    [
        ("x.T@eye(n)@x/n", ["n", "eye(n)"]),
        ("(2/3)*x.T@x + 2*pi", ["2/3", "2*pi"]),
        ("(eye(n) - ones(n, n)/n)@x", ["eye(n) - ones(n, n)/n"]),
        ("sum(x, axis=0)", []),
        ('norm(A@x, "fro")', []),
        ("e(0, n).T@x", ["e(0, n).T"]),
        ("tr(matpow(A, 3))*x.T@x", ["3"]),
    ],
)
def test_what_is_made_of_numbers_and_sizes_alone_is_one_constant(text, constants):
    assert [node.name for node in graph_of(text, "x").nodes if node.kind == "constant"] == constants


def test_detach_cuts():
    graph = graph_of("detach(exp(x)).T@x")
    assert {node.name for node in graph.nodes if node.cut} == {"v2"}
    assert {node.name for node in graph.nodes if node.varies} == {"x", "v1", "v4"}
    assert {node.name for node in graph.nodes if node.active} == {"x", "v4"}


@pytest.mark.parametrize(
    ("text", "first"),
    [("v1*x", "w1"), ("v2_bar*x", "w1"), ("d_v7*x", "w1"), ("v*x", "v1"), ("v1*w1*z1*u1*t1*x", "node_1")],
)
def test_the_names_of_nodes_collide_with_no_name(text, first):
    assert graph_of(text, "x").operations[0].name == first


def test_the_variable_is_found_as_diff_finds_it():
    assert graph_of("norm(X@w - y)**2").variable == "X"
    assert graph_of("2 + 3").variable is None
    assert matcalc.diff("norm(X@w - y)**2", "w").graph().variable == "w"
    with pytest.raises(matcalc.UnknownNameError, match="differentiate by what"):
        graph_of("u.T@A@v")
    with pytest.raises(matcalc.UnknownNameError, match="no variable 'q'"):
        graph_of("u.T@A@v", "q")


@every_row("entry", QUESTIONS[::4], ids=lambda entry: entry["id"])
def test_the_operations_of_the_corpus_are_the_expression(entry):
    """Inserted in one another, the operations give the expression back; their shapes are those of the language."""
    expression = matcalc.parse(entry["expr"], shapes=entry["shapes"], assume=entry.get("assume"))
    graph = expression.graph(entry["wrt"] if entry["wrt"] in expression.shapes else None)
    assert graph[graph.result].shape == expression.shape
    text, names = graph.result, {node.name: node for node in graph.operations}
    while found := [name for name in re.findall(r"[A-Za-z_]\w*", text) if name in names]:
        text = re.sub(rf"\b{found[0]}\b", lambda _: f"({names[found[0]].text})", text, count=1)
    again = matcalc.parse(text, shapes=expression.shapes, assume=entry.get("assume"))
    assert again == expression


# -- DOT --------------------------------------------------------------------------------------------------------

DOT_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(->|[{}\[\];,=])|([A-Za-z_]\w*))')


def read_dot(text):
    """Return ({node: attributes}, [(tail, head, attributes)]) of a digraph; fails where it is not well formed."""
    tokens, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = DOT_TOKEN.match(text, place)
        assert match, text[place : place + 40]
        place = match.end()
        tokens.append((("string", "sign", "id")[match.lastindex - 1], match[match.lastindex]))
    assert tokens[:2] == [("id", "digraph"), ("sign", "{")] and tokens[-1] == ("sign", "}")
    nodes, edges, statement = {}, [], []
    for token in tokens[2:-1]:
        if token != ("sign", ";"):
            statement.append(token)
            continue
        read_statement(statement, nodes, edges)
        statement = []
    assert not statement
    return nodes, edges


def read_statement(tokens, nodes, edges):
    names = [tokens.pop(0)[1]]
    if tokens[:1] == [("sign", "=")]:
        return
    if tokens[:1] == [("sign", "->")]:
        names.append(tokens[1][1])
        del tokens[:2]
    attributes = {}
    if tokens:
        assert tokens.pop(0) == ("sign", "[") and tokens.pop() == ("sign", "]")
        for index in range(0, len(tokens), 4):
            (kind, name), equals, (other, value) = tokens[index : index + 3]
            assert (kind, equals, other) == ("id", ("sign", "="), "string")
            attributes[name] = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value).replace("&amp;", "&")
            assert tokens[index + 3 : index + 4] in ([], [("sign", ",")])
    if len(names) == 2:
        edges.append((*names, attributes))
    elif names[0] not in ("node", "edge"):
        nodes[names[0]] = attributes


@every_row("adjoints", [False, True])
@every_row(("text", "wrt", "options"), SAMPLES)
def test_dot(text, wrt, options, adjoints):
    graph = graph_of(text, wrt, **options)
    nodes, edges = read_dot(graph.dot(adjoints, sources=adjoints))
    labels = {key: value["label"].split("\n")[0] for key, value in nodes.items()}
    assert sorted(labels.values()) == sorted(map(str, graph.nodes))
    shown = {text.partition(" = ")[0]: key for key, text in labels.items()}
    solid = [(tail, head) for tail, head, look in edges if look.get("style") != "dashed"]
    assert solid == [(shown[tail], shown[head]) for tail, head in graph.edges]
    assert not any(look.get("style") == "dashed" for *_, look in edges) or adjoints


def test_the_adjoints_in_dot():
    _, edges = read_dot(graph_of("norm(A@x - b)**2").dot(adjoints=True))
    back = {look["label"] for *_, look in edges if look.get("style") == "dashed"}
    assert back == {"2*v3*v4_bar", "v3_bar*v2/v3", "v2_bar", "A.T@v1_bar"}


def test_a_cut_edge_in_dot():
    nodes, edges = read_dot(graph_of("detach(x).T@x").dot(adjoints=True))
    cut = [look for *_, look in edges if look.get("label") == "cut"]
    assert len(cut) == 1 and cut[0]["arrowhead"] == "tee"
    assert [value["style"] for value in nodes.values() if "style" in value] == ["dashed"]


# -- Mermaid ----------------------------------------------------------------------------------------------------

MERMAID = [
    re.compile(r"flowchart TD"),
    re.compile(r"  accTitle: .+"),
    re.compile(r'  n\d+(?:\["[^"]*"\]|\(\["[^"]*"\]\)|\("[^"]*"\))'),
    re.compile(r'  n\d+ (?:-->|-\. "[^"]*" \.-[>x]) n\d+'),
    re.compile(r"  (?:classDef varies|class n\d+(?:,n\d+)* varies|linkStyle \d+(?:,\d+)* stroke:).*"),
]


@every_row("adjoints", [False, True])
@every_row(("text", "wrt", "options"), SAMPLES)
def test_mermaid(text, wrt, options, adjoints):
    graph = graph_of(text, wrt, **options)
    lines = graph.mermaid(adjoints, sources=adjoints).splitlines()
    for line in lines:
        assert any(form.fullmatch(line) for form in MERMAID), line
    labels = [re.search(r'"([^"]*)"', line)[1] for line in lines if re.match(r"  n\d+[(\[]", line)]
    shown = [re.sub(r"#(\d+);", lambda m: chr(int(m[1])), label).split("<br/>")[0] for label in labels]
    assert shown == [str(node) for node in graph.nodes]
    assert not re.search(r"[@*()#;\"]", re.sub(r"#\d+;|<br/>", "", "".join(labels)))
    assert sum(" --> " in line or ' "cut" ' in line for line in lines) == len(graph.edges)


# -- SVG --------------------------------------------------------------------------------------------------------


def numbers(element, *names):
    return [float(element.get(name)) for name in names]


def picture(svg):
    """Return (root, rectangles, paths, texts) of a drawing: boxes as (x, y, width, height), paths as points."""
    root = ET.fromstring(svg)
    boxes = [numbers(r, "x", "y", "width", "height") for r in root.iter(f"{SVG}rect")]
    paths = []
    for path in root.iter(f"{SVG}path"):
        if "edge" in (path.get("class") or ""):
            points = path.get("d").removeprefix("M").split(" L")
            paths.append([tuple(map(float, point.split())) for point in points])
    return root, boxes, paths, list(root.iter(f"{SVG}text"))


def overlap(one, other):
    (x, y, width, height), (u, v, breadth, tallness) = one, other
    return x < u + breadth and u < x + width and y < v + tallness and v < y + height


def meets(start, end, box, inset=0.6):
    """Return whether a segment runs through the inside of a box (Liang & Barsky 1984)."""
    x, y, width, height = box[0] + inset, box[1] + inset, box[2] - 2 * inset, box[3] - 2 * inset
    (a, b), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    low, high = 0.0, 1.0
    for step, distance in ((-dx, a - x), (dx, x + width - a), (-dy, b - y), (dy, y + height - b)):
        if not step:
            if distance < 0:
                return False
        elif step < 0:
            low = max(low, distance / step)
        else:
            high = min(high, distance / step)
    return low < high


def assert_readable(svg):
    root, boxes, paths, texts = picture(svg)
    for one, other in itertools.combinations(boxes, 2):
        assert not overlap(one, other)
    for path in paths:
        for start, end in itertools.pairwise(path):
            assert not any(meets(start, end, box) for box in boxes), path
    left, top, width, height = map(float, root.get("viewBox").split())
    (margin, _), points = (16, 16), [point for path in paths for point in path]
    corners = [(x, y) for x, y, _, _ in boxes] + [(x + w, y + h) for x, y, w, h in boxes]
    for x, y in [*points, *corners]:
        assert left <= x + margin <= left + width and top <= y + margin <= top + height
    for text in texts:
        length, x = float(text.get("textLength")), float(text.get("x"))
        start = x - length / 2 if text.get("text-anchor") == "middle" else x
        assert any(bx <= start and start + length <= bx + w for bx, _, w, _ in boxes)
    assert root.find(f"{SVG}title").text and root.find(f"{SVG}desc").text


@every_row("adjoints", [False, True])
@every_row(("text", "wrt", "options"), SAMPLES)
def test_svg_is_well_formed_and_nothing_overlaps(text, wrt, options, adjoints):
    graph = graph_of(text, wrt, **options)
    svg = graph.svg(adjoints, sources=adjoints)
    assert_readable(svg)
    root, boxes, paths, _ = picture(svg)
    shown = {title.text for title in root.iter(f"{SVG}title")}
    assert set(map(str, graph.nodes)) <= shown
    assert len(boxes) >= len(graph.nodes)
    assert len(paths) >= len(graph.edges)


def test_random_drawings_are_readable():
    print("seed 31")
    for number in range(60):
        rng = random.Random(31 + number)
        text, _ = Generator(rng).draw(rng.randint(2, 5))
        expression = matcalc.parse(text, shapes=SHAPES, assume=ASSUME)
        if expression.shapes:
            assert_readable(expression.graph(rng.choice(list(expression.shapes))).svg())


def test_a_node_that_is_used_twice_by_one_operation_has_two_edges():
    _, _, paths, _ = picture(graph_of("x*x", "x").svg())
    assert len(paths) == 2 and paths[0][-1] != paths[1][-1]


@pytest.mark.parametrize(
    "text",
    [
        " + ".join(f"sin({number}*x)" for number in range(400)),
        "tanh(" * 700 + "x" + ")" * 700,
        "@".join(["A"] * 700) + "@x",
    ],
    ids=["wide", "deep", "long edges"],
)
def test_large_graphs_are_drawn(text):
    graph = graph_of(text, "x", shapes={"x": ("n", 1)})
    svg = graph.svg()
    assert len(ET.fromstring(svg).findall(f".//{SVG}rect")) == len(graph.nodes) > 390
    assert len(svg) < 1000 * len(graph.nodes)
    assert graph.dot().count(" -> ") == len(graph.edges)
    assert graph.mermaid().count(" --> ") == len(graph.edges)


def test_isotonic_regression():
    assert isotonic([3.0, 1.0, 2.0, 5.0]) == [2.0, 2.0, 2.0, 5.0]
    assert isotonic([]) == []
    print("seed 5")
    rng = random.Random(5)
    for _ in range(50):
        values = [rng.uniform(-3, 3) for _ in range(rng.randint(1, 12))]
        found = isotonic(values)
        assert all(a <= b for a, b in itertools.pairwise(found))
        assert abs(sum(found) - sum(values)) < 1e-9
        assert all(abs(sum(f * (v - f) for v, f in zip(values, found))) < 1e-9 for _ in (0,))


# -- the command line -------------------------------------------------------------------------------------------


def test_a_pipe_gets_dot():
    done = matcalc_here("graph", "norm(A@x - b)**2")
    assert done.exit_code == 0
    nodes, edges = read_dot(done.stdout)
    assert len(nodes) == 8 and len(edges) == 7


@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        (".svg", "<svg "),
        (".dot", "digraph"),
        (".gv", "digraph"),
        (".mmd", "flowchart"),
        (".txt", "node"),
        ("", "digraph"),
    ],
)
def test_the_suffix_of_the_file_says_the_format(tmp_path, suffix, start):
    path = tmp_path / f"graph{suffix}"
    path.write_text("what was there before, which is longer than nothing", encoding="utf-8")
    done = matcalc_here("graph", "x.T@x", "--output", str(path))
    assert (done.exit_code, done.output) == (0, "")
    assert path.read_text(encoding="utf-8").startswith(start)
    done = matcalc_here("graph", "x.T@x", "--output", str(path), "--format", "mermaid")
    assert path.read_text(encoding="utf-8").startswith("flowchart")


def test_a_terminal_shows_the_table():
    code, shown = terminal("graph", "norm(A@x - b)**2", "--adjoints")
    assert code == 0
    assert re.search(r"^v1 = A@x +m×1 +m\*n +varies$", shown, re.MULTILINE)
    assert re.search(r"^x_bar = A\.T@v1_bar +n×1 +m\*n +through v1 = A@x$", shown, re.MULTILINE)


@every_row(
    ("args", "message", "code"),
    [
        ("", "an expression is missing", 2),
        ("x.T@", "an operand is missing", 2),
        ("u.T@A@v", "differentiate by what?", 2),
        ("x.T@x --wrt z", "no variable 'z'", 2),
        ("x.T@x --format png", "unknown format 'png'", 2),
        ("x.T@x --output /nowhere/at/all.svg", "cannot be written: No such file", 2),
        ("x.T@x --output .", "cannot be written: Is a directory", 2),
        ("x.T@x --adjoint", "no such option '--adjoint'", 2),
    ],
)
def test_errors(args, message, code):
    done = matcalc_here("graph", *shlex.split(args))
    assert message in done.stderr
    assert done.exit_code == code
    assert "Traceback" not in done.output


def test_an_operation_without_an_adjoint(tmp_path):
    path = tmp_path / "my.rules"
    path.write_text(COMMUTING, encoding="utf-8")
    args = ("graph", "sum(power(X)@A)", "--wrt", "X", "--rules", str(path))
    assert matcalc_here(*args).exit_code == 0
    done = matcalc_here(*args, "--adjoints")
    assert done.exit_code == 3
    assert "no closed form" in done.stderr and done.stdout == ""


def test_an_expression_from_stdin():
    assert matcalc_here("graph", "-", stdin="x.T@x\n").stdout == matcalc_here("graph", "x.T@x").stdout
    assert "2 expressions" in matcalc_here("graph", "-", stdin="x.T@x\nx\n").stderr
    assert "no expression" in matcalc_here("graph", "-", stdin="\n").stderr


def test_other_options_of_the_command():
    table = matcalc_here(
        "graph", "c*tr(A.T@A)", "--shape", "A: 3×4, c: scalar", "--wrt", "A", "--format", "text", "--sources"
    )
    assert "v2 = v1@A" in table.stdout and " 48 " in table.stdout and "Matrix Cookbook (37)" in table.stdout
    done = matcalc_here("graph", "x'*A*x", "--syntax", "matlab", "--format", "text")
    assert "v1 = x.T" in done.stdout and "read as MATLAB" in done.stderr


def test_the_drawing_in_the_documentation_is_up_to_date():
    page = (ROOT / "docs" / "graph.md").read_text(encoding="utf-8")
    commands = re.findall(r"matcalc (graph .*--output (images/\S+\.svg))", page)
    assert commands
    for command, name in commands:
        expression, *rest = shlex.split(command)[1:]
        drawn = matcalc_here("graph", expression, *rest[: rest.index("--output")], "--format", "svg").stdout
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == drawn, f"run matcalc {command} in docs/"
