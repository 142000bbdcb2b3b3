// Asks for what the web UI asks for, route by route and in its order, and shows how often each was answered
// and how many there are. `?poll=` is the milliseconds between two polls.

const main = document.querySelector("main");
const form = document.querySelector("form");
const parts = location.pathname.split("/").slice(1).map(decodeURIComponent);
const poll = Number(new URLSearchParams(location.search).get("poll") ?? 20000);

async function ask(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`HTTP error! status: ${response.status}`);
  const { success, data } = await response.json();
  if (!success) throw new Error(`${path}: no success`);
  show(path, data);
  return data;
}

function show(path, data) {
  const line = [...document.querySelectorAll("li")].find((line) => line.dataset.path === path)
    ?? main.querySelector("ol").appendChild(document.createElement("li"));
  line.dataset.path = path;
  line.dataset.answers = Number(line.dataset.answers ?? 0) + 1;
  line.dataset.total = data.total_traces ?? data.events?.length ?? data.length ?? "";
  line.textContent = `${path}: ${line.dataset.answers}`;
}

const insights = {
  "dependency-graph": ["/api/distributed/edges"],
  "performance": ["/api/performance/metrics?limit=10"],
  "health": ["/api/services/health", "/api/traces?page=1&page_size=5"],
  "hotspots": ["/api/distributed/hotspots"],
  "races": ["/api/distributed/global-races"],
};

const tabs = {
  "traces": (service) => [`${service}/traces?page=1&page_size=100`],
  "dependencies": (service) => [`${service}/dependencies`],
  "performance": (service) => [`${service}/traces?page=1&page_size=20`],
};

async function open() {
  const [kind, name, tab] = parts;
  if (kind === "insights") {
    await Promise.all(insights[name].map(ask));
  } else if (kind === "services") {
    const service = `/api/services/${encodeURIComponent(name)}`;
    const [{ traces }] = await Promise.all(tabs[tab ?? "traces"](service).map(ask));
    if (tab === "performance") {
      await Promise.all(traces.slice(0, 5).map(({ trace_id }) => ask(`/api/traces/${trace_id}`)));
    }
  } else if (kind === "traces") {
    await Promise.all([ask(`/api/traces/${name}`), ask(`/api/traces/${name}`), ask("/api/analyze/global")]);
  } else {
    await Promise.all(["/api/distributed/hotspots", "/api/distributed/global-races",
      "/api/traces?page=1&page_size=5"].map(ask));
  }
}

async function refresh() {
  const asked = [ask("/api/traces?page=1&page_size=50"), ask("/api/services")];
  if (parts[0] === "traces") asked.push(ask(`/api/traces/${parts[1]}`));
  await Promise.all(asked);
}

// One answer that is an error shows one, as the web UI has no other way.
async function attempt(asking) {
  try {
    await asking();
    main.dataset.state = "ready";
  } catch (error) {
    main.dataset.state = "failed";
    main.title = error.message;
  }
}

async function start() {
  form.hidden = true;
  await attempt(async () => {
    await refresh();
    await open();
  });
  setInterval(() => attempt(refresh), poll);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { value } = form.elements.password;
  const response = await fetch("/auth/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ password: value }),
  });
  const { success, message } = await response.json();
  form.querySelector("output").textContent = message;
  if (success) await start();
});

const { authenticated, auth_required } = await (await fetch("/auth/check")).json();
main.style.fontWeight = "700";
if (auth_required && !authenticated) {
  form.hidden = false;
  main.dataset.state = "login";
} else {
  await start();
}
