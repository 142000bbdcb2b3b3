import{a as ae,b as q,c as oe,d as se,f as ie}from"./chunk-NPCRACXQ.js";import{a as f,b as p,c as w,e as T,f as re,h as E,i as k,l as y}from"./chunk-E5PSMOS3.js";import{C as I,D as R,E as j,G as ee,I as te,J as ne,c as b,d as D,e as h,g as M,h as P,i as F,j as i,l as C,m as v,n as J,o as Z,t as X,u as g,v as _,z as Q}from"./chunk-2A2MPQXE.js";function ce({condition:e,degraded:t,connection:n}){return n==="lost"?i`<p class="note critical banner" role="alert"><strong>The sidecar can't be reached.</strong> What is shown was true
      before; the page comes back by itself.</p>`:e?.degraded||t?i`<p class="note warning banner" role="status"><strong>${Ge(e)}</strong> What is shown may miss something.
      ${e?.reason&&i` <span class="muted">${e.reason}</span>`}</p>`:e&&!e.ready?i`<p class="note critical banner" role="alert"><strong>The sidecar takes no events.</strong> ${e.reason}</p>`:null}function Ge(e){return e?.storage==="memory"?"The store is degraded.":"Postgres is away, or has not got everything yet."}var Ue={connecting:["\u25CB","connecting"],live:["\u25CF","live"],lost:["\u2715","not connected"],paused:["\u2016","paused"]};function le({connection:e}){let[t,n]=Ue[e];return i`<span class=${`live-state ${e}`} role="status"><span aria-hidden="true">${t}</span> ${n}</span>`}function Ve(){let e=Date.now(),t=(a,o,s)=>({trace_id:`example-${e}`,event_id:`${a}-${o}`,kind:"StateChange",timestamp:re(e+o),location:`bank.js:${10+o}`,metadata:{variable:"balance",...s,service_name:"bank",thread_id:a,process_id:1}}),n={access_type:"Read",new_value:100},r=a=>({access_type:"Write",old_value:100,new_value:a});return[t("alice",0,n),t("bob",1,n),t("bob",2,r(70)),t("alice",3,r(50))]}function Ye(e){return`curl ${location.origin}/events -d '[
${e.map(t=>`  ${JSON.stringify(t)}`).join(`,
`)}]'`}var Je=()=>`// Cargo.toml: raceway = "0.1"
let raceway = Arc::new(RacewayClient::new("${location.origin}", "my-service"));
let app = Router::new()
    .route("/transfer", post(transfer))
    .layer(middleware::from_fn_with_state(raceway.clone(), RacewayClient::middleware));`;function ue({connection:e}){let[t]=b(Ve);return i`<div class="first-use">
    <h1>Nothing has been recorded yet</h1>
    <p class="lead">Raceway finds out which accesses of concurrent programs race, which updates are lost, and why. Send it
      what your program does, and it shows here, without reloading.</p>
    <p class="waiting" role="status"><span class="pulse" aria-hidden="true"></span>
      ${e==="live"?"Waiting for the first event \u2026":"Connecting \u2026"}</p>
    <ol class="steps">
      <li><h2>Try it</h2>
        <p>Two requests pay out of one account, and one of them is lost:</p>
        <${de} text=${Ye(t)} name="the command" />
        <${Ze} events=${t} /></li>
      <li><h2>Record your own program</h2>
        <p>Point an SDK (Rust, TypeScript, Python or Go) at <code>${location.origin}</code>. In Rust with axum:</p>
        <${de} text=${Je()} name="the lines" /></li>
      <li><h2>Or look into a file</h2>
        <p><a href="/open">Open a file of events</a>. It is analysed, and not stored.</p></li>
    </ol>
  </div>`}function de({text:e,name:t}){let[n,r]=b(!1),a=()=>navigator.clipboard.writeText(e).then(()=>r(!0),()=>r(!1));return i`<div class="code-block">
    <pre tabindex="0"><code>${e}</code></pre>
    ${navigator.clipboard&&i`<button type="button" onClick=${a} aria-label=${`Copy ${t}`}>${n?"Copied":"Copy"}</button>`}
  </div>`}function Ze({events:e}){let[t,n]=b("");return i`<p><button type="button" class="primary" onClick=${async()=>{n("Sending \u2026"),n(await Xe(e).catch(()=>"The sidecar could not be reached."))}}>Send these four events</button>
    ${" "}<span role="status">${t}</span></p>`}async function Xe(e){let t=await fetch("/events",{method:"POST",body:JSON.stringify(e),headers:{"Content-Type":"application/json",...I()}});return t.ok?"They are stored.":t.status===401||t.status===403?"Sending takes a key of the role ingest: use the command, with a header Authorization: Bearer KEY.":`The sidecar answered ${t.status} ${t.statusText}.`}function fe(){h(()=>(addEventListener("keydown",me),()=>removeEventListener("keydown",me)),[])}function me(e){let t={n:1,p:-1}[e.key];if(!t||ie(e)||e.ctrlKey||e.metaKey||e.altKey)return;let n=[...document.querySelectorAll(".findings .subject")],r=n.findIndex(o=>o===document.activeElement),a=n[r<0?t>0?0:n.length-1:(r+t+n.length)%n.length];a instanceof HTMLElement&&a.focus()}function pe(e){let t="";return n=>{let r=(t+n).split(/\r?\n\r?\n/);t=r.pop()??"";for(let a of r){let o=Qe(a);o&&e(o)}}}function Qe(e){let t={name:"message",id:"",data:""};for(let n of e.split(/\r?\n/)){let[,r,a]=/^([^:]*):? ?(.*)$/.exec(n)??[];r==="event"?t.name=a:r==="id"?t.id=a:r==="data"&&(t.data+=t.data?`
${a}`:a)}return t.data?{...t,data:JSON.parse(t.data)}:null}var $e=[500,1e3,2e3,5e3,1e4],et=4e4;function he(e,t){let[n,r]=b("connecting"),a=M(t);return a.current=t,h(()=>{let o=null,s={service:e,tell:l=>a.current(l),change:r},c=()=>{o?.abort(),o=document.hidden?null:new AbortController,o?tt(s,o.signal):r("paused")};return c(),document.addEventListener("visibilitychange",c),()=>{o?.abort(),document.removeEventListener("visibilitychange",c)}},[e]),n}async function tt(e,t){let n="",r=0,a=o=>{n=o.id||n,r=0,e.tell(o)};for(e.change("connecting");!t.aborted;){if(await nt({...e,tell:a},n,t).catch(()=>{}),t.aborted)return;e.change("lost"),await at($e[Math.min(r,$e.length-1)],t),r+=1}}async function nt(e,t,n){let r=new AbortController,a=await fetch(R("/api/stream",{service:e.service}),{headers:{...I(),...t&&{"Last-Event-ID":t}},signal:AbortSignal.any([n,r.signal])});if(a.status===401&&await j("/api/traces",{page_size:1},n),!a.ok||!a.body)throw new Q(a.status,a.statusText);e.change("live"),await rt(a.body,pe(e.tell),r)}async function rt(e,t,n){let r=e.getReader(),a=new TextDecoder;for(;;){let o=setTimeout(()=>n.abort(),et),{done:s,value:c}=await r.read().finally(()=>clearTimeout(o));if(s)return;t(a.decode(c,{stream:!0}))}}function at(e,t){return new Promise(n=>{let r=setTimeout(n,e);t.addEventListener("abort",()=>{clearTimeout(r),n()},{once:!0})})}var ge=200,ve={traces:[],total:null,degraded:!1,told:new Set,error:null};function ot(e,t){if(t==="begin")return ve;if("failed"in t)return{...e,error:t.failed};if("read"in t){let{read:{traces:a,total_traces:o},degraded:s}=t;return{...e,traces:we([...a,...e.traces]),total:o,degraded:s,error:null}}let{told:n}=t,r=!e.traces.some(({trace_id:a})=>a===n.trace_id);return{...e,traces:we([n,...e.traces]),total:(e.total??0)+(r?1:0),told:new Set([...e.told,n.trace_id].slice(-ge))}}function we(e){let t=new Map;for(let n of e)t.has(n.trace_id)||t.set(n.trace_id,n);return[...t.values()].sort((n,r)=>n.first_timestamp<r.first_timestamp?1:-1).slice(0,ge)}function ye(e,t,n){let[r,a]=D(ot,ve);return h(()=>a("begin"),[e,t]),h(()=>{let o=new AbortController;return j("/api/traces",{page_size:50,service:e,cursor:t&&`${t},`},o.signal).then(({data:s,degraded:c})=>a({read:s,degraded:c}),s=>{o.signal.aborted||a({failed:s})}),()=>o.abort()},[e,t,n]),[r,o=>a({told:o})]}var st=150;function L(e,t,n){let r=ee(t),a=M({asked:0,answered:0,poked:0,alarm:0,isLoading:!0,isDue:!1}),o=F(()=>{let{asked:c,answered:l,alarm:u,isLoading:m,isDue:d}=a.current;if(u||m||!d)return;let $=Math.max(n,3*(l-c))-(Date.now()-l);a.current.alarm=setTimeout(()=>{Object.assign(a.current,{alarm:0,isDue:!1}),r.reload()},Math.max(st,$))},[r.reload,n]),s=F(()=>{Object.assign(a.current,{isDue:!0,poked:Date.now()}),o()},[o]);return h(()=>{let{asked:c,poked:l,isDue:u}=a.current,m=Date.now();if(r.loading)Object.assign(a.current,{isLoading:!0,asked:m});else{let d=r.age===null?c:m-(r.age+1)*1e3;Object.assign(a.current,{isLoading:!1,answered:m,isDue:u||d<l})}o()},[r.loading]),h(()=>()=>clearTimeout(a.current.alarm),[]),{...r,data:r.data,poke:s}}var[it,W]=[1e3,2500];function be(e){let{service:t,variable:n,kind:r}=e,[a,o]=b(0),[s,c]=b(null),l=q(e),[u,m]=ye(t,l.until,a),d=L(null,R("/api/findings",{...l,service:t,variable:n,kind:r}),it),$=L(null,"/api/services/health",W),x=L(null,"/api/distributed/edges",W),G=L(null,"/api/performance/metrics?limit=6",W),U=L(null,"/api/distributed/hotspots",W),V=()=>[d,$,x,G,U].forEach(S=>S.poke()),Fe=he(t,({name:S,data:Y})=>{S==="trace"&&m(Y),(S==="state"||S==="missed")&&o(ze=>ze+1),S==="state"&&c(Y),(S==="finding"||S==="state"&&s!==null)&&V()});return lt(ct(u),V),{list:u,findings:d,health:$,edges:x,performance:G,hotspots:U,condition:s,connection:Fe}}function ct({total:e,traces:t}){return e===null?null:t.map(({trace_id:n,event_count:r})=>`${n} ${r}`).join(`
`)}function lt(e,t){let n=M(null);h(()=>{n.current!==null&&e!==null&&e!==n.current&&t(),n.current=e},[e])}function H({counts:e,label:t,class:n=""}){let r=Math.max(1,...e);return i`<svg class=${`sparkline ${n}`} viewBox="0 0 ${e.length} 1" preserveAspectRatio="none"
      role="img" aria-label=${t}>
    <title>${t}</title>
    <path class="ground" d="M0 1H${e.length}" />
    <path class="bars" d=${dt(e,r)} />
  </svg>`}function dt(e,t){return e.map((n,r)=>{let a=n&&Math.max(.12,n/t);return a&&`M${r+.1} 1V${1-a}H${r+.9}V1Z`}).filter(Boolean).join("")}function O({kind:e,variable:t,service:n,count:r,trace_count:a},o){return a>r&&t!==null?g({name:t,service:n,finding:e},"/variable"):_(o,{finding:t===null?e:`${e}:${t}`})}function ke(e,t){let n=t.toLowerCase();return e.filter(({kind:r,variable:a,service:o,places:s,description:c,trace_ids:l})=>[v(r),a??"",o,c,...s,...l].some(u=>u.toLowerCase().includes(n)))}function xe({findings:e,groups:t}){return i`<ol class="findings" data-findings=${t.length}>
    ${t.map(n=>i`<li key=${`${n.kind} ${n.variable} ${n.service} ${n.places.join()}`}>
      <${ut} group=${n} seconds=${e.bucket_seconds} /></li>`)}
  </ol>
  ${e.groups_omitted>0&&i`<p class="muted small">${p(e.groups_omitted,"more place is","more places are")} not listed. Choose a service or a kind to see them.</p>`}`}function ut({group:e,seconds:t}){let{kind:n,service:r,places:a,count:o,trace_ids:s,counts:c,last_timestamp:l,description:u}=e,m=e.severity.toLowerCase(),d=s[0];return i`<article class=${`finding ${m}`}>
    <div class="what">
      <span class=${`severity ${m}`}><span aria-hidden="true">${C[e.severity]}</span> ${v(n)}
        <span class="hidden">(${m})</span></span>
      <a class="subject" href=${d===void 0?g({}):O(e,d)}>
        ${mt(e)}<span class="hidden">: show why</span></a>
    </div>
    <div class="where"><span>${r}</span> ${a.map($=>i` <code title=${$}>${y($,40)}</code>`)}</div>
    <p class="sentence">${u}</p>
    <div class="often">
      <span><strong>${f(o)}×</strong> <span class="muted">in ${p(e.trace_count,"trace")}</span></span>
      <time class="muted" datetime=${l} title=${`${E(l)} UTC`}>${k(l)}</time>
    </div>
    <${H} counts=${c} class=${m}
      label=${`${p(o,"time")}; at most ${f(Math.max(0,...c))} within ${w(t*1e3)}`} />
    <${ft} group=${e} />
  </article>`}function mt({kind:e,variable:t}){return t??(e==="deadlock"?"locks":"several variables")}function ft({group:e}){let{trace_ids:t,trace_count:n,variable:r,service:a}=e;return i`<details class="traces-of">
    <summary>Traces</summary>
    <ul>${t.map(o=>i`<li><a href=${O(e,o)}><code>${y(o,48)}</code></a></li>`)}</ul>
    <p class="small">
      ${n>t.length&&i`<span class="muted">The newest ${t.length} of ${f(n)}. </span>`}
      ${r&&i`<a href=${g({name:r,service:a},"/variable")}>History of ${r}</a>`}
    </p>
  </details>`}var Se={race:"Two accesses that nothing orders, and no lock keeps apart",lost_update:"A write went over another that its request had not seen",own_write_lost:"A request read back another value than it had written",write_skew:"Each of two requests read what the other then wrote",dirty_write:"Each of two requests wrote after the other",deadlock:"Locks are taken in a cycle: requests can wait for each other for ever",unserializable:"No order of whole requests explains what was read and written",intermediate_read:"A value was read that its writer was about to change again",dirty_read:"What a request had written was read while it went on",non_repeatable_read:"A request read a variable twice, and found another value",read_skew:"A request read two variables of different states",circular_information_flow:"Each of two requests has read what the other wrote"},_e=Object.keys(Se);function pt(e){let t=new Map;for(let{kind:n,severity:r,count:a,counts:o}of e){let s=t.get(n)??{kind:n,severity:r,count:0,places:0,counts:o.map(()=>0)};s.count+=a,s.places+=1,o.forEach((c,l)=>{s.counts[l]+=c}),t.set(n,s)}return[...t.values()]}function Te({findings:e,groups:t,chosen:n}){let r=pt(t);return i`<ul class="kinds">
    ${r.map(a=>i`<li key=${a.kind}><${$t} sum=${a} seconds=${e.bucket_seconds} isChosen=${n===a.kind} /></li>`)}
  </ul>`}function $t({sum:e,seconds:t,isChosen:n}){let r=e.severity.toLowerCase(),a=w(t*1e3),o=`${v(e.kind)}: ${p(e.count,"time")}, at most ${f(Math.max(0,...e.counts))} within ${a}`;return i`<a class=${`kind ${r}`} data-stay href=${g({kind:n?null:e.kind})}
      aria-current=${n?"true":void 0} title=${n?"Show all kinds":"Show this kind only"}>
    <span class=${`severity ${r}`}><span aria-hidden="true">${C[e.severity]}</span> ${v(e.kind)}</span>
    <span class="count">${f(e.count)}</span>
    <${H} counts=${e.counts} label=${o} class=${r} />
    <span class="meaning">${Se[e.kind]??p(e.places,"place")}</span>
  </a>`}function Me(e,t){let n=new Set(t.filter(({from:s,to:c})=>s!==c).flatMap(({from:s,to:c})=>[s,c])),r=ht(e.filter(s=>n.has(s)),t),a=r.length>0?Math.max(...r.map(({row:s})=>s))+1:0,o=e.filter(s=>!n.has(s));return[...r,...o.map((s,c)=>({name:s,column:c%4,row:a+Math.floor(c/4)}))]}function ht(e,t){let n=Ee(e,t),r=wt(e,n),a=Ee(e,t.map(({from:c,to:l})=>({from:l,to:c}))),o=new Map,s=[];for(let c=0;c<=Math.max(0,...r.values());c+=1){let l=e.filter(m=>r.get(m)===c),u=new Map(l.map(m=>[m,vt(a.get(m)??[],o)]));l.sort((m,d)=>(u.get(m)??0)-(u.get(d)??0)),l.forEach((m,d)=>{let $=d-(l.length-1)/2;o.set(m,$),s.push({name:m,column:c,row:$})})}return s}function Ee(e,t){let n=new Map(e.map(r=>[r,[]]));for(let{from:r,to:a}of t)r!==a&&n.has(a)&&n.get(r)?.push(a);return n}function wt(e,t){let n=gt(e,t),r=new Map(n.map((o,s)=>[o,s])),a=new Map(n.map(o=>[o,0]));for(let o of n){let s=(a.get(o)??0)+1;for(let c of t.get(o)??[])(r.get(c)??0)>(r.get(o)??0)&&a.set(c,Math.max(a.get(c)??0,s))}return a}function gt(e,t){let n=new Set([...t.values()].flat()),r=new Set,a=[],o=s=>{r.has(s)||(r.add(s),t.get(s)?.forEach(o),a.push(s))};return e.filter(s=>!n.has(s)).forEach(o),e.forEach(o),a.reverse()}function vt(e,t){let n=e.flatMap(r=>t.get(r)??[]);return n.length?n.reduce((r,a)=>r+a,0)/n.length:0}var z=24,[B,N,K,Ce]=[132,30,64,46],Le={healthy:"\u25CF",warning:"\u25C6",critical:"\u25CB"},Oe={healthy:"active",warning:"quiet",critical:"silent"};function Ne({services:e,calls:t,chosen:n}){let r=yt(t);return i`
    ${e.length>0&&i`<${bt} services=${e.slice(0,z)} calls=${r} chosen=${n} />`}
    ${e.length>z&&i`<p class="muted small">${p(e.length-z,"more service is","more services are")} in the table only.</p>`}
    <details><summary>As a table</summary><${_t} services=${e} calls=${t} /></details>`}function yt(e){let t=new Map;for(let{from_service:n,to_service:r,call_count:a}of e){let o=JSON.stringify([n,r]),s=t.get(o)??{from:n,to:r,count:0};s.count+=a,t.set(o,s)}return[...t.values()]}function bt({services:e,calls:t,chosen:n}){let r=Me(e.map(({name:d})=>d),t),a=r.map(({row:d})=>d),[o,s]=[Math.min(0,...a),Math.max(0,...a)],c=(Math.max(0,...r.map(({column:d})=>d))+1)*(B+K)-K+2,l=(s-o)*Ce+N+2,u=new Map(r.map(({name:d,column:$,row:x})=>[d,{x:$*(B+K)+1,y:(x-o)*Ce+1}])),m=Math.max(1,...t.map(({count:d})=>d));return i`<div class="scroll picture" tabindex="0" role="region" aria-label="Picture of services and their calls">
    <svg class="services" viewBox=${`0 0 ${c} ${l}`} width=${c} height=${l} role="group" aria-label=${kt(t)}>
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">
        <path d="M0 0.5 7 4 0 7.5Z" /></marker></defs>
      ${t.map(d=>i`<${xt} key=${`${d.from} ${d.to}`} call=${d} places=${u} share=${d.count/m} />`)}
      ${e.map(d=>i`<${St} key=${d.name} service=${d} at=${u.get(d.name)} isChosen=${n===d.name} />`)}
    </svg></div>`}function kt(e){return e.length===0?"No service calls another.":e.slice(0,10).map(({from:t,to:n,count:r})=>`${t} calls ${n} ${p(r,"time")}`).join(", ")}function xt({call:e,places:t,share:n}){let[r,a]=[t.get(e.from),t.get(e.to)];if(!r||!a||r===a)return null;let[o,s]=[{x:r.x+B,y:r.y+N/2},{x:a.x-1,y:a.y+N/2}],c=Math.max(K/2,Math.abs(s.x-o.x)/2),l={x:o.x+.62*(s.x-o.x),y:o.y+.75*(s.y-o.y)};return i`<g class="call">
    <title>${`${e.from} \u2192 ${e.to}: ${p(e.count,"call")}`}</title>
    <path d=${`M${o.x} ${o.y}C${o.x+c} ${o.y} ${s.x-c} ${s.y} ${s.x} ${s.y}`}
      stroke-width=${1+2*n} marker-end="url(#arrow)" />
    <text x=${l.x} y=${l.y-5} text-anchor="middle">${f(e.count)}</text>
  </g>`}function St({service:{name:e,status:t,last_activity:n,trace_count:r},at:a,isChosen:o}){if(!a)return null;let s=`${e}: ${Oe[t]??t}, last event ${k(n)}, ${p(r,"trace")} in the last hour`;return i`<a href=${g({service:o?null:e})} data-stay aria-current=${o?"true":void 0}
      class=${`service ${t}`} aria-label=${s}>
    <title>${s}</title>
    <rect x=${a.x} y=${a.y} width=${B} height=${N} rx="5" />
    <text x=${a.x+10} y=${a.y+N/2+4}><tspan class="state">${Le[t]??"\u25CF"}</tspan> ${y(e,15)}</text>
  </a>`}function _t({services:e,calls:t}){return i`<div class="scroll" tabindex="0" role="region" aria-label="Services and their calls"><table>
    <thead><tr><th scope="col">Service</th><th scope="col">State</th><th scope="col" class="number">Last event</th>
      <th scope="col" class="number">Traces, last hour</th><th scope="col">Calls</th></tr></thead>
    <tbody>${e.map(({name:n,status:r,last_activity:a,trace_count:o})=>i`<tr key=${n}>
      <th scope="row"><a href=${g({service:n})} data-stay>${n}</a></th>
      <td><span class=${`state ${r}`} aria-hidden="true">${Le[r]}</span> ${Oe[r]??r}</td>
      <td class="number">${k(a)}</td><td class="number">${f(o)}</td>
      <td>${t.filter(({from_service:s})=>s===n).map(({to_service:s,link_type:c,call_count:l})=>`${s} ${f(l)}\xD7 (${c})`).join(", ")||"\u2013"}</td>
    </tr>`)}</tbody>
  </table></div>`}function Ie({locks:e}){return e.length===0?i`<p class="muted">No lock was waited for.</p>`:i`<div class="scroll" tabindex="0" role="region" aria-label="Contended locks"><table>
    <thead><tr><th scope="col">Lock</th><th scope="col">Service</th><th scope="col" class="number">Waited</th>
      <th scope="col" class="number">Longest</th><th scope="col" class="number">Held</th><th scope="col" class="number">Waits</th></tr></thead>
    <tbody>${e.map(t=>i`<tr key=${`${t.service} ${t.lock}`}>
      <th scope="row">${Tt(t)}</th><td>${t.service}</td>
      <td class="number"><strong>${w(t.total_wait_ms)}</strong></td>
      <td class="number">${w(t.longest_wait_ms)}</td><td class="number">${w(t.total_hold_ms)}</td>
      <td class="number">${f(t.waits)} of ${f(t.acquisitions)}</td></tr>`)}</tbody>
  </table></div>`}function Tt({lock:e,trace_ids:t}){let n=i`<code title=${e}>${y(e,32)}</code>`;return t.length>0?i`<a href=${_(t[0],{view:"locks",lock:e})}>${n}</a>`:n}var Ae=6;function Re({performance:{trace_latency:e,event_performance:{by_type:t}}}){let n=e.slowest_traces.slice(0,Ae);return n.length===0?i`<p class="muted">No trace ended in the last day.</p>`:i`<dl class="latency">
      ${[["median",e.p50_ms],["95 %",e.p95_ms],["99 %",e.p99_ms]].map(([r,a])=>i`
        <div><dt>${r}</dt><dd>${w(Number(a))}</dd></div>`)}
    </dl>
    <${De} label="Operation" unit="average" rows=${t.slice(0,Ae).map(({type:r,count:a,avg_duration_ms:o})=>({key:r,name:r,ms:o,note:`${f(a)}\xD7`}))} />
    <${De} label="Slowest traces" unit="took" rows=${n.map(({trace_id:r,duration_ms:a,services:o})=>({key:r,name:i`<a href=${_(r,{view:"waterfall"})}><code title=${r}>${y(r,26)}</code></a>`,ms:a,note:o[0]??""}))} />`}function De({label:e,unit:t,rows:n}){let r=Math.max(1e-9,...n.map(({ms:a})=>a));return n.length>0&&i`<table class="bars">
    <thead><tr><th scope="col">${e}</th><th scope="col"><span class="hidden">note</span></th><th scope="col" class="number">${t}</th></tr></thead>
    <tbody>${n.map(({key:a,name:o,ms:s,note:c})=>i`<tr key=${a}>
      <th scope="row">${o}</th><td class="muted">${c}</td>
      <td class="number bar" style=${`--share: ${100*s/r}%`}>${w(s)}</td></tr>`)}</tbody>
  </table>`}var Et=30;function je(e){let t=new Map;for(let n of e)for(let r of n.trace_ids)t.set(r,[...t.get(r)??[],n]);return t}function qe(e,t){let n=t.text.toLowerCase(),{from:r,until:a}=q(t),[o,s]=[r?T(r):-1/0,a?T(a):1/0];return e.filter(({trace_id:c,services:l,first_timestamp:u,last_timestamp:m})=>T(m)>=o&&T(u)<s&&[c,...l].some(d=>d.toLowerCase().includes(n)))}function We({traces:e,total:t,found:n,told:r}){let a=e.slice(0,Et);return i`<ol class="live" data-traces=${e.length}>
    ${a.map(o=>i`<li key=${o.trace_id} class=${r.has(o.trace_id)?"fresh":void 0}>
      <${Mt} trace=${o} found=${n.get(o.trace_id)??[]} /></li>`)}
  </ol>
  ${a.length===0?i`<p class="muted">No trace is like this.</p>`:i`<p class="muted small">The newest ${f(a.length)} of ${p(Math.max(t,a.length),"trace")}.</p>`}`}function Mt({trace:e,found:t}){let{trace_id:n,service_name:r,event_count:a,first_timestamp:o,last_timestamp:s,services:c}=e,l=c.filter(u=>u!==r);return i`
    <a class="id" href=${_(n)}><code title=${n}>${y(n,30)}</code></a>
    <time class="muted" datetime=${o} title=${`${E(o)} UTC`}>${k(o)}</time>
    <span class="about muted">${r}${l.length>0&&i`<span title=${l.join(", ")}> +${l.length}</span>`}
      ${" \xB7 "}${p(a,"event")} · ${w(T(s)-T(o))}
      ${Ct(t).map(u=>i` · <a href=${O(u,n)} class=${`severity ${u.severity.toLowerCase()}`}>
        <span aria-hidden="true">${C[u.severity]}</span> ${v(u.kind)}</a>`)}</span>
    <a class="other" href=${g({a:n},"/compare")} aria-label=${`Compare ${n} with another trace`}>compare</a>`}function Ct(e){return e.filter(({kind:t},n)=>e.findIndex(r=>r.kind===t)===n)}function He({findings:e,groups:t,filters:n}){let r=i`<span class="muted">${Nt(e)}</span>`,[a]=t;if(!a)return i`<div class="verdict good">
      <h1><span aria-hidden="true">✓</span> ${oe(n)?"Nothing like this was found":"Nothing is racing"}</h1>
      <p>${r}</p>
    </div>`;let[o]=a.trace_ids;return i`<div class=${`verdict ${a.severity.toLowerCase()}`}>
    <h1>${Lt(t)}</h1>
    <p>The worst: <strong>${v(a.kind)}</strong>${a.variable&&i` of <code>${a.variable}</code>`} in ${a.service}${Ot(a)},
      ${" "}${f(a.count)}× in ${p(a.trace_count,"trace")}, last ${k(a.last_timestamp)}. ${r}</p>
    ${o!==void 0&&i`<a class="why" href=${O(a,o)}>Show why <span aria-hidden="true">→</span></a>`}
  </div>`}function Lt(e){let t=new Set(e.filter(({variable:n})=>n!==null).map(({service:n,variable:r})=>`${n} ${r}`));return t.size===0?e.every(({kind:n})=>n==="deadlock")?"Requests can deadlock":"Requests are in conflict":t.size>1?`${f(t.size)} variables are racing`:i`<code>${e.find(({variable:n})=>n!==null)?.variable}</code> is racing`}function Ot({places:e}){return e.length>0?i` at <code>${e[0]}</code>`:""}function Nt({traces_examined:e,traces_omitted:t}){let n=`${p(e,"trace was","traces were")} looked at`;return t>0?`${n}, the newest of ${f(e+t)}.`:`${n}.`}function Ke({filters:e,live:t}){let{list:n,findings:r,health:a,edges:o,performance:s,hotspots:c,connection:l}=t,u=r.data?.groups??[],m=P(()=>ke(u,e.text),[u,e.text]),d=P(()=>je(u),[u]),$=a.data??[];return i`
    <div class="head">
      ${r.data?i`<${He} findings=${r.data} groups=${m} filters=${e} />`:i`<p class="verdict" role="status">${r.error?r.error.message:"Looking into the newest traces \u2026"}</p>`}
      <${le} connection=${l} />
    </div>
    <${se} filters=${e} services=${$.map(({name:x})=>x)}
      kinds=${Be([..._e,...u.map(({kind:x})=>x)])} variables=${Dt(u,c.data)} />
    <div class="panels">
      <div class="of-findings"><${A} name="findings" title="Findings" note=${r.data&&At(r.data)}>
        ${r.data&&r.error&&i`<p class="note warning">${r.error.message}</p>`}
        ${r.data&&i`<${Te} findings=${r.data} groups=${m} chosen=${e.kind} />
          <${xe} findings=${r.data} groups=${m} />`}<//></div>
      <div class="of-system">
        <${A} name="services" title="Services and calls">
          ${a.data&&i`<${Ne} services=${$} calls=${o.data?.edges??[]} chosen=${e.service} />`}<//>
        <${A} name="locks" title="Contended locks">
          ${r.data&&i`<${Ie} locks=${r.data.locks} />`}<//>
        <${A} name="slow" title="Slow operations">
          ${s.data&&i`<${Re} performance=${s.data} />`}<//>
      </div>
      <div class="of-traces"><${A} name="traces" title="Traces">
        <${We} traces=${qe(n.traces,e)} total=${n.total??0} found=${d}
          told=${n.told} /><//></div>
    </div>`}function At({from:e,until:t,bucket_seconds:n}){return`${E(e).slice(5,16)} to ${E(t).slice(5,16)} UTC, each bar ${w(n*1e3)}`}function A({name:e,title:t,note:n,children:r}){return i`<section class="panel" aria-labelledby=${`title-${e}`}>
    <div class="title"><h2 id=${`title-${e}`}>${t}</h2>${n&&i`<span class="muted small">${n}</span>`}</div>
    ${r}</section>`}function Dt(e,t){return Be([...e.flatMap(({variable:n})=>n??[]),...(t?.top_variables??[]).map(({variable:n})=>n)])}function Be(e){return[...new Set(e)]}function Pe(e){let[,t]=D(n=>n+1,0);h(()=>{let n=setInterval(()=>t(void 0),e);return()=>clearInterval(n)},[e])}await ne("/overview/style.css");function wr(){let{query:e}=X(),t=ae(e),n=be(t),{list:r,findings:a,condition:o,connection:s}=n,c=r.total===null?r.error:null,l=r.total!==null&&(a.data!==null||a.error!==null);te(c?"failed":l?"ready":"loading"),fe(),Pe(1e4);let u=r.total===0&&!t.service;return i`<div class="overview">
    <${ce} condition=${o} degraded=${r.degraded||a.degraded} connection=${s} />
    ${c?i`<${Z} title="The traces can't be read" text=${c.message} />`:r.total===null?i`<${J} />`:u?i`<${ue} connection=${s} />`:i`<${Ke} filters=${t} live=${n} />`}
  </div>`}export{wr as View};
