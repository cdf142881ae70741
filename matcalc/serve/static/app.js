// The page: controls to question, question to answer, answer to what is shown.

import { copyButton, el, fill, math, recall, remember, say, span16 } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import * as show from "./show.js";
import { DEFAULTS, declare, fromFragment, toFragment, toggleFact, toQuestion, withdraw } from "./state.js";

const $ = (id) => document.getElementById(id);
const { ask, prepare, WHERE } = await import(`./transport-${document.querySelector("meta[name=transport]").content}.js`);

const TABS = ["steps", "claim", "code", "graph", "convexity"];
const TYPED = ["expression", "claim", "shape", "assume"], CHOSEN = ["wrt", "order", "syntax", "structure", "orders"], PICKED = ["layout", "target"];
const PANEL = { steps: "panel-steps", claim: "verdict", code: "code", graph: "graph", convexity: "panel-convexity" };
const SHOWN = { steps: show.showSteps, code: show.showCode, graph: show.showGraph, convexity: show.showConvexity };
const PAUSE = 200, QUIET = 350;

let state = fromFragment(location.hash);
let asking = null, timer = 0, done = new Set();

// -- controls ----------------------------------------------------------------------------------------------------------

function setControls() {
  for (const name of TYPED) if ($(name).value !== state[name]) $(name).value = state[name];
  for (const name of CHOSEN) setChosen(name);
  for (const name of PICKED) for (const input of document.querySelectorAll(`input[name=${name}]`)) input.checked = input.value === state[name];
  $("adjoints").checked = state.adjoints === "1";
  for (const id of ["expression", "claim"]) { grow($(id)); mark(id, null); }
  if (state.shape || state.assume || state.structure !== "free") $("declarations").open = true;
  setTabs();
}

function setChosen(name) {
  const select = $(name);
  if (![...select.options].some((option) => option.value === state[name])) select.append(el("option", { value: state[name] }, state[name]));
  select.value = state[name];
}

function setTabs() {
  if (!TABS.includes(state.tab)) state.tab = DEFAULTS.tab;
  for (const tab of TABS) {
    const on = tab === state.tab;
    $(`tab-${tab}`).setAttribute("aria-selected", on);
    $(`tab-${tab}`).tabIndex = on ? 0 : -1;
    $(`panel-${tab}`).hidden = !on;
  }
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

/** Underline a span of a field, in the field itself. */
function mark(id, span) {
  const backdrop = $(`${id}-field`).querySelector(".backdrop"), text = $(id).value;
  $(id).setAttribute("aria-invalid", span ? "true" : "false");
  if (!span) return fill(backdrop);
  const [start, end] = span16(text, span);
  fill(backdrop, text.slice(0, start), el("mark", {}, text.slice(start, Math.max(end, start + 1)) || " "), text.slice(end));
}

function change(changes, wait = 0) {
  state = { ...state, ...changes };
  history.replaceState(null, "", toFragment(state));
  setControls();
  askSoon(wait);
}

function apply(correction) {
  const { option, value } = correction;
  if (correction.replace) {
    const [start, end] = span16(state.expression, correction.replace);
    change({ expression: state.expression.slice(0, start) + value + state.expression.slice(end) });
    $("expression").focus();
  } else if (option === "shape" || option === "assume") change({ [option]: declare(state[option], value) });
  else change({ [option]: value });
}

function declareName(name, what, value) {
  if (what === "wrt" || what === "shape") closeNames(null);  // it is answered; of facts there may be several
  if (what === "wrt") change({ wrt: name });
  else if (what === "shape") change({ shape: value ? declare(state.shape, `${name}: ${value}`) : withdraw(state.shape, name) });
  else change({ assume: toggleFact(state.assume, name, value, what === "assume") });
}

// -- asking ------------------------------------------------------------------------------------------------------------

function askSoon(wait) {
  clearTimeout(timer);
  timer = setTimeout(() => askNow(["reading", "derivative", "check", state.tab]), wait);
}

async function askNow(parts) {
  asking?.abort();
  const whole = parts.includes("reading");
  if (whole) done = new Set();
  if (!state.expression.trim()) return clear();
  const wanted = parts.filter((part) => part !== "claim" || state.claim.trim());
  if (parts.includes("claim") && !state.claim.trim()) fill($("verdict"));
  if (!wanted.length) return;
  const mine = new AbortController(), began = performance.now();
  asking = mine;
  document.body.setAttribute("aria-busy", "true");
  const clock = setInterval(() => progress(null, (performance.now() - began) / 1000), 250);
  let last = null;
  const told = new Set();
  try {
    await ask(toQuestion(state), wanted, (line) => {
      if (mine.signal.aborted) return;
      if (line.progress) { last = line.progress; progress(last, (performance.now() - began) / 1000); return; }
      told.add(line.part);
      done.add(line.part);
      receive(line.part, line.answer);
    }, mine.signal);
    if (!mine.signal.aborted) settle(wanted, told);
  } catch (error) {
    if (!mine.signal.aborted) lost(error);
  } finally {
    clearInterval(clock);
    if (asking === mine) {
      asking = null;
      document.body.removeAttribute("aria-busy");
      $("progress").hidden = true;
    }
  }

  function progress(found, seconds) {
    if (asking !== mine || performance.now() - began < QUIET) return;
    const on = found ?? last;
    $("progress").hidden = false;
    if (on?.waiting) $("progress-text").textContent = `waiting for a worker, place ${on.waiting} in the queue`;
    else $("progress-text").textContent = `${on?.doing ?? "at work"}, ${seconds.toFixed(0)} s${on?.share ? `, ${Math.round(100 * on.share)} % of what it may take` : ""}`;
    const share = on?.share ?? null;
    if (share === null) $("bar").removeAttribute("value"); else $("bar").value = share;
  }
}

function receive(part, answer) {
  if (answer.error) return receiveError(part, answer);
  if (part === "reading") {
    fill($("mistake"));
    mark("expression", null);
    show.showReading($("reading"), answer);
    show.showNames($("names"), answer.shown.names, state, state.wrt, declareName);
    show.showNotes($("notes"), answer.shown.notes, apply);
    setVariables(answer.shown.names);
    names = answer.shown.names;
    if (answer.shown.matrix) { fill($("derivative")); if (state.tab !== "convexity") change({ tab: "convexity" }); }
  } else if (part === "derivative") {
    show.showDerivative($("derivative"), answer, apply, () => location.href);
    show.showNotes($("notes"), answer.shown.notes, apply);
    show.showNames($("names"), names, state, answer.wrt, declareName);
    say(`Derivative by ${answer.wrt}: ${answer.shown.unicode.slice(0, 200)}`);
  } else if (part === "check") { if ($("check")) show.showCheck($("check"), answer); }
  else if (part === "claim") { mark("claim", null); show.showClaim($("verdict"), answer, apply); }
  else SHOWN[part]?.($(PANEL[part]), answer);
}

let names = [];

function receiveError(part, answer) {
  const box = show.mistakeBox(state.expression, answer, apply);
  if (["reading", "derivative"].includes(part) && (state.wrt || state.shape || state.assume)) {
    const old = [state.wrt && `by ${state.wrt}`, state.shape, state.assume].filter(Boolean).join(", ");
    box.append(el("p", { class: "buttons" }, el("button", { type: "button", class: "forget", onclick: () => change({ wrt: "", shape: "", assume: "" }) }, `forget what was chosen: ${old}`)));
  }
  if (part === "reading" || part === "question" || !part) {
    fill($("mistake"), box);
    mark("expression", answer.error.span);
    for (const id of ["reading", "names", "notes", "derivative"]) fill($(id));
    for (const tab of TABS) fill($(PANEL[tab]));
  } else if (part === "derivative") {
    fill($("derivative"), box);
    mark("expression", answer.error.span);
    for (const tab of TABS) fill($(PANEL[tab]));
  } else if (part === "check") { if ($("check")) fill($("check"), box); }
  else if (part === "claim") {
    const own = answer.shown?.source === state.claim.trim() || answer.shown?.source === state.claim;
    if (own) mark("claim", answer.shown.span);
    fill($("verdict"), box);
  } else fill($(PANEL[part]), box);
}

/** What was asked for and has no answer, because what it rests on has none, is emptied. */
function settle(wanted, told) {
  for (const part of wanted) if (!told.has(part) && PANEL[part]) fill($(PANEL[part]));
}

function lost(error) {
  fill($("mistake"), el("div", { class: "box bad" }, el("p", {}, `No answer: ${error.message}`),
    el("p", { class: "buttons" }, el("button", { type: "button", onclick: () => askSoon(0) }, "ask again"))));
}

function clear() {
  for (const id of ["mistake", "reading", "names", "notes", "derivative", ...Object.values(PANEL)]) fill($(id));
  mark("expression", null);
}

function setVariables(list) {
  const select = $("wrt");
  fill(select, el("option", { value: "" }, "the usual name"), ...list.map((name) => el("option", { value: name.name }, name.name)));
  setChosen("wrt");
}

function cancel() {
  if (!asking) return;
  asking.abort();
  clearTimeout(timer);
  asking = null;
  $("progress").hidden = true;
  document.body.removeAttribute("aria-busy");
  if ($("check") && !done.has("check")) fill($("check"), el("p", { class: "muted" }, "not checked: cancelled"));
  say("cancelled");
  fill($("mistake"), el("div", { class: "box note" }, "Cancelled. ", el("button", { type: "button", onclick: () => askSoon(0) }, "ask again")));
}

// -- wiring ------------------------------------------------------------------------------------------------------------

function choose(tab, focus) {
  state.tab = tab;
  history.replaceState(null, "", toFragment(state));
  setTabs();
  if (focus) $(`tab-${tab}`).focus();
  if (tab === "claim") grow($("claim"));
  if (!done.has(tab)) askNow(asking ? ["reading", "derivative", "check", tab] : [tab]);
}

function wire() {
  for (const name of TYPED) {
    $(name).addEventListener("input", () => {
      state[name] = $(name).value;
      history.replaceState(null, "", toFragment(state));
      if ($(name).tagName === "TEXTAREA") { grow($(name)); mark(name, null); }
      clearTimeout(timer);
      timer = setTimeout(() => askNow(name === "claim" ? ["claim"] : ["reading", "derivative", "check", state.tab]), PAUSE);
    });
  }
  for (const name of CHOSEN) $(name).addEventListener("change", () => (name === "orders" ? changePart("code", { orders: $(name).value }) : change({ [name]: $(name).value })));
  for (const name of PICKED) {
    for (const input of document.querySelectorAll(`input[name=${name}]`)) {
      input.addEventListener("change", () => (name === "target" ? changePart("code", { target: input.value }) : change({ [name]: input.value })));
    }
  }
  $("adjoints").addEventListener("change", () => changePart("graph", { adjoints: $("adjoints").checked ? "1" : "" }));
  for (const [index, tab] of TABS.entries()) {
    $(`tab-${tab}`).addEventListener("click", () => choose(tab, false));
    $(`tab-${tab}`).addEventListener("keydown", (event) => {
      const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: TABS.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(TABS.at(to % TABS.length), true);
    });
  }
  for (const id of ["expression", "claim"]) {
    $(id).addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      askSoon(0);
    });
  }
  $("cancel").addEventListener("click", cancel);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { cancel(); closeNames(null); }
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); $("expression").focus(); }
  });
  document.addEventListener("click", (event) => {
    closeNames(event.target);
  });
  window.addEventListener("hashchange", () => { state = fromFragment(location.hash); setControls(); askSoon(0); });
  window.addEventListener("resize", () => { grow($("expression")); grow($("claim")); });
  $("theme").value = recall("theme") ?? "auto";
  $("theme").addEventListener("change", () => { remember("theme", $("theme").value); document.documentElement.dataset.theme = $("theme").value; });
}

/** Close what names have opened, but for the one in which something is; the keyboard stays where it was. */
function closeNames(within) {
  for (const open of document.querySelectorAll("details.name[open]")) {
    if (within && open.contains(within)) continue;
    if (open.contains(document.activeElement)) open.querySelector("summary").focus();
    open.open = false;
  }
}

function changePart(part, changes) {
  Object.assign(state, changes);
  history.replaceState(null, "", toFragment(state));
  askNow([part]);
}

function gallery() {
  fill($("examples"), ...EXAMPLES.map(([topic, list]) => el("section", {}, el("h3", {}, topic),
    el("div", { class: "cards" }, ...list.map((example) => {
      const { title, latex, ...question } = example;
      return el("button", { type: "button", class: "example", onclick: () => { change({ ...DEFAULTS, tab: "steps", ...question }); window.scrollTo({ top: 0 }); $("expression").focus({ preventScroll: true }); } },
        el("span", { class: "title" }, title), math(latex));
    })))));
}

$("where").textContent = WHERE;
wire();
setControls();
gallery();
if (!state.expression) change({ expression: "norm(A@x - b)**2" });
else askSoon(0);
prepare().catch(lost);
