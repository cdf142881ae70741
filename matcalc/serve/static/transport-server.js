// Questions go to the server that the page came from; the answer comes line by line.

/** Nothing has to be loaded. */
export async function prepare() {}

export const WHERE = "Answers are computed on this machine; nothing leaves it.";

/** Ask, and call `tell` with every line of the answer: {part, answer} or {progress}. `signal` cancels. */
export async function ask(question, parts, tell, signal) {
  const response = await fetch("answer", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/x-ndjson" },
    body: JSON.stringify({ question, parts }),
    signal,
  });
  if (!response.ok) throw new Error((await response.text()).trim() || `status ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) tell(JSON.parse(line));
  }
}
