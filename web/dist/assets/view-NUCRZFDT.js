import{a as d,b as v,c as h,e as _,i as D,l as y}from"./chunk-E5PSMOS3.js";import{D as f,G as b,I as g,J as W,c as A,j as a,m as B,n as $,o as k,p as C,t as O,u as l,v as m,w as T,x as M}from"./chunk-2A2MPQXE.js";function F({a:t,b:o,service:s}){let{data:e,loading:r}=b(f("/api/traces",{page_size:50,service:s}));return g(r&&!e?"loading":"ready"),a`<section class="compare">
    <h1>${t||o?"Compare with which trace?":"Which two traces?"}</h1>
    <p class="muted">What one did that the other did not, and where the time went. Best with two traces of one operation.</p>
    <form class="choice" onSubmit=${c=>{c.preventDefault();let i=new FormData(c.target);M(l({a:String(i.get("a")).trim(),b:String(i.get("b")).trim()},"/compare"))}}>
      <label>Trace A <input name="a" required value=${t} autocomplete="off" spellcheck="false" /></label>
      <label>Trace B <input name="b" required value=${o} autocomplete="off" spellcheck="false" /></label>
      <button>Compare</button>
    </form>
    ${e?a`<${I} traces=${e.traces} a=${t} b=${o} />`:a`<${$} />`}
  </section>`}function I({traces:t,a:o,b:s}){return t.length===0?a`<p>No trace has been recorded yet.</p>`:a`<div class="scroll" tabindex="0" role="region" aria-label="The newest traces"><table>
    <thead><tr><th scope="col">Newest traces</th><th scope="col">Service</th><th scope="col" class="number">Events</th><th scope="col" class="number">Took</th>
      <th scope="col" class="number">Began</th><th scope="col"><span class="hidden">Choose</span></th></tr></thead>
    <tbody>${t.map(e=>a`<tr key=${e.trace_id} class=${e.trace_id===o||e.trace_id===s?"chosen":void 0}>
      <th scope="row"><code title=${e.trace_id}>${y(e.trace_id,40)}</code></th><td>${e.service_name}</td>
      <td class="number">${d(e.event_count)}</td><td class="number">${h(_(e.last_timestamp)-_(e.first_timestamp))}</td>
      <td class="number">${D(e.first_timestamp)}</td><td>${V(e.trace_id,o,s)}</td></tr>`)}</tbody>
  </table></div>`}function V(t,o,s){if(t===o)return"A";if(t===s)return"B";let e=(r,n)=>a`<a href=${l({[r]:t})} data-stay aria-label=${`${n}: ${t}`}>${n}</a>`;return o?e("b","as B"):e("a","as A")}function w({a:t,b:o}){return o?t?t.count===o.count?"same":"count":"b":"a"}function x({a:t,b:o}){return(o?.total_ms??0)-(t?.total_ms??0)}function N(t,o){let s=[];for(let e of t){let r=w(e)==="same",n=s[s.length-1];n&&n.isRun===r?n.rows.push(e):s.push({rows:[e],isRun:r})}return s.map(({rows:e,isRun:r})=>({rows:e,isRun:r&&e.length>o}))}var j=3;function q({comparison:t,onlyDifferent:o}){let{a:s,b:e,strands:r}=t,n=Math.max(1e-9,...r.flatMap(({operations:i})=>i.flatMap(({a:p,b:S})=>[p?.total_ms??0,S?.total_ms??0]))),c=r.filter(i=>!o||J(i));return a`
    ${c.map((i,p)=>a`<${K} key=${p} strand=${i} ids=${{a:s.trace_id,b:e.trace_id}} longest=${n} />`)}
    ${c.length<r.length&&a`<p class="muted small">${v(r.length-c.length,"strand is","strands are")} the same in both.</p>`}`}function J({a:t,b:o,operations:s}){return t===null||o===null||s.some(e=>w(e)!=="same")}function K({strand:t,ids:o,longest:s}){let{a:e,b:r,operations:n}=t;return a`<section class="strand">
    <h3>${e??r} ${e===null&&a`<span class="only b">+ only in B</span>`}${r===null&&a`<span class="only a">− only in A</span>`}
      ${e!==null&&r!==null&&e!==r&&a` <span class="muted">and ${r}</span>`}</h3>
    <div class="scroll" tabindex="0" role="region" aria-label=${`Operations of ${e??r}`}><table class="operations">
      <thead><tr><th scope="col"><span class="hidden">Difference</span></th><th scope="col">Operation</th><th scope="col">A</th><th scope="col">B</th><th scope="col" class="number">B − A</th></tr></thead>
      ${N(n,j).map(({rows:c,isRun:i},p)=>i?a`<${Q} key=${p} rows=${c} ids=${o} longest=${s} />`:a`<tbody key=${p}>${c.map(S=>a`<${E} row=${S} ids=${o} longest=${s} />`)}</tbody>`)}
    </table></div></section>`}function Q({rows:t,ids:o,longest:s}){let[e,r]=A(!1);return a`<tbody>
    <tr class="run"><td></td><td colspan="3"><button type="button" class="plain" aria-expanded=${e} onClick=${()=>r(!e)}>
      ${e?"Hide":"Show"} ${v(t.length,"operation")} in both</button></td>
      <td class="number">${u(t.reduce((n,c)=>n+x(c),0))}</td></tr>
    ${e&&t.map(n=>a`<${E} row=${n} ids=${o} longest=${s} />`)}
  </tbody>`}var U={a:["\u2212","only in A"],b:["+","only in B"],count:["\u2260","not as often"],same:["","in both"]};function E({row:t,ids:o,longest:s}){let e=w(t),[r,n]=U[e];return a`<tr class=${e}>
    <td class="sign"><span aria-hidden="true">${r}</span><span class="hidden">${n}</span></td>
    <th scope="row"><code>${t.operation}</code> <span class="muted">${t.service}</span></th>
    <td><${R} side=${t.a} trace=${o.a} longest=${s} /></td><td><${R} side=${t.b} trace=${o.b} longest=${s} /></td>
    <td class="number">${t.a&&t.b?u(x(t)):n}</td></tr>`}function R({side:t,trace:o,longest:s}){return t?a`<a class="side" href=${m(o,{event:t.ids[0]})} style=${`--share: ${100*t.total_ms/s}%`}>
    ${t.count>1&&`${d(t.count)}\xD7 `}${h(t.total_ms)}</a>`:a`<span class="muted">–</span>`}function u(t){return Math.abs(t)<5e-4?"=":`${t>0?"+":"\u2212"}${h(Math.abs(t))}`}function P({comparison:{a:t,b:o}}){return a`<div class="scroll" tabindex="0" role="region" aria-label="Both traces"><table class="sums">
    <thead><tr><th scope="col"><span class="hidden">Trace</span></th><th scope="col">Trace</th><th scope="col">Operation</th><th scope="col" class="number">Took</th>
      <th scope="col" class="number">Events</th><th scope="col" class="number">Strands</th></tr></thead>
    <tbody>${[["A",t],["B",o]].map(([s,e])=>a`<${X} key=${s} name=${s} trace=${e} />`)}
      <tr><th scope="row">B − A</th><td></td><td>${t.operation!==o.operation&&a`<span class="severity warning">◆ They begin with different operations</span>`}</td>
        <td class="number"><strong>${u(o.duration_ms-t.duration_ms)}</strong></td><td class="number">${L(o.events-t.events)}</td><td class="number">${L(o.strands-t.strands)}</td></tr></tbody>
  </table></div>
  <p class="no-print"><a href=${l({a:o.trace_id,b:t.trace_id})}>Swap A and B</a> · <a href=${l({b:null})}>Compare A with another</a> · <a href=${l({a:o.trace_id,b:null})}>Compare B with another</a></p>`}function X({name:t,trace:{trace_id:o,service:s,operation:e,events:r,duration_ms:n,strands:c}}){return a`<tr><th scope="row">${t}</th><td><a href=${m(o)}><code title=${o}>${y(o,40)}</code></a></td>
    <td><code>${e}</code> <span class="muted">${s}</span></td><td class="number">${h(n)}</td>
    <td class="number">${d(r)}</td><td class="number">${d(c)}</td></tr>`}function z({comparison:{a:t,b:o,findings:s}}){return s.length===0?a`<p class="muted">Nothing was found in either.</p>`:a`<table>
    <thead><tr><th scope="col">Finding</th><th scope="col" class="number">A</th><th scope="col" class="number">B</th></tr></thead>
    <tbody>${s.map(({kind:e,variable:r,a:n,b:c})=>a`<tr key=${`${e} ${r}`}>
      <th scope="row">${B(e)} ${r&&a`<code>${r}</code>`}</th>
      <td class="number">${H(n,e,r,t.trace_id)}</td><td class="number">${H(c,e,r,o.trace_id)}</td></tr>`)}</tbody>
  </table>`}function H(t,o,s,e){return t===0?"\u2013":a`<a href=${m(e,{finding:s?`${o}:${s}`:o})}>${d(t)}</a>`}function G({comparison:{services:t}}){let o=Math.max(1e-9,...t.flatMap(({a_ms:s,b_ms:e})=>[s,e]));return a`<table class="service-sums">
    <thead><tr><th scope="col">Service</th><th scope="col">A</th><th scope="col">B</th><th scope="col" class="number">B − A</th></tr></thead>
    <tbody>${t.map(({name:s,a_ms:e,b_ms:r,a_events:n,b_events:c})=>a`<tr key=${s}><th scope="row">${s}</th>
      <td><span class="side" style=${`--share: ${100*e/o}%`}>${n?h(e):"\u2013"}</span></td>
      <td><span class="side" style=${`--share: ${100*r/o}%`}>${c?h(r):"\u2013"}</span></td>
      <td class="number">${u(r-e)}</td></tr>`)}</tbody>
  </table>`}function L(t){return t===0?"=":`${t>0?"+":"\u2212"}${d(Math.abs(t))}`}await W("/compare/style.css");function kt(){let{query:t}=O(),[o,s]=[t.get("a")??"",t.get("b")??""];return o&&s?a`<${Y} key=${`${o} ${s}`} a=${o} b=${s} onlyDifferent=${t.get("show")==="different"} />`:a`<${F} a=${o} b=${s} service=${t.get("service")??""} />`}function Y({a:t,b:o,onlyDifferent:s}){let{data:e,error:r,degraded:n}=b(f("/api/compare",{a:t,b:o})),c=e;return g(c?"ready":r?"failed":"loading"),r&&!c?a`<${k} title="These traces can't be compared" text=${r.message}><p><a href=${l({a:t,b:null})}>Choose another</a></p><//>`:c?a`<section class="compare">
    <h1>Two traces compared</h1>
    ${n&&a`<${C} />`}
    <${P} comparison=${c} />
    <div class="beside">
      <section aria-labelledby="time"><h2 id="time">Where time went</h2><${G} comparison=${c} /></section>
      <section aria-labelledby="found"><h2 id="found">What was found</h2><${z} comparison=${c} /></section>
    </div>
    <section aria-labelledby="strands">
      <div class="title"><h2 id="strands">Strands and their operations</h2>
        <label class="no-print"><input type="checkbox" checked=${s} onChange=${()=>T({show:s?null:"different"})} /> only strands that differ</label></div>
      <${q} comparison=${c} onlyDifferent=${s} /></section>
  </section>`:a`<${$} />`}export{kt as View};
