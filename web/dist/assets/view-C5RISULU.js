import{a as G,b as Z,e as J}from"./chunk-NPCRACXQ.js";import{a as D,b as g,c as F,e as p,g as b,h as v,j as $,l as S}from"./chunk-E5PSMOS3.js";import{D as K,G as T,I as N,J as B,c as x,e as A,g as W,j as i,m as V,n as L,o as q,p as j,q as E,r as I,t as U,u as M,v as _,w as f,x as z}from"./chunk-2A2MPQXE.js";var lt=50;function Q({accesses:t,omitted:n,event:e}){let[o,r]=x(lt),a=[...t].reverse(),l=e?a.findIndex(({event_id:d})=>d===e)+1:0,s=a.slice(0,Math.max(o,l));return i`<div class="scroll" tabindex="0" role="region" aria-label="Accesses"><table class="accesses">
      <thead><tr><th scope="col">Time (UTC)</th><th scope="col">Access</th><th scope="col">Value</th><th scope="col">Trace</th>
        <th scope="col">Service, thread</th><th scope="col">Place</th><th scope="col">Locks held</th></tr></thead>
      <tbody>${s.map(d=>i`<${ct} key=${`${d.trace_id} ${d.event_id}`} access=${d} isChosen=${d.event_id===e} />`)}</tbody>
    </table></div>
    <p class="muted small">${g(s.length,"access","accesses")} of ${t.length+n}.
      ${s.length<a.length&&i` <button type="button" onClick=${()=>r(a.length)}>Show ${a.length}</button>`}
      ${n>0&&` ${g(n,"older one is","older ones are")} not read: choose an earlier time.`}</p>`}function ct({access:t,isChosen:n}){let{trace_id:e,event_id:o,timestamp:r,service:a,thread:l,access_type:s,old_value:d,new_value:h,location:u,locks:c,is_finding:m}=t;return i`<tr class=${n?"chosen":void 0} onClick=${()=>f({event:o})}>
    <td title=${v(r)}>${b(r)}</td>
    <td>${s}${m&&i` <span class="severity warning" title="Part of a finding"><span aria-hidden="true">▲</span><span class="hidden">part of a finding</span></span>`}</td>
    <td>${d!==null&&i`<code>${$(d)}</code> → `}<code>${$(h)}</code></td>
    <td><a href=${_(e,{event:o})}><code title=${e}>${S(e,24)}</code></a></td>
    <td>${a}, ${l}</td><td><code>${u}</code></td><td>${c.join(", ")||"\u2013"}</td></tr>`}var X=12;function Y(t){let n=t.filter(r=>r!=null),e=n.map(tt);return n.length>0&&e.every(r=>r!==null)?dt(e):mt(n)}function tt(t){if(typeof t=="number")return t;if(typeof t=="string")return t.trim()!==""&&Number.isFinite(Number(t))?Number(t):null;if(typeof t!="object"||t===null)return null;let n=Object.values(t).filter(e=>typeof e=="number");return n.length===1?n[0]:null}function dt(t){let[n,e]=[Math.min(...t),Math.max(...t)],o=r=>{let a=tt(r);return a===null?null:e===n?.5:(a-n)/(e-n)};return{at:o,ticks:ht(n,e).map(r=>({at:o(r)??0,text:String(r)}))}}function ht(t,n){if(t===n)return[t];let e=(n-t)/4,o=10**Math.floor(Math.log10(e)),r=o*(e/o>=5?5:e/o>=2?2:1),a=Math.ceil(t/r);return Array.from({length:Math.floor(n/r)-a+1},(l,s)=>Number(((a+s)*r).toPrecision(12)))}function mt(t){let n=[...new Set(t.map($))],e=n.length>X?[...n.slice(0,X-1),"others"]:n,o=e.length-1,r=l=>o>0?l/o:.5,a=new Map(n.map((l,s)=>[l,r(Math.min(s,o))]));return{at:l=>l==null?null:a.get($(l))??null,ticks:e.map((l,s)=>({at:r(s),text:l}))}}function k({access_type:t,new_value:n,old_value:e}){return w(t)?n:n??e}function w(t){return!/read/i.test(t)}var[O,$t,P,y,H,C]=[230,28,30,92,16,13];function et({accesses:t,finding:n,event:e,byTime:o,width:r}){let a=Y(t.map(k)),l=o?r:Math.max(r,y+H+t.length*C),s=ut(t,a,o,l),d=wt(s,e),h=new Map((n?.accesses??[]).map(({event_id:c,role:m})=>[c,m])),u=`${g(t.length,"access","accesses")} from ${b(t[0].timestamp)} to ${b(t[t.length-1].timestamp)} UTC; the arrow keys lead from one to the next`;return i`<div class="chart" ref=${d} tabindex="0" role="group" aria-label=${u} onKeyDown=${vt(t,e)}>
    <svg width=${l} height=${O} aria-hidden="true">
      ${a.ticks.map(({at:c,text:m})=>i`<g class="tick"><path d=${`M${y} ${R(c)}H${l-H}`} />
        <text x=${y-8} y=${R(c)+4} text-anchor="end">${S(m,13)}</text></g>`)}
      <path class="value" d=${pt(s)} />
      ${!o&&ft(s).map(({from:c,to:m,id:at})=>i`<rect class="request" x=${c} y=${O-P+8} width=${m-c} height="5"><title>${at}</title></rect>`)}
      ${h.size>0&&i`<path class="tie" d=${gt(s,h)} />`}
      ${s.map(c=>i`<${bt} key=${`${c.access.trace_id} ${c.access.event_id}`} mark=${c}
        role=${h.get(c.access.event_id)} isChosen=${e===c.access.event_id} />`)}
      ${o&&[s[0],s[s.length-1]].map(({access:c},m)=>i`<text class="time" x=${m?l-H:y} y=${O-6}
        text-anchor=${m?"end":"start"}>${b(c.timestamp)}</text>`)}
    </svg></div>`}function R(t){return O-P-t*(O-$t-P)}function ut(t,n,e,o){let r=p(t[0].timestamp),a=Math.max(.001,p(t[t.length-1].timestamp)-r),l=o-y-H-2*C;return t.map((s,d)=>{let h=e?(p(s.timestamp)-r)/a:(d+.5)/t.length;return{x:y+C+h*l,y:R(n.at(k(s))??0),access:s}})}function pt(t){return t.filter(({access:e})=>w(e.access_type)).map(({x:e,y:o},r)=>r?`H${e}V${o}`:`M${e} ${o}`).join("")}function ft(t){let n=[];for(let{x:e,access:o}of t){let r=n[n.length-1];r?.id===o.trace_id?r.to=e+4:n.push({from:e-4,to:e+4,id:o.trace_id})}return n}function gt(t,n){return t.filter(({access:o})=>n.has(o.event_id)).map(({x:o,y:r},a)=>`${a?"L":"M"}${o} ${r}`).join("")}function bt({mark:{x:t,y:n,access:e},role:o,isChosen:r}){let a=()=>f({event:e.event_id}),l=`${w(e.access_type)?"write":"read"} ${e.is_finding?"found":""} ${o??""} ${r?"chosen":""}`;return i`<g class=${`sign ${l}`} onClick=${a}>
    <title>${`${e.access_type} ${$(k(e))} at ${e.location}, ${e.trace_id}`}</title>
    <rect class="room" x=${t-C/2} y=${n-12} width=${C} height="24" />
    ${r||o?i`<circle class="ring" cx=${t} cy=${n} r="8.5" />`:null}
    ${w(e.access_type)?i`<rect class="shape" x=${t-4} y=${n-4} width="8" height="8" />`:i`<circle class="shape" cx=${t} cy=${n} r="4" />`}
    ${e.is_finding&&i`<path class="flag" d=${`M${t} ${n-13}l4 -7h-8z`} />`}
  </g>`}function vt(t,n){return e=>{let o={ArrowRight:1,ArrowLeft:-1}[e.key];if(!o)return;e.preventDefault();let r=t.findIndex(({event_id:l})=>l===n),a=r<0?o>0?0:t.length-1:Math.min(t.length-1,Math.max(0,r+o));f({event:t[a].event_id})}}function wt(t,n){let e=W(null),o=t.find(({access:r})=>r.event_id===n)?.x??null;return A(()=>{let r=e.current;if(!r)return;o!==null&&o>r.scrollLeft+y&&o<r.scrollLeft+r.clientWidth||(r.scrollLeft=o===null?r.scrollWidth:o-r.clientWidth/2)},[o,t.length]),e}function nt({access:t}){if(!t)return null;let{access_type:n,old_value:e,new_value:o,trace_id:r,event_id:a,location:l,service:s,thread:d,timestamp:h,locks:u}=t;return i`<p class="note chosen-access" aria-live="polite"><strong>${n}</strong>
    ${" "}${e!==null&&i`<code>${$(e)}</code> → `}<code>${$(o)}</code>
    ${" "}at <code>${l||"an unknown place"}</code> by ${s}, ${d}, ${v(h).slice(0,10)} ${b(h)} UTC,
    ${" "}${u.length>0?`holding ${u.join(", ")}`:"holding no lock"}.
    ${" "}<a href=${_(r,{event:a})}>Show it in its trace</a></p>`}var ot=4;function rt({findings:t,omitted:n,chosen:e}){let[o,r]=x(!1),a=t.slice(0,ot).every(({id:s})=>s!==e)&&e!=="",l=o||a?t:t.slice(0,ot);return t.length===0?i`<p class="muted">No requests came between each other here.</p>`:i`
    <ul class="patterns">${l.map(s=>i`<li key=${s.id}><${yt} finding=${s} isChosen=${s.id===e} /></li>`)}</ul>
    ${l.length<t.length&&i`<p><button type="button" onClick=${()=>r(!0)}>Show all ${t.length}</button></p>`}
    ${n>0&&i`<p class="muted small">${g(n,"more finding is","more findings are")} not listed: choose a shorter time.</p>`}`}function yt({finding:t,isChosen:n}){let{id:e,kind:o,severity:r,description:a,reason:l,missing:s,accesses:d}=t,h=[...d].sort((c,m)=>p(c.timestamp)-p(m.timestamp)),u=[...new Set(d.map(({trace_id:c})=>c??""))];return i`<article class=${`pattern ${n?"chosen":""}`}>
    <header><${E} severity=${r} /> <h3>${V(o)}</h3>
      <time class="muted small" datetime=${h[0]?.timestamp}>${h[0]&&v(h[0].timestamp)} UTC</time>
      <button type="button" class="no-print" aria-pressed=${n} onClick=${()=>f({finding:n?null:e,event:n?null:h[0]?.event_id})}>Show in the chart</button></header>
    <p>${a}</p>
    <div class="scroll" tabindex="0" role="region" aria-label=${`The accesses of this ${V(o)}`}><table class="meeting">
      <thead><tr><th scope="col">Time</th>${u.map((c,m)=>i`<th scope="col">
        Request ${"AB"[m]??m+1} <a href=${St(t,c)}><code title=${c}>${S(c,26)}</code></a></th>`)}</tr></thead>
      <tbody>${h.map(c=>i`<${xt} key=${c.event_id} access=${c} first=${h[0]} traces=${u} finding=${t} />`)}</tbody>
    </table></div>
    <p class="small muted">${l}${s&&` Missing: ${s}.`}</p>
  </article>`}function xt({access:t,first:n,traces:e,finding:o}){let r=p(t.timestamp)-p(n.timestamp);return i`<tr><th scope="row" class="number">${r>0?`+${F(r)}`:"0"}</th>
    ${e.map(a=>a===(t.trace_id??"")?i`<td class=${`access ${t.role}`}>
      <strong>${w(t.access_type)?"writes":"reads"}</strong> <code class="got">${$(k(t))}</code>
      ${_t(t,o)&&i` <span class="lost">lost</span>`}
      <div class="muted"><code>${t.location}</code>${t.locks.length>0&&` holding ${t.locks.join(", ")}`}</div></td>`:i`<td></td>`)}</tr>`}function _t({role:t,access_type:n,new_value:e},{lost_value:o}){return o!=null&&t==="between"&&w(n)&&$(e)===$(o)}function St({accesses:t},n){let e=t.find(({trace_id:o})=>o===n)?.event_id;return _(n,{event:e})}function it(){let t=T("/api/distributed/hotspots"),n=T("/api/findings"),e=!t.loading&&!n.loading;return N(e?"ready":"loading"),i`<section class="variable">
    <h1>Which variable?</h1>
    <p class="muted">Its history over all traces: each value, who wrote it, and which requests came between each other.</p>
    <form class="choice" onSubmit=${r=>{r.preventDefault();let a=new FormData(r.target);z(M({name:String(a.get("name")),service:String(a.get("service"))},"/variable"))}}>
      <label>Variable <input name="name" required autocomplete="off" /></label>
      <label>Service <input name="service" placeholder="any" autocomplete="off" /></label>
      <button>Show its history</button>
    </form>
    ${e?i`<${kt} hotspots=${t.data?.top_variables??[]} groups=${n.data?.groups??[]} />`:i`<${L} />`}
  </section>`}function kt({hotspots:t,groups:n}){let e=Mt(t,n);return e.length===0?i`<p>No access of a variable has been recorded yet.</p>`:i`<div class="scroll" tabindex="0" role="region" aria-label="Variables"><table>
    <thead><tr><th scope="col">Variable</th><th scope="col">Services</th><th scope="col">Found</th>
      <th scope="col" class="number">Accesses</th><th scope="col" class="number">Traces</th></tr></thead>
    <tbody>${e.map(({name:o,services:r,found:a,hotspot:l})=>i`<tr key=${o}>
      <th scope="row"><a href=${M({name:o,service:r.length===1?r[0]:null},"/variable")}><code>${o}</code></a></th>
      <td>${r.join(", ")}</td>
      <td>${a.length>0?a.map(({kind:s,severity:d,count:h})=>i`<${I} kind=${s} severity=${d} /> ${D(h)}× `):"\u2013"}</td>
      <td class="number">${l?D(l.access_count):"\u2013"}</td><td class="number">${l?D(l.trace_count):"\u2013"}</td></tr>`)}</tbody>
  </table></div>`}function Mt(t,n){return[...new Set([...n.flatMap(({variable:o})=>o??[]),...t.map(({variable:o})=>o)])].map(o=>{let r=t.find(({variable:s})=>s===o),a=n.filter(({variable:s})=>s===o),l=[...new Set([...a.map(({service:s})=>s),...r?.services??[]])];return{name:o,services:l,found:a,hotspot:r}})}await B("/variable/style.css");function ye(){let{query:t}=U(),n=t.get("name")??"";return n===""?i`<${it} />`:i`<${Tt} key=${n} name=${n} query=${t} />`}function Tt({name:t,query:n}){let e=G(n),{data:o,error:r,degraded:a}=T(K("/api/variable",{name:t,service:e.service,...Z(e)})),l=o;return N(l?"ready":r?"failed":"loading"),l?i`<section class="variable">
    <h1><code>${t}</code>${e.service&&i` <span class="muted">in ${e.service}</span>`}</h1>
    ${a&&i`<${j} />`}
    <p>${At(l)} <a class="no-print" href="/variable">Another variable</a></p>
    <form class="choice no-print" aria-label="Filters" onSubmit=${s=>s.preventDefault()}>
      <label>Service <select value=${e.service} onChange=${({target:s})=>f({service:s.value})}>
        <option value="">All services</option>
        ${Wt(l,e.service).map(s=>i`<option value=${s}>${s}</option>`)}</select></label>
      <${J} filters=${e} />
      <${Ct} byTime=${n.get("spacing")==="time"} />
    </form>
    ${l.accesses.length===0?i`<p class="note">No access of it was recorded in this time. <a href=${M({last:null,from:null,until:null,service:null})}>Look everywhere</a></p>`:i`<${Ot} history=${l} query=${n} />`}
  </section>`:r?i`<${q} title="This history can't be read" text=${r.message} />`:i`<${L} />`}function Ot({history:{accesses:t,accesses_omitted:n,findings:e,findings_omitted:o},query:r}){let[a,l]=[r.get("event")??"",r.get("finding")??""],[s,d]=Lt(),h=[...e].sort((c,m)=>st(c)<st(m)?1:-1),u=h.find(({id:c})=>c===l)??h.find(({kind:c})=>c===l)??null;return i`
    <div ref=${s}>${d>0&&i`<${et} accesses=${t} event=${a} width=${d} byTime=${r.get("spacing")==="time"}
      finding=${u} />`}</div>
    <p class="legend small muted"><span><svg width="10" height="10" aria-hidden="true"><rect class="write" x="1" y="1" width="8" height="8" /></svg> write</span>
      <span><svg width="10" height="10" aria-hidden="true"><circle class="read" cx="5" cy="5" r="4" /></svg> read</span>
      <span><svg width="10" height="10" aria-hidden="true"><path class="flag" d="M5 9L9 2H1Z" /></svg> part of a finding</span>
      <span>bars below: one request each</span></p>
    <${nt} access=${t.find(({event_id:c})=>c===a)??null} />
    <section aria-labelledby="patterns"><h2 id="patterns">What requests did to each other</h2>
      <${rt} findings=${h} omitted=${o} chosen=${u?.id??""} /></section>
    <section aria-labelledby="accesses"><h2 id="accesses">Accesses</h2>
      <${Q} accesses=${t} omitted=${n} event=${a} /></section>`}function st({accesses:t}){return t.reduce((n,{timestamp:e})=>e>n?e:n,"")}function Ct({byTime:t}){return i`<fieldset class="spacing"><legend>Spacing</legend>
    <button type="button" aria-pressed=${!t} onClick=${()=>f({spacing:null})}>Each access</button>
    <button type="button" aria-pressed=${t} onClick=${()=>f({spacing:"time"})}>By time</button></fieldset>`}function At({accesses:t,accesses_omitted:n,findings:e,findings_omitted:o}){if(t.length===0)return"";let[r,a]=[t[0].timestamp,t[t.length-1].timestamp],l=new Set(t.map(({trace_id:h})=>h)).size,s=n>0?`The newest ${t.length} of ${t.length+n} accesses`:g(t.length,"access","accesses"),d=e.length+o;return i`${s} in ${g(l,"trace")} within ${F(p(a)-p(r))}, until ${v(a)} UTC.
    ${" "}<strong>${d===0?"No requests came between each other.":`${g(d,"time")}, requests came between each other.`}</strong>`}function Wt({accesses:t},n){return[...new Set([...t.map(({service:e})=>e),...n?[n]:[]])].sort()}function Lt(){let t=W(null),[n,e]=x(0);return A(()=>{let o=new ResizeObserver(([{contentRect:r}])=>e(Math.floor(r.width)));return t.current&&o.observe(t.current),()=>o.disconnect()},[]),[t,n]}export{ye as View};
