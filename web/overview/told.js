// Server-sent events, as their standard reads them.

/** @typedef {{ name: string, id: string, data: any }} Told an event of GET /api/stream */

/**
 * Takes an event stream piece by piece, and gives each event that is complete to `tell`.
 * @param {(told: Told) => void} tell
 * @returns {(piece: string) => void}
 */
export function reader(tell) {
  let rest = "";
  return (piece) => {
    const blocks = (rest + piece).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const told = read(block);
      if (told) tell(told);
    }
  };
}

/**
 * @param {string} block lines without an empty one
 * @returns {Told | null} null for a comment
 */
function read(block) {
  const told = { name: "message", id: "", data: "" };
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === "event") told.name = value;
    else if (field === "id") told.id = value;
    else if (field === "data") told.data += told.data ? `\n${value}` : value;
  }
  return told.data ? { ...told, data: JSON.parse(told.data) } : null;
}
