// Small helpers to build what is shown. Text is always set as text: nothing a user or an answer says becomes HTML.

/** Return an element: el("p", {class: "note", onclick: f}, "text", child). */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value === "boolean") element[name] = value;
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Replace what an element contains. */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

/** Return LaTeX, typeset; as text where that fails. */
export function math(latex, display = false) {
  const span = el("span", { class: display ? "math display" : "math" });
  try {
    window.katex.render(latex, span, { displayMode: display, throwOnError: true, strict: "ignore", trust: false, maxExpand: 1000, maxSize: 50 });
  } catch {
    fill(span, el("code", {}, latex));
  }
  return span;
}

/** Return a sentence that is given in pieces, {text: …} or {math: LaTeX}. */
export function pieces(parts) {
  return el("span", {}, ...parts.map((part) => ("math" in part ? math(part.math) : part.text)));
}

const said = () => document.getElementById("said");

/** Say something to those who listen to the page. */
export function say(text) {
  said().textContent = text;
}

async function toClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = el("textarea", { class: "visually-hidden" });  // a page that came over the network without TLS
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser does not let the page copy");
}

/** Return a button that copies what `text()` gives. */
export function copyButton(label, text, what = label) {
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, label);
  button.addEventListener("click", async () => {
    try {
      await toClipboard(text());
      button.dataset.done = "copied";
      say(`${what} copied`);
    } catch (error) {
      button.dataset.done = "not copied";
      say(String(error));
    }
    setTimeout(() => delete button.dataset.done, 1500);
  });
  return button;
}

/** Return the positions in UTF-16, as JavaScript counts, of a span that counts characters. */
export function span16(text, [start, end]) {
  const characters = Array.from(text);
  const length = (count) => characters.slice(0, count).join("").length;
  return [length(start), length(end)];
}

/** Store a preference of this browser; private windows may have no storage. */
export function remember(key, value) {
  try { localStorage.setItem(`matcalc-${key}`, value); } catch { /* it lasts as long as the page */ }
}

/** Return a stored preference. */
export function recall(key) {
  try { return localStorage.getItem(`matcalc-${key}`); } catch { return null; }
}
