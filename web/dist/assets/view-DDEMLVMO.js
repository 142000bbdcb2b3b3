import{b as w}from"./chunk-WFAF7HPR.js";import{a as k}from"./chunk-HMO47CFV.js";import{a as T,b as m}from"./chunk-E5PSMOS3.js";import{F as v,I as u,J as C,c,e as $,g as d,j as n,n as f,o as h,t as g,w as y,x as b}from"./chunk-2A2MPQXE.js";function S({file:o,graph:{trace_id:t,traces:r,rejected:e}}){let s=({target:a})=>y({trace:a.value,finding:null,event:null});return n`<p><strong>${o.name}</strong> <span class="muted">is not stored.</span>
    ${r.length>1&&n` <label>Trace <select value=${t} onChange=${s}>${r.map(a=>n`
      <option value=${a.trace_id}>${a.trace_id} (${m(a.event_count,"event")})</option>`)}</select></label>`}
    ${e.length>0&&n`<details class="rejected"><summary>${m(e.length,"event was","events were")} rejected</summary>
      <ul>${e.map(({index:a,id:i,reason:l})=>n`<li>Number ${T(a+1)} ${i&&n`<code>${i}</code>`}: ${l}</li>`)}</ul></details>`}</p>`}function p({onTake:o,isSmall:t=!1,children:r}){let e=d(null);return n`<div class=${t?"drop beside":"drop"}>
    ${r}
    <label class="button">${t?"Open another":"Choose a file"}<input ref=${e} type="file" class="hidden" onChange=${()=>{let a=e.current?.files?.[0];a&&o(a)}} /></label>
    ${!t&&n`<span class="muted">or drop it on any screen</span>`}
  </div>`}await C("/open/style.css");var z={gz:"gzip",zst:"zstd"};function P(){let[o,t]=c(null),{query:r}=g(),e=s=>{b(location.pathname),t(s)};return w(e),o?n`<${x} file=${o} trace=${r.get("trace")??""} onTake=${e} />`:n`<${O} onTake=${e} />`}function O({onTake:o}){return u("ready"),n`<section class="open">
    <h1>Open a file</h1>
    <p>A trace that was exported, or any events as SDKs send them: JSON or newline-delimited JSON, also as <code>.gz</code> or <code>.zst</code>.
      The sidecar analyses it and stores nothing.</p>
    <${p} onTake=${o} /></section>`}function x({file:o,trace:t,onTake:r}){let{graph:e,error:s}=F(o,t);return u(s?"failed":e?"ready":"loading"),s?n`<${A} file=${o} error=${s} onTake=${r} />`:e?n`<section class="open">
    <${p} isSmall onTake=${r}><${S} file=${o} graph=${e} /><//>
    <${k} key=${e.trace_id} graph=${e} source="file" /></section>`:n`<${f} />`}function A({file:o,error:t,onTake:r}){return n`<section class="open"><${h} title=${`${o.name} can't be shown`} text=${t.message} /><${p} onTake=${r} /></section>`}function F(o,t){let[r,e]=c({graph:null,error:null});return $(()=>{let s=new AbortController;e({graph:null,error:null});let a=z[o.name.split(".").pop()??""],i={"Content-Type":"application/json",...a&&{"Content-Encoding":a}};return v("/api/graph",o,{trace_id:t},{headers:i,signal:s.signal}).then(({data:l})=>e({graph:l,error:null}),l=>{s.signal.aborted||e({graph:null,error:l})}),()=>s.abort()},[o,t]),r}export{P as View};
