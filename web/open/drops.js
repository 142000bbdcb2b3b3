// A file may be dropped on any screen: it opens where files are shown.

import { useEffect, useRef } from "../vendor/libs.js";
import { go } from "../lib/url.js";

/** What was dropped, until it is shown. @type {File | null} */
let dropped = null;
/** @type {() => void} */
let tell = () => {};

/** Lets files be dropped anywhere, as long as the page is open. */
export function followDrops() {
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.documentElement.toggleAttribute("data-drop", true);
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) endDrag(); });
  addEventListener("drop", (event) => {
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    endDrag();
    dropped = file;
    go("/open");
    tell();
  });
}

function endDrag() {
  document.documentElement.removeAttribute("data-drop");
}

/**
 * Takes what is dropped, also what was before.
 * @param {(file: File) => void} take
 */
export function useDropped(take) {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    tell = () => {
      if (dropped) latest.current(dropped);
      dropped = null;
    };
    tell();
    return () => { tell = () => {}; };
  }, []);
}
