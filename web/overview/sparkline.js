// Counts over time, small: a bar for each bucket.
import { html } from "../vendor/libs.js";

/**
 * @param {{ counts: number[], label: string, class?: string }} props `label` says in words what the bars show
 */
export function Sparkline({ counts, label, class: name = "" }) {
  const most = Math.max(1, ...counts);
  return html`<svg class=${`sparkline ${name}`} viewBox="0 0 ${counts.length} 1" preserveAspectRatio="none"
      role="img" aria-label=${label}>
    <title>${label}</title>
    <path class="ground" d="M0 1H${counts.length}" />
    <path class="bars" d=${bars(counts, most)} />
  </svg>`;
}

/**
 * The outline of all bars: one path, however many there are. A bar that is not empty can be seen.
 * @param {number[]} counts
 * @param {number} most
 */
function bars(counts, most) {
  return counts.map((count, place) => {
    const height = count && Math.max(0.12, count / most);
    return height && `M${place + 0.1} 1V${1 - height}H${place + 0.9}V1Z`;
  }).filter(Boolean).join("");
}
