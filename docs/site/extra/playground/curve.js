// The points of a run as a curve and a table.
const SVG = "http://www.w3.org/2000/svg";
const WIDE = 600, HIGH = 320, LEFT = 70, BELOW = 40, ABOVE = 30, RIGHT = 20;
const ROWS = 12; // of the table, evenly spaced, the last among them

const at = (id) => document.getElementById(id);
let points = [];

export function drawn(found) {
  points = found;
  const names = Object.keys(points[0]);
  const counts = names.slice(0, 3);
  options(at("across"), counts, "bits_up");
  options(at("upwards"), names.slice(3), names.includes("f_gap") ? "f_gap" : names[4]);
  at("curve").hidden = false;
  draw();
  tabulate(names);
}

at("across").addEventListener("change", draw);
at("upwards").addEventListener("change", draw);

at("save").addEventListener("click", () => {
  const picture = document.querySelector("#curve svg").cloneNode(true);
  picture.setAttribute("xmlns", SVG);
  picture.prepend(node("style", {}, "text { font: 12px sans-serif; fill: #444 } line { stroke: #ccc } " +
    "path { fill: none; stroke: #0a58ca; stroke-width: 2 }"));
  const file = new Blob([new XMLSerializer().serializeToString(picture)], { type: "image/svg+xml" });
  Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "run.svg" }).click();
});

function options(select, names, chosen) {
  const before = select.value;
  select.replaceChildren(...names.map((name) => new Option(name, name)));
  select.value = names.includes(before) ? before : chosen;
}

// A curve on a logarithmic scale where all values are above 0.
function draw() {
  const x = at("across").value, y = at("upwards").value;
  const known = points.filter((point) => Number.isFinite(point[y]));
  const logarithmic = known.every((point) => point[y] > 0);
  const height = (point) => (logarithmic ? Math.log10(point[y]) : point[y]);
  const [low, high] = ends(known.map(height)), [first, last] = ends(known.map((point) => point[x]));
  const right = (value) => LEFT + ((value - first) / (last - first)) * (WIDE - LEFT - RIGHT);
  const up = (value) => HIGH - BELOW - ((value - low) / (high - low)) * (HIGH - ABOVE - BELOW);
  const number = (value) => Number(value.toPrecision(3)).toLocaleString("en", { notation: "compact" });
  const tick = (value) => short(logarithmic ? 10 ** value : value, 2);
  const parts = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
    const value = low + share * (high - low);
    return [node("line", { x1: LEFT, x2: WIDE - RIGHT, y1: up(value), y2: up(value) }),
      node("text", { x: LEFT - 6, y: up(value) + 4, "text-anchor": "end" }, tick(value))];
  });
  const d = known.map((point, i) => `${i ? "L" : "M"}${right(point[x]).toFixed(1)} ${up(height(point)).toFixed(1)}`);
  document.querySelector("#curve svg").replaceChildren(...parts, node("path", { d: d.join("") }),
    node("text", { x: LEFT, y: HIGH - 22 }, number(first)),
    node("text", { x: WIDE - RIGHT, y: HIGH - 22, "text-anchor": "end" }, number(last)),
    node("text", { x: (LEFT + WIDE) / 2, y: HIGH - 6, "text-anchor": "middle" }, x),
    node("text", { x: LEFT, y: ABOVE - 14 }, y));
}

// A number to so many digits, with a power of ten where it would be long.
function short(value, digits) {
  const size = Math.abs(value);
  return value === 0 || (size >= 1e-3 && size < 1e5) ? String(Number(value.toPrecision(digits))) : value.toExponential(digits - 1);
}

function ends(values) {
  const low = Math.min(...values), high = Math.max(...values);
  return low < high ? [low, high] : [low - 1, high + 1];
}

function node(kind, attributes, words = "") {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = words;
  return made;
}

function tabulate(names) {
  const step = Math.max(1, Math.ceil((points.length - 1) / ROWS));
  const rows = points.filter((_, i) => (points.length - 1 - i) % step === 0);
  const shown = (value) => (Number.isInteger(value) ? value.toLocaleString("en") : value === undefined ? "" : short(value, 4));
  const row = (cells, kind) => {
    const made = document.createElement("tr");
    made.append(...cells.map((words) => Object.assign(document.createElement(kind), { textContent: words })));
    return made;
  };
  document.querySelector("#curve thead").replaceChildren(row(names, "th"));
  document.querySelector("#curve tbody").replaceChildren(...rows.map((point) => row(names.map((name) => shown(point[name])), "td")));
}
