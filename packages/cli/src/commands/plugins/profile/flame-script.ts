/** What the page does: draws what is wide enough to be seen, zooms, searches. Text from plugins becomes text only, never markup. */
export const FLAME_SCRIPT = `
"use strict";
const { frames, nodes, activeUs, kinds } = JSON.parse(document.getElementById("data").textContent);
const flames = document.getElementById("flames"), detail = document.getElementById("detail");
const search = document.getElementById("search"), found = document.getElementById("found");
const ROW = 20, THINNEST = 1.5;
const total = nodes.map((node) => node[2]), depth = [], children = nodes.map(() => []), tops = [];
nodes.forEach(([parent], i) => {
  depth[i] = parent < 0 ? 0 : depth[parent] + 1;
  (parent < 0 ? tops : children[parent]).push(i);
});
for (let i = nodes.length - 1; i >= 0; i--) if (nodes[i][0] >= 0) total[nodes[i][0]] += total[i];
const widest = (a, b) => total[b] - total[a];
tops.sort(widest);
children.forEach((list) => list.sort(widest));
let zoomed = -1, wanted = "", shown = new Map();

const frameOf = (i) => frames[nodes[i][1]];
const time = (us) => us >= 999500 ? (us / 1e6).toFixed(2) + " s" : us >= 1000 ? (us / 1e3).toFixed(1) + " ms" : Math.round(us) + " µs";
const share = (us) => (activeUs > 0 ? (100 * us) / activeUs : 0).toFixed(1) + " %";
const isFound = (i) => wanted !== "" && (frameOf(i)[0] + " " + frameOf(i)[1]).toLowerCase().includes(wanted);

function describe(i) {
  const [name, place, kind] = frameOf(i);
  return name + "  " + (place || "the engine") + "  (" + kinds[kind] + ")\\n" +
    time(total[i]) + ", " + share(total[i]) + " with all it calls; " + time(nodes[i][2]) + ", " + share(nodes[i][2]) + " in itself";
}

function bar(i, left, width, row, isAbove) {
  const [name, , kind] = frameOf(i);
  const button = document.createElement("button");
  button.type = "button";
  button.className = ["own", "package", "guest", "node", "engine"][kind] + (isAbove ? " above" : "") + (wanted && !isFound(i) ? " other" : "");
  button.style.left = left + "px";
  button.style.width = Math.max(1, width - 1) + "px";
  button.style.top = row * ROW + "px";
  button.tabIndex = -1;
  button.dataset.node = i;
  button.setAttribute("aria-label", describe(i));
  if (width > 24) button.textContent = name;
  flames.append(button);
  shown.set(i, button);
}

function draw(focus) {
  flames.replaceChildren();
  shown = new Map();
  const width = flames.clientWidth;
  const above = [];
  for (let i = zoomed < 0 ? -1 : nodes[zoomed][0]; i >= 0; i = nodes[i][0]) above.unshift(i);
  above.forEach((i, row) => bar(i, 0, width, row, true));
  const whole = zoomed < 0 ? tops.reduce((sum, i) => sum + total[i], 0) : total[zoomed];
  const waiting = [];
  let rows = above.length;
  const place = (list, left) => {
    for (const i of list) {
      const wide = whole > 0 ? (total[i] / whole) * width : 0;
      if (wide < THINNEST) break;
      waiting.push([i, left]);
      left += wide;
    }
  };
  place(zoomed < 0 ? tops : [zoomed], 0);
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [i, left] = next;
    bar(i, left, (total[i] / whole) * width, depth[i], false);
    rows = Math.max(rows, depth[i] + 1);
    place(children[i], left);
  }
  flames.style.height = rows * ROW + 4 + "px";
  document.getElementById("reset").disabled = zoomed < 0;
  const first = shown.get(focus) || shown.get(zoomed) || flames.firstElementChild;
  if (first) first.tabIndex = 0;
  if (focus !== undefined && first) first.focus();
}

function zoom(i) { zoomed = i; draw(i < 0 ? tops[0] : i); }
function move(i) {
  const next = shown.get(i);
  if (!next) return;
  for (const one of shown.values()) one.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

const nodeOf = (event) => { const one = event.target.closest("[data-node]"); return one ? Number(one.dataset.node) : -1; };
flames.addEventListener("click", (event) => { const i = nodeOf(event); if (i >= 0) zoom(i); });
for (const name of ["focusin", "mouseover"]) {
  flames.addEventListener(name, (event) => { const i = nodeOf(event); if (i >= 0) detail.textContent = describe(i); });
}
flames.addEventListener("keydown", (event) => {
  const i = nodeOf(event);
  if (i < 0) return;
  const row = nodes[i][0] < 0 ? tops : children[nodes[i][0]];
  const at = row.indexOf(i);
  const to = { ArrowUp: nodes[i][0], ArrowDown: children[i][0], ArrowLeft: row[at - 1], ArrowRight: row[at + 1] }[event.key];
  if (event.key.startsWith("Arrow")) { event.preventDefault(); move(to); }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { if (wanted) { search.value = ""; look(); } else zoom(-1); }
  if (event.key === "/" && event.target !== search) { event.preventDefault(); search.focus(); }
});
function look() {
  wanted = search.value.trim().toLowerCase();
  const inside = [];
  let sum = 0;
  nodes.forEach(([parent], i) => {
    inside[i] = (parent >= 0 && inside[parent]) || isFound(i);
    if (inside[i] && !(parent >= 0 && inside[parent])) sum += total[i];
  });
  found.textContent = wanted ? share(sum) + " found" : "";
  draw();
}
search.addEventListener("input", look);
document.getElementById("reset").addEventListener("click", () => zoom(-1));
addEventListener("resize", () => draw());

const self = frames.map(() => 0), all = frames.map(() => 0);
const walk = tops.map((i) => [i, false]).reverse(), open = frames.map(() => 0);
for (let next = walk.pop(); next; next = walk.pop()) {
  const [i, isLeaving] = next, frame = nodes[i][1];
  if (isLeaving) { open[frame]--; continue; }
  self[frame] += nodes[i][2];
  // Of a function that calls itself only the outermost counts.
  if (open[frame]++ === 0) all[frame] += total[i];
  walk.push([i, true]);
  for (const child of children[i]) walk.push([child, false]);
}
const body = document.getElementById("top");
frames.map((_, i) => i).sort((a, b) => self[b] - self[a]).slice(0, 30).forEach((i) => {
  const row = body.insertRow();
  [time(self[i]), share(self[i]), time(all[i]), share(all[i])].forEach((text) => {
    const cell = row.insertCell();
    cell.className = "figure";
    cell.textContent = text;
  });
  for (const text of [frames[i][0], kinds[frames[i][2]], frames[i][1]]) row.insertCell().textContent = text;
});
draw();
`;
