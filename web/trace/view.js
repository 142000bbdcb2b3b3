// A trace of the sidecar.

import { urlOf, useAnswer } from "../lib/api.js";
import { Degraded, Failure, Loading } from "../lib/components.js";
import { useReady } from "../lib/ready.js";
import { html } from "../vendor/libs.js";
import { TraceScreen } from "./screen.js";

/** Events that the first answer has, at most: above, it has the density, and windows are asked for. */
const LIMIT = 4000;

/** @param {{ id: string }} properties */
export function View({ id }) {
  const { data, error, degraded, reload } = useAnswer(urlOf(`/api/traces/${encodeURIComponent(id)}/graph`, { limit: LIMIT }));
  useReady(error ? "failed" : data ? "ready" : "loading");
  if (error && !data) {
    return html`<${Failure} title=${error.status === 404 ? "There is no such trace" : "The trace could not be read"} text=${error.message}>
      <p><button onClick=${reload}>Try again</button> <a href="/">Overview</a></p><//>`;
  }
  if (!data) return html`<${Loading} />`;
  return html`${degraded && html`<${Degraded} />`}<${TraceScreen} graph=${data} />`;
}
