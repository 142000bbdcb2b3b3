import{f as u}from"./chunk-E5PSMOS3.js";import{e as m,g as $,j as o,m as f,w as i}from"./chunk-2A2MPQXE.js";var h={"15m":["Last 15 minutes",9e5],"1h":["Last hour",36e5],"6h":["Last 6 hours",216e5],"7d":["Last 7 days",6048e5]},s=6e4;function E(e){let n=l=>e.get(l)??"",t=e.has("from")||e.has("until");return{service:n("service"),variable:n("variable"),kind:n("kind"),text:n("text"),last:t?"between":n("last"),from:n("from"),until:n("until")}}function S({last:e,from:n,until:t}){if(e==="between")return{from:n,until:t};let l=h[e]?.[1];return l?{from:u(Math.floor(Date.now()/s)*s-l),until:""}:{from:"",until:""}}function w({service:e,variable:n,kind:t,text:l}){return!!(e||n||t||l)}function A({filters:e,services:n,variables:t,kinds:l}){let a=$(null);return y(a),o`<form class="filters no-print" role="search" aria-label="Filters" onSubmit=${_}>
    <label><span>Search <kbd aria-hidden="true">/</kbd></span>
      <input ref=${a} type="search" value=${e.text} placeholder="variable, place, trace, service"
        onInput=${c("text")} /></label>
    <label>Service <${b} name="service" value=${e.service} values=${n} all="All services" /></label>
    <label>Variable
      <input list="variables" value=${e.variable} placeholder="All variables" onChange=${c("variable")} />
      <datalist id="variables">${t.map(r=>o`<option value=${r} />`)}</datalist></label>
    <label>Kind <${b} name="kind" value=${e.kind} values=${l} all="All kinds" word=${f} /></label>
    <${k} filters=${e} />
    ${(w(e)||e.last)&&o`<button type="button" class="plain" onClick=${x}>Clear</button>`}
  </form>`}function b({name:e,value:n,values:t,all:l,word:a=r=>r}){let r=n&&!t.includes(n)?[n,...t]:t;return o`<select value=${n} onChange=${c(e)}>
    <option value="">${l}</option>
    ${r.map(p=>o`<option value=${p}>${a(p)}</option>`)}
  </select>`}function k({filters:e}){let n=e.last==="between",t=({target:l})=>{if(l.value!=="between")return i({last:l.value,from:null,until:null});let a=Date.now();i({last:null,from:d(a-36e5),until:d(a+s)})};return o`<label>Time
      <select value=${e.last} onChange=${t}>
        <option value="">Newest day</option>
        ${Object.entries(h).map(([l,[a]])=>o`<option value=${l}>${a}</option>`)}
        <option value="between">Between …</option>
      </select></label>
    ${n&&o`<${v} name="from" label="From (UTC)" value=${e.from} />
      <${v} name="until" label="Until (UTC)" value=${e.until} />`}`}function v({name:e,label:n,value:t}){let l=({target:a})=>{a.value&&i({[e]:`${a.value}Z`})};return o`<label>${n} <input type="datetime-local" step="1" value=${t.slice(0,19)} onChange=${l} /></label>`}function d(e){return`${u(e).slice(0,16)}:00Z`}function c(e){return({target:n})=>i({[e]:n.value})}function x(){i({service:null,variable:null,kind:null,text:null,last:null,from:null,until:null})}function _(e){e.preventDefault()}function y(e){m(()=>{let n=t=>{t.key!=="/"||C(t)||t.ctrlKey||t.metaKey||(t.preventDefault(),e.current?.focus())};return addEventListener("keydown",n),()=>removeEventListener("keydown",n)},[])}function C({target:e}){return e instanceof Element&&e.matches("input, select, textarea, dialog *")}export{E as a,S as b,w as c,A as d,k as e,C as f};
