// How the parts of an answer are shown: each function fills an element with one part.

import { copyButton, el, fill, math, pieces, recall, remember } from "./dom.js";
import { declaredOf } from "./state.js";

/** Return buttons for what one click changes; `apply(correction)` does it. */
function corrections(list, apply) {
  return list.map((correction) =>
    el("button", { type: "button", class: "correct", onclick: () => apply(correction) }, labelOf(correction)));
}

const BEFORE = { wrt: "by ", layout: "layout ", syntax: "read as ", order: "order " };

function labelOf(correction) {
  return correction.replace ? `write ${correction.value}` : (BEFORE[correction.option] ?? "") + correction.value;
}

/** Return an error as a box: what is wrong, the place, the hint, what one click mends. */
export function mistakeBox(text, answer, apply) {
  const { error } = answer, shown = answer.shown ?? {};
  const source = shown.source ?? text, span = shown.span ?? error.span;
  const box = el("div", { class: "box bad" }, el("p", { class: "what" }, error.message));
  if (span && source) box.append(place(source, span));
  const hint = (shown.hint ?? error.hint ?? "").replace(/--(shape|assume) /g, "").replace(/--(wrt|syntax|layout|structure|order) /g, "$1 ");
  if (hint) box.append(el("p", { class: "hint" }, `Hint: ${hint}`));
  const found = shown.corrections ?? [];
  if (found.length) box.append(el("p", { class: "buttons" }, ...corrections(found, apply)));
  return box;
}

/** Return the line of a text in which a span begins, with carets below the span. */
function place(source, [start, end]) {
  const characters = Array.from(source);
  const before = characters.slice(0, start).lastIndexOf("\n") + 1;
  const after = characters.indexOf("\n", start);
  const left = Math.max(before, start - 60), right = Math.min(after < 0 ? characters.length : after, start + 60);
  const carets = "^".repeat(Math.max(1, Math.min(end, right) - start));
  const line = (left > before ? "…" : "") + characters.slice(left, right).join("");
  const indent = " ".repeat(start - left + (left > before ? 1 : 0));
  return el("pre", { class: "place", "aria-hidden": "true" }, `${line}\n${indent}${carets}`);
}

// -- reading -----------------------------------------------------------------------------------------------------------

const NOTATIONS = { matlab: "MATLAB", latex: "LaTeX", python: "Python", unicode: "Unicode" };

/** Show how the text was read: the formula, and the notation it was found in. */
export function showReading(element, answer) {
  const { shown } = answer;
  if (shown.matrix) return fill(element, shown.latex ? el("div", { class: "scroll" }, math(shown.latex, true)) : null, el("p", { class: "muted" }, `A matrix of numbers, ${shown.shape}`));
  const formula = shown.latex === null ? el("p", { class: "muted" }, "Too long to be typeset") : math(`${shown.letter} = ${shown.latex}`, true);
  const read = NOTATIONS[shown.syntax];
  fill(element, el("div", { class: "scroll" }, formula),
    el("p", { class: "muted" }, read ? `read as ${read}: ` : "", read ? el("code", {}, shown.read_as) : null, read ? " · " : "", `${shown.shape}`));
}

/** Show every name with its shape; each opens to declare it otherwise. `act(name, what, value)` does so. */
export function showNames(element, names, state, wrt, act) {
  const open = new Set([...element.querySelectorAll("details[open]")].map((details) => details.dataset.name));
  fill(element, ...names.map((name) => el("li", {}, nameChip(name, state, wrt, act, open.has(name.name)))));
}

function nameChip(name, state, wrt, act, open) {
  const shape = el("input", { value: declaredOf(state.shape, name.name), placeholder: name.shape, size: "10", "aria-label": `Shape of ${name.name}`, spellcheck: "false", autocapitalize: "off" });
  shape.addEventListener("change", () => act(name.name, "shape", shape.value.trim()));
  const declared = new Set(declaredOf(state.assume, name.name).split(/\s+/));
  const facts = name.possible.map((fact) => {
    const box = el("input", { type: "checkbox" });
    box.checked = declared.has(fact);
    box.addEventListener("change", () => act(name.name, box.checked ? "assume" : "forget", fact));
    return el("label", { class: "check" }, box, ` ${fact}`);
  });
  const said = [name.guess === "a row" ? `a row, ${name.shape}` : name.shape, ...name.facts].join(", ");
  const details = el("details", { class: "name", "data-name": name.name },
    el("summary", { "aria-label": `${name.name}: ${said}${name.name === wrt ? ", the variable" : ""}` },
      math(name.latex), el("span", { class: "muted" }, ` ${said}`), name.guess ? el("span", { class: "guess", title: "guessed" }, "?") : null),
    el("div", { class: "pop" },
      name.name === wrt ? el("p", { class: "muted" }, "differentiated by this name")
        : el("button", { type: "button", onclick: () => act(name.name, "wrt", "") }, `differentiate by ${name.name}`),
      el("p", { class: "kinds" }, "as ", ...["scalar", "n", "n×n", "n×m"].map((kind) =>
        el("button", { type: "button", onclick: () => act(name.name, "shape", kind) }, { scalar: "a number", n: "a column", "n×n": "a square matrix", "n×m": "a matrix" }[kind]))),
      el("label", {}, "shape ", shape),
      el("fieldset", {}, el("legend", {}, "assume"), ...facts)));
  details.open = open;
  if (name.name === wrt) details.classList.add("variable");
  return details;
}

/** Show notes on the reading, each with what one click corrects. */
export function showNotes(element, notes, apply) {
  fill(element, ...notes.map((note) => el("p", { class: "box note" }, note.text, " ",
    ...corrections(note.corrections, apply))));
}

// -- derivative --------------------------------------------------------------------------------------------------------

/** Show the derivative, the conditions, what would make it shorter, and buttons to copy it. */
export function showDerivative(element, answer, apply, link) {
  const { shown } = answer;
  const formula = shown.latex === null
    ? el("pre", { class: "long" }, shown.text)
    : el("div", { class: "scroll main-formula", tabindex: "0", role: "group", "aria-label": `Derivative: ${shown.unicode}` }, math(`${shown.left} = ${shown.short}`, true));
  const with_ = (shown.definitions ?? []).length ? el("p", { class: "scroll" }, "with ", ...shown.definitions.flatMap((text, i) => [i ? ", " : "", math(text)])) : null;
  const parts = [shown.shape, shown.layout, `by ${answer.wrt}`].filter(Boolean);
  const where = shown.where.length ? el("p", {}, "where ", ...shown.where.flatMap((condition, i) => [i ? ", " : "", pieces(condition)])) : null;
  const everywhere = shown.everywhere ? el("p", { class: "muted" }, "everywhere: ", el("code", {}, shown.everywhere)) : null;
  const symmetric = shown.symmetric ? el("p", { class: "box note" }, `with ${shown.symmetric.name} symmetric: `, math(shown.symmetric.latex), " ",
    ...shown.symmetric.corrections.map((c) => el("button", { type: "button", class: "correct", onclick: () => apply(c) }, `assume ${c.value}`))) : null;
  fill(element, formula, with_, el("p", { class: "muted" }, parts.join(", ")), where, everywhere,
    el("div", { id: "check", class: "check-lines", role: "status" }, el("p", { class: "muted" }, "being checked …")), symmetric,
    el("p", { class: "buttons" }, el("span", { class: "muted" }, "Copy "),
      shown.latex === null ? null : copyButton("LaTeX", () => shown.latex),
      copyButton("Unicode", () => shown.unicode), copyButton("text", () => shown.text, "the text that matcalc reads"),
      shown.typst ? copyButton("Typst", () => shown.typst) : null,
      copyButton("link", link, "a link to this question")));
}

/** Show the verdict of both checks. */
export function showCheck(element, answer) {
  fill(element, ...answer.shown.lines.map((line) => verdictLine(line.ok, line.text)),
    answer.shown.detail ? el("pre", {}, answer.shown.detail) : null);
}

function verdictLine(ok, text) {
  const [sign, kind, word] = ok ? ["✓", "good", "passed"] : ok === false ? ["✗", "wrong", "failed"] : ["–", "open", "not decided"];
  return el("p", { class: `verdict ${kind}` }, el("span", { class: "sign", role: "img", "aria-label": word }, sign), ` ${text}`);
}

// -- steps -------------------------------------------------------------------------------------------------------------

/** Show the derivation, one line after the other. */
export function showSteps(element, answer) {
  const steps = answer.shown.steps;
  if (!steps.length) return fill(element, el("p", { class: "muted" }, "The derivative is too long for its derivation to be typeset."));
  const items = steps.map(stepItem), list = el("ol", { class: "steps" }, ...items);
  const verdict = verdictLine(answer.shown.verdict.ok, answer.shown.verdict.text);
  const next = el("button", { type: "button", id: "next-step" }, "Next line");
  const all = el("button", { type: "button", id: "all-steps" }, "All lines");
  const again = el("button", { type: "button", id: "first-step" }, "From the start");
  const upTo = (count) => {
    items.forEach((item, index) => { item.hidden = index >= count; });
    const complete = count >= items.length;
    next.hidden = all.hidden = complete;
    again.hidden = !complete || items.length < 2;
    verdict.hidden = !complete;
    list.dataset.count = count;
  };
  const step = (count, focus) => { upTo(count); if (focus) items[Math.min(count, items.length) - 1].focus(); };
  next.addEventListener("click", () => {
    const count = Number(list.dataset.count) + 1;
    upTo(count);
    if (count >= items.length) items.at(-1).focus();
  });
  all.addEventListener("click", () => { remember("steps", "all"); step(items.length, true); });
  again.addEventListener("click", () => { remember("steps", "one"); step(1, true); });
  fill(element, list, el("p", { class: "buttons" }, next, all, again), verdict);
  upTo(recall("steps") === "all" ? items.length : 1);
}

function stepItem(step) {
  const rows = step.forms.map((form, index) => el("div", { class: "scroll" }, math(`${index ? "\\phantom{" + step.left + "}" : step.left} = ${form}`, true)));
  const named = step.definitions.length ? el("p", { class: "scroll" }, "with ", ...step.definitions.flatMap((d, i) => [i ? ", " : "", math(`${d.name} = ${d.latex}`)])) : null;
  return el("li", { tabindex: "-1", class: step.last ? "last" : "" }, ...rows, named,
    el("p", { class: "remark" }, pieces(step.remark), step.source && !step.last ? el("span", { class: "source" }, ` ${step.source}`) : null));
}

// -- claim, code, graph, convexity ------------------------------------------------------------------------------------

/** Show the verdict on a claim: the diagnosis, the counterexample, the mended formula. */
export function showClaim(element, answer, apply) {
  const { shown } = answer, found = answer.counterexample;
  const values = found && Object.entries(found).filter(([name]) => !["yours", "right"].includes(name));
  fill(element,
    verdictLine(answer.ok, shown.headline),
    shown.message ? el("p", { class: "diagnosis" }, shown.message) : null,
    ...answer.also.map((text) => el("p", {}, text)),
    shown.right && answer.ok !== true ? el("p", { class: "scroll" }, "right is ", math(shown.right.latex), " ", copyButton("copy", () => shown.right.text, "the right formula")) : null,
    shown.mended ? el("p", { class: "scroll" }, "your formula, mended: ", math(shown.mended.latex), " ",
      el("button", { type: "button", class: "correct", onclick: () => apply({ option: "claim", value: shown.mended.text }) }, "take it")) : null,
    found ? el("div", { class: "counterexample" }, el("p", {}, "The smallest counterexample:"),
      el("p", { class: "scroll" }, ...values.flatMap(([name, value], i) => [i ? ",  " : "", el("i", {}, name), " = ", math(matrix(value))])),
      el("p", { class: "scroll" }, "yours gives ", math(matrix(found.yours)), ", right is ", math(matrix(found.right)))) : null,
    ...shown.notes.map((note) => el("p", { class: "box note" }, note.text, " ", ...corrections(note.corrections, apply))));
}

function matrix(value) {
  if (value === null || value === undefined) return "\\text{no value}";
  if (!Array.isArray(value)) return String(value);
  const rows = value.map((row) => (Array.isArray(row) ? row.join(" & ") : String(row)));
  return `\\begin{bmatrix}${rows.join(" \\\\ ")}\\end{bmatrix}`;
}

/** Show code, with a button to copy it. */
export function showCode(element, answer) {
  fill(element, el("div", { class: "code-head" }, copyButton("copy", () => answer.code, "the code")),
    el("pre", { class: "code", tabindex: "0", "aria-label": `Code for ${answer.target}` }, answer.code));
}

/** Show the drawing of the computational graph. */
export function showGraph(element, answer) {
  const address = URL.createObjectURL(new Blob([answer.svg], { type: "image/svg+xml" }));
  const title = "Computational graph";
  const old = element.querySelector("img");
  if (old) URL.revokeObjectURL(old.src);
  fill(element, el("div", { class: "scroll drawing", tabindex: "0", role: "group", "aria-label": title }, el("img", { src: address, alt: `${title}: ${answer.text}` })),
    el("p", { class: "buttons" }, copyButton("copy SVG", () => answer.svg, "the drawing"), el("a", { href: address, download: "graph.svg", class: "button" }, "save")));
}

/** Show what is known of convexity, sign or definiteness. */
export function showConvexity(element, answer) {
  if (!answer.verdicts.length) return fill(element, el("p", { class: "muted" }, "Convexity is that of a scalar function, definiteness that of a square matrix; this is neither."));
  fill(element, ...answer.verdicts.map((verdict) => el("article", { class: "verdicts" },
    el("h3", {}, { convex: "Convexity", definite: "Definiteness", sign: "Sign" }[verdict.kind], ": ", el("strong", {}, verdict.verdict)),
    el("p", { class: "scroll" }, pieces(verdict.headline)),
    ...verdict.details.map((line) => el("p", { class: "scroll" }, pieces(line))),
    verdict.proof.length ? el("ol", { class: "proof" }, ...verdict.proof.map((step) =>
      el("li", {}, el("div", { class: "scroll" }, pieces(step.claim)), el("p", { class: "remark" }, step.reason, el("span", { class: "source" }, ` ${step.source}`))))) : null,
    verdict.check === null ? null : verdictLine(verdict.check, verdict.proof.length ? "every step holds at random points" : "the certificate was verified"),
    ...verdict.notes.map((note) => el("p", { class: "box note" }, note.text)))));
}
