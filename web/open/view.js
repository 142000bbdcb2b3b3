// A file of events: dropped here, analysed by the sidecar, shown as any trace is, and not stored.

import { html, useEffect, useState } from "../vendor/libs.js";
import { post } from "../lib/api.js";
import { Failure, Loading } from "../lib/components.js";
import { useReady } from "../lib/ready.js";
import { loadStyle } from "../lib/styles.js";
import { go, useLocation } from "../lib/url.js";
import { TraceScreen } from "../trace/screen.js";
import { About } from "./about.js";
import { ChooseFile } from "./choose.js";
import { useDropped } from "./drops.js";

await loadStyle("/open/style.css");

/**
 * @typedef {import("../lib/types.js").OpenedGraph} OpenedGraph
 * @typedef {{ graph: OpenedGraph | null, error: Error | null }} Opened
 */

/** By the end of a file's name: how it is compressed. @type {Record<string, string>} */
const CODINGS = { gz: "gzip", zst: "zstd" };

export function View() {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const { query } = useLocation();
  const take = (/** @type {File} */ chosen) => {
    go(location.pathname);
    setFile(chosen);
  };
  useDropped(take);
  return file ? html`<${Shown} file=${file} trace=${query.get("trace") ?? ""} onTake=${take} />` : html`<${Empty} onTake=${take} />`;
}

/** @param {{ onTake: (file: File) => void }} properties */
function Empty({ onTake }) {
  useReady("ready");
  return html`<section class="open">
    <h1>Open a file</h1>
    <p>A trace that was exported, or any events as SDKs send them: JSON or newline-delimited JSON, also as <code>.gz</code> or <code>.zst</code>.
      The sidecar analyses it and stores nothing.</p>
    <${ChooseFile} onTake=${onTake} /></section>`;
}

/** @param {{ file: File, trace: string, onTake: (file: File) => void }} properties */
function Shown({ file, trace, onTake }) {
  const { graph, error } = useGraph(file, trace);
  useReady(error ? "failed" : graph ? "ready" : "loading");
  if (error) return html`<${Refused} file=${file} error=${error} onTake=${onTake} />`;
  if (!graph) return html`<${Loading} />`;
  return html`<section class="open">
    <${ChooseFile} isSmall onTake=${onTake}><${About} file=${file} graph=${graph} /><//>
    <${TraceScreen} key=${graph.trace_id} graph=${graph} source="file" /></section>`;
}

/** @param {{ file: File, error: Error, onTake: (file: File) => void }} properties */
function Refused({ file, error, onTake }) {
  return html`<section class="open"><${Failure} title=${`${file.name} can't be shown`} text=${error.message} /><${ChooseFile} onTake=${onTake} /></section>`;
}

/**
 * What the sidecar makes of a trace of the file; the first, if none is chosen.
 * @param {File} file
 * @param {string} trace_id
 * @returns {Opened}
 */
function useGraph(file, trace_id) {
  const [opened, setOpened] = useState(/** @type {Opened} */ ({ graph: null, error: null }));
  useEffect(() => {
    const abort = new AbortController();
    setOpened({ graph: null, error: null });
    const coding = CODINGS[file.name.split(".").pop() ?? ""];
    const headers = { "Content-Type": "application/json", ...(coding && { "Content-Encoding": coding }) };
    post("/api/graph", file, { trace_id }, { headers, signal: abort.signal }).then(
      ({ data }) => setOpened({ graph: data, error: null }),
      (error) => { if (!abort.signal.aborted) setOpened({ graph: null, error }); },
    );
    return () => abort.abort();
  }, [file, trace_id]);
  return opened;
}
