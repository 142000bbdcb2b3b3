// An empty store: how events get here. As soon as one does, the overview is in its place.

import { html, useState } from "../vendor/libs.js";
import { authorization } from "../lib/api.js";
import { toTimestamp } from "../lib/format.js";

/** Two requests that pay out of one account: each reads the balance before the other has written it. */
function example() {
  const now = Date.now();
  const access = (/** @type {string} */ request, /** @type {number} */ ms, /** @type {object} */ did) => ({
    trace_id: `example-${now}`, event_id: `${request}-${ms}`, kind: "StateChange", timestamp: toTimestamp(now + ms), location: `bank.js:${10 + ms}`,
    metadata: { variable: "balance", ...did, service_name: "bank", thread_id: request, process_id: 1 },
  });
  const reads = { access_type: "Read", new_value: 100 };
  const writes = (/** @type {number} */ new_value) => ({ access_type: "Write", old_value: 100, new_value });
  return [access("alice", 0, reads), access("bob", 1, reads), access("bob", 2, writes(70)), access("alice", 3, writes(50))];
}

/** @param {object[]} events */
function asCurl(events) {
  return `curl ${location.origin}/events -d '[\n${events.map((event) => `  ${JSON.stringify(event)}`).join(",\n")}]'`;
}

const ofRust = () => `// Cargo.toml: raceway = "0.1"
let raceway = Arc::new(RacewayClient::new("${location.origin}", "my-service"));
let app = Router::new()
    .route("/transfer", post(transfer))
    .layer(middleware::from_fn_with_state(raceway.clone(), RacewayClient::middleware));`;

/** @param {{ connection: string }} properties */
export function FirstUse({ connection }) {
  const [events] = useState(example);
  return html`<div class="first-use">
    <h1>Nothing has been recorded yet</h1>
    <p class="lead">Raceway finds out which accesses of concurrent programs race, which updates are lost, and why. Send it
      what your program does, and it shows here, without reloading.</p>
    <p class="waiting" role="status"><span class="pulse" aria-hidden="true"></span>
      ${connection === "live" ? "Waiting for the first event …" : "Connecting …"}</p>
    <ol class="steps">
      <li><h2>Try it</h2>
        <p>Two requests pay out of one account, and one of them is lost:</p>
        <${Code} text=${asCurl(events)} name="the command" />
        <${Send} events=${events} /></li>
      <li><h2>Record your own program</h2>
        <p>Point an SDK (Rust, TypeScript, Python or Go) at <code>${location.origin}</code>. In Rust with axum:</p>
        <${Code} text=${ofRust()} name="the lines" /></li>
      <li><h2>Or look into a file</h2>
        <p><a href="/open">Open a file of events</a>. It is analysed, and not stored.</p></li>
    </ol>
  </div>`;
}

/** @param {{ text: string, name: string }} properties */
function Code({ text, name }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true), () => setCopied(false));
  return html`<div class="code-block">
    <pre tabindex="0"><code>${text}</code></pre>
    ${navigator.clipboard && html`<button type="button" onClick=${copy} aria-label=${`Copy ${name}`}>${copied ? "Copied" : "Copy"}</button>`}
  </div>`;
}

/** @param {{ events: object[] }} properties */
function Send({ events }) {
  const [state, setState] = useState("");
  const send = async () => {
    setState("Sending …");
    setState(await sent(events).catch(() => "The sidecar could not be reached."));
  };
  return html`<p><button type="button" class="primary" onClick=${send}>Send these four events</button>
    ${" "}<span role="status">${state}</span></p>`;
}

/**
 * @param {object[]} events
 * @returns {Promise<string>} what became of them
 */
async function sent(events) {
  const response = await fetch("/events", {
    method: "POST", body: JSON.stringify(events), headers: { "Content-Type": "application/json", ...authorization() },
  });
  if (response.ok) return "They are stored.";
  const needsKey = response.status === 401 || response.status === 403;
  return needsKey ? "Sending takes a key of the role ingest: use the command, with a header Authorization: Bearer KEY."
    : `The sidecar answered ${response.status} ${response.statusText}.`;
}
