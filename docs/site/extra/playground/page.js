// The playground's page: an editor that marks mistakes, and panels that ask the worker. All answers are cablese's own.
import { drawn } from "./curve.js";

const at = (id) => document.getElementById(id);
const text = at("text"), painted = at("painted");
const PAUSE = 150; // milliseconds after a key until the text is checked
const FIRST = "marina";

// --- the worker ---------------------------------------------------------------------------------------------------

let worker, waiting, number = 0;

function start() {
  waiting = new Map();
  const began = performance.now();
  document.body.dataset.state = "loading";
  at("status").textContent = "loading Python";
  worker = new Worker("worker.js", { type: "module" });
  return new Promise((ready) => {
    worker.onmessage = ({ data }) => {
      if (data.ready) {
        document.body.dataset.state = "ready";
        at("status").textContent = `ready, loaded in ${((performance.now() - began) / 1000).toFixed(1)} s`;
        ready();
      } else if (data.failed) {
        document.body.dataset.state = "failed";
        at("status").textContent = data.failed;
      } else if (data.answer) {
        waiting.get(data.id)?.settle(data.answer);
        waiting.delete(data.id);
      } else {
        waiting.get(data.id)?.hear(data);
      }
    };
  });
}

function ask(request, hear = () => {}) {
  number += 1;
  const id = number;
  return new Promise((settle) => {
    waiting.set(id, { settle, hear });
    worker.postMessage({ id, request });
  });
}

// --- the editor ---------------------------------------------------------------------------------------------------

const rules = (await (await fetch("tokens.json")).json()).patterns;
const token = new RegExp(rules.map(({ match }) => `(${match})`).join("|"), "gm");
let marks = [];

// The text in colours, by the token table that editors have too, with the marks of mistakes.
function paint() {
  const found = [];
  for (const match of text.value.matchAll(token)) {
    const rule = rules[match.slice(1).findIndex((part) => part !== undefined)];
    found.push({ start: match.index, end: match.index + match[0].length, names: rule.name.split(".") });
  }
  for (const mark of marks) {
    found.push({ start: mark.start, end: Math.max(mark.end, mark.start + 1), names: [mark.severity] });
  }
  const cuts = [...new Set([0, text.value.length, ...found.flatMap(({ start, end }) => [start, end])])]
    .filter((cut) => cut <= text.value.length).sort((one, other) => one - other);
  const ends = found.toSorted((one, other) => one.start - other.start);
  let next = 0, open = [];
  painted.replaceChildren(...cuts.slice(1).map((end, i) => {
    const piece = document.createElement("span");
    while (next < ends.length && ends[next].start <= cuts[i]) open.push(ends[next++]);
    open = open.filter((part) => part.end > cuts[i]);
    piece.className = open.flatMap(({ names }) => names).join(" ");
    piece.textContent = text.value.slice(cuts[i], end);
    return piece;
  }), "\n");
  follow();
}

function follow() {
  painted.scrollTop = text.scrollTop;
  painted.scrollLeft = text.scrollLeft;
}

function write(value) {
  text.value = value;
  marks = [];
  paint();
  asked();
}

function edit({ edits }) {
  let value = text.value;
  for (const { start, end, text: instead } of edits.toSorted((one, other) => other.start - one.start)) {
    value = value.slice(0, start) + instead + value.slice(end);
  }
  write(value);
  text.focus();
}

function go({ start, end }) {
  text.focus();
  text.setSelectionRange(start, end);
  const line = text.value.slice(0, start).split("\n").length - 1;
  text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
}

// --- check --------------------------------------------------------------------------------------------------------

let pause;

function asked() {
  clearTimeout(pause);
  document.body.dataset.checked = "no";
  pause = setTimeout(check, PAUSE);
}

async function check() {
  const value = text.value;
  const { found = [], words, problem, error } = await ask({ do: "check", text: value });
  if (value !== text.value) return;
  marks = found;
  paint();
  at("check").replaceChildren(...(found.length ? found.map(told) : [plain(words ?? error)]));
  const field = document.forms[0].problem;
  if (problem && (!field.value || field.value === field.dataset.own)) field.value = field.dataset.own = problem;
  document.body.dataset.checked = "yes";
  await panels[shownPanel]?.();
}

function told(found) {
  const block = document.createElement("div");
  block.className = found.severity === "error" ? "found wrong" : "found";
  block.append(plain(found.words), button(`go to line ${found.line}`, () => go(found)));
  if (found.fix) block.append(" ", button(found.fix.title, () => edit(found.fix)));
  return block;
}

function plain(words) {
  return Object.assign(document.createElement("pre"), { textContent: words });
}

function button(words, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: words });
  made.addEventListener("click", act);
  return made;
}

// --- the other panels ---------------------------------------------------------------------------------------------

async function show() {
  const { text: form, error } = await ask({ do: "show", text: text.value, form: at("form").value });
  at("shown").textContent = form ?? error;
}

async function differ() {
  const width = Math.max(40, Math.floor(at("differences").clientWidth / 8));
  const { text: account, error } = await ask({ do: "diff", text: text.value, other: at("other").value, width });
  at("differences").textContent = account ?? error;
}

async function run(event) {
  event.preventDefault();
  const form = new FormData(document.forms[0]);
  at("start").disabled = true;
  at("stop").disabled = false;
  at("told").textContent = "running";
  const hear = ({ loading, point }) => {
    at("told").textContent = loading ? `loading ${loading}` : `round ${point.round}`;
  };
  const found = await ask({ do: "run", text: text.value, ...Object.fromEntries(form) }, hear);
  at("start").disabled = false;
  at("stop").disabled = true;
  at("told").textContent = found.error ?? `${found.header}: ${found.points.at(-1).round} rounds`;
  at("told").className = found.error ? "failed" : "";
  if (found.points) drawn(found.points);
}

// A run cannot be asked to end, so its worker is, and another one begins.
async function stop() {
  worker.terminate();
  for (const { settle } of waiting.values()) settle({ error: "stopped" });
  await start();
}

const panels = { show, diff: differ };
let shownPanel = "check";
const tabs = [...document.querySelectorAll("[role=tab]")];

function choose(tab) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    at(other.getAttribute("aria-controls")).hidden = !chosen;
  }
  shownPanel = tab.getAttribute("aria-controls");
  if (document.body.dataset.state === "ready") panels[shownPanel]?.();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
}

// --- what the address and the library say ---------------------------------------------------------------------------

async function fromAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (wanted.has("spec")) return write(wanted.get("spec"));
  const name = wanted.get("name") ?? FIRST;
  const { text: found } = await ask({ do: "spec", name });
  at("examples").value = name;
  return write(found ?? "");
}

function share() {
  history.replaceState(null, "", `#${new URLSearchParams({ spec: text.value })}`);
  navigator.clipboard?.writeText(location.href).catch(() => {});
  at("status").textContent = "the address holds the spec";
}

async function format() {
  const { text: found, error } = await ask({ do: "fmt", text: text.value });
  if (found !== undefined && found !== text.value) write(found);
  else if (error) choose(at("tab-check"));
}

function fill(select, specs) {
  const families = Map.groupBy(specs, ({ family }) => family);
  select.replaceChildren(...[...families].map(([family, members]) => {
    const group = Object.assign(document.createElement("optgroup"), { label: family.replaceAll("_", " ") });
    group.append(...members.map(({ name }) => new Option(name, name)));
    return group;
  }));
}

globalThis.cablese = { ask }; // for the browser's console

text.addEventListener("input", () => { paint(); asked(); });
text.addEventListener("scroll", follow);
at("examples").addEventListener("change", async ({ target }) => {
  history.replaceState(null, "", `#name=${target.value}`);
  await fromAddress();
});
at("format").addEventListener("click", format);
at("share").addEventListener("click", share);
at("form").addEventListener("change", show);
at("other").addEventListener("change", differ);
at("stop").addEventListener("click", stop);
document.forms[0].addEventListener("submit", run);
addEventListener("hashchange", fromAddress);
choose(tabs[0]);
await start();
const { specs, forms } = await ask({ do: "library" });
fill(at("examples"), specs);
fill(at("other"), specs);
at("other").value = "gd";
at("form").replaceChildren(...forms.map((form) => new Option(form, form)));
await fromAddress();
