// Whether the page is being printed: then views show more than what was in view.

import { options, useEffect, useState } from "../vendor/libs.js";

export function usePrinting() {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const begin = () => atOnce(() => setPrinting(true));
    const end = () => setPrinting(false);
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
    return () => {
      removeEventListener("beforeprint", begin);
      removeEventListener("afterprint", end);
    };
  }, []);
  return printing;
}

/**
 * Renders what changes before it returns: the browser prints what is there then.
 * @param {() => void} change
 */
function atOnce(change) {
  const usual = options.debounceRendering;
  options.debounceRendering = (render) => render();
  change();
  options.debounceRendering = usual;
}
