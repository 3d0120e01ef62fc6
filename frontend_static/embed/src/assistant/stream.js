/**
 * Reads the data of server-sent events from a response as they arrive, whatever the network cut them into.
 *
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 * @returns {AsyncGenerator<string>} the data of one event after the other
 */
export async function* eventData(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  /** @type {string[]} */
  let data = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const text = line.replace(/\r$/, "");
      if (text.startsWith("data:")) data.push(text.slice(5).replace(/^ /, ""));
      else if (!text && data.length) {
        yield data.join("\n");
        data = [];
      }
    }
  }
}
