// The question: what the controls say, what the address says after #, and what one click changes of it.

export const DEFAULTS = {
  expression: "", wrt: "", layout: "denom", order: "1", syntax: "auto", shape: "", assume: "", structure: "free",
  claim: "", target: "numpy", orders: "0,1", adjoints: "", tab: "steps",
};

/** Return the question that the part of an address after # means; what is not known is left out. */
export function fromFragment(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const state = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS)) if (given.has(name)) state[name] = given.get(name);
  return state;
}

/** Return the part of an address after # that means a question: what is not as usual. */
export function toFragment(state) {
  const given = new URLSearchParams();
  for (const [name, usual] of Object.entries(DEFAULTS)) if (state[name] !== usual) given.set(name, state[name]);
  return `#${given}`;
}

/** Return the question as the server takes it. */
export function toQuestion(state) {
  const { tab, order, adjoints, ...texts } = state;
  return { ...texts, order: Number.parseInt(order, 10) || 1, adjoints: adjoints === "1" };
}

const declarations = (text) => text.split(/[,;]/).map((part) => part.trim()).filter(Boolean);
const nameIn = (declaration) => declaration.split(/[\s:]/)[0];

/** Return declarations, such as "A: n×m, x: n", with others for the names that `added` declares. */
export function declare(text, added) {
  const names = new Set(declarations(added).map(nameIn));
  return [...declarations(text).filter((part) => !names.has(nameIn(part))), ...declarations(added)].join(", ");
}

/** Return declarations without those about a name. */
export function withdraw(text, name) {
  return declarations(text).filter((part) => nameIn(part) !== name).join(", ");
}

/** Return the words that are declared of a name. */
export function declaredOf(text, name) {
  const found = declarations(text).find((part) => nameIn(part) === name);
  return found ? found.slice(name.length).replace(/^\s*:?\s*/, "") : "";
}

/** Return declarations with one more word about a name, or without that word. */
export function toggleFact(text, name, word, wanted) {
  const words = declaredOf(text, name).split(/\s+/).filter((other) => other && other !== word);
  if (wanted) words.push(word);
  return words.length ? declare(text, `${name} ${words.join(" ")}`) : withdraw(text, name);
}
