// The overview: is something racing, where, and why; live.

import { html } from "../vendor/libs.js";
import { Failure, Loading } from "../lib/components.js";
import { useReady } from "../lib/ready.js";
import { loadStyle } from "../lib/styles.js";
import { useLocation } from "../lib/url.js";
import { Banner } from "./banner.js";
import { filtersOf } from "./filters.js";
import { FirstUse } from "./first-use.js";
import { useFindingKeys } from "./keys.js";
import { useLive } from "./live.js";
import { Panels } from "./panels.js";
import { useTicks } from "./ticks.js";

await loadStyle("/overview/style.css");

export function View() {
  const { query } = useLocation();
  const filters = filtersOf(query);
  const live = useLive(filters);
  const { list, findings, condition, connection } = live;
  const error = list.total === null ? list.error : null;
  const isWhole = list.total !== null && (findings.data !== null || findings.error !== null);
  useReady(error ? "failed" : isWhole ? "ready" : "loading");
  useFindingKeys();
  useTicks(10_000);
  const isEmpty = list.total === 0 && !filters.service;
  return html`<div class="overview">
    <${Banner} condition=${condition} degraded=${list.degraded || findings.degraded} connection=${connection} />
    ${error ? html`<${Failure} title="The traces can't be read" text=${error.message} />`
      : list.total === null ? html`<${Loading} />`
      : isEmpty ? html`<${FirstUse} connection=${connection} />`
      : html`<${Panels} filters=${filters} live=${live} />`}
  </div>`;
}
