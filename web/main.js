// Lists the newest traces.

const answer = await fetch("/api/traces");
const { data } = await answer.json();
const items = data.traces.map(({ trace_id, event_count }) => {
  const item = document.createElement("li");
  item.textContent = `${trace_id}: ${event_count} events`;
  return item;
});
const list = document.createElement("ol");
list.append(...items);
document.getElementById("app").append(list);
