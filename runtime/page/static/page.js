// The explorer of curves: reads the page's data, draws them with uPlot, and follows the reader's choices.
"use strict";
(() => {
  const root = document.documentElement;
  const find = (name) => document.getElementById(name);
  const make = (tag, text, attributes = {}) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  // --- light and dark -----------------------------------------------------------------------------------------

  const system = matchMedia("(prefers-color-scheme: dark)");
  const THEMES = ["auto", "dark", "light"];
  let theme = "auto";
  try { theme = localStorage.getItem("cablese-theme") || "auto"; } catch { /* a page that may keep nothing */ }
  if (!THEMES.includes(theme)) theme = "auto";
  const restyled = [];
  function paint(forced) {
    const dark = forced ? forced === "dark" : theme === "auto" ? system.matches : theme === "dark";
    root.dataset.theme = dark ? "dark" : "light";
    find("theme").textContent = `Theme: ${theme}`;
    for (const tell of restyled) tell();
  }
  find("theme").hidden = false;
  find("theme").addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    try { localStorage.setItem("cablese-theme", theme); } catch { /* as above */ }
    paint();
  });
  system.addEventListener("change", () => paint());
  paint();

  // a link to a folded part opens it
  find("links").addEventListener("click", (event) => {
    const name = event.target.getAttribute("href");
    const folded = name && document.querySelector(`${name} > details`);
    if (folded) folded.open = true;
  });

  // --- differences of pairs -----------------------------------------------------------------------------------

  // of more than a few pairs the reader picks one
  function pick() {
    const box = document.querySelector(".pairs");
    const parts = new Map([...(box?.querySelectorAll("details") ?? [])].map((part) => [part.dataset.pair, part]));
    if (parts.size <= 3) return;
    const names = JSON.parse(box.dataset.names);
    const between = (i, j) => parts.get(i < j ? `${i} ${j}` : `${j} ${i}`);
    const compared = (i) => [...names.keys()].filter((j) => j !== i && between(i, j));
    const [one, other] = ["one method", "the other"].map((words) => make("select", undefined, { "aria-label": words }));
    const offer = (select, places, wanted) => {
      select.replaceChildren(...places.map((at) => make("option", names[at], { value: at })));
      select.value = wanted;
      if (!select.value) select.selectedIndex = 0;
    };
    const show = () => {
      offer(other, compared(Number(one.value)), other.value);
      const shown = between(Number(one.value), Number(other.value));
      for (const part of parts.values()) part.hidden = !(part.open = part === shown);
    };
    offer(one, [...names.keys()].filter((i) => compared(i).length), "");
    for (const select of [one, other]) select.addEventListener("change", show);
    const row = make("div", undefined, { class: "row" });
    row.append(one, "and", other);
    box.prepend(row);
    show();
  }
  pick();

  // --- numbers ------------------------------------------------------------------------------------------------

  const PREFIXES = ["", "k", "M", "G", "T", "P"];
  function powerOf(value) {
    let power = 0;
    for (let left = Math.abs(value); left >= 1000 && power < PREFIXES.length - 1; left /= 1000) power += 1;
    return power;
  }
  const digits = (value, many = 3) => String(Number(value.toPrecision(many)));
  function shortNumber(value) {
    const size = Math.abs(value);
    if (value === 0 || (size >= 0.001 && size < 1e5)) return digits(value, 4);
    return value.toExponential(size === 10 ** Math.round(Math.log10(size)) ? 0 : 2).replace("e+", "e").replace(/\.?0+e/, "e");
  }
  function amount(value, axis) {
    if (axis.in_bits) {
      const power = powerOf(value);
      return `${digits(value / 1000 ** power)} ${PREFIXES[power]}bit`;
    }
    return value >= 1000 ? Math.round(value).toLocaleString("en") : digits(value, 4);
  }

  // --- the state ----------------------------------------------------------------------------------------------

  let { studies } = JSON.parse(find("data").textContent);
  if (!find("curves")) return;
  const state = { study: 0, metric: "", axis: "", rise: "auto", run: "auto", per: "node", centre: "median", level: "" };
  const hidden = new Set();
  let chosen = false; // the axis, by the reader
  const study = () => studies[state.study];
  const axis = () => study().axes.find((each) => each.name === state.axis);
  const metric = () => study().metrics.find((each) => each.name === state.metric);

  function preferred() {
    const names = study().axes.map((each) => each.name);
    const wanted = study().curves.length > 1 ? ["bits_up", "bits"] : [];
    if (!chosen || !names.includes(state.axis)) state.axis = [...wanted, ...names].find((name) => names.includes(name));
    if (!metric()) state.metric = study().metrics[0] ? study().metrics[0].name : "";
  }
  function readAddress() {
    const given = new URLSearchParams(location.hash.replace(/^#\??/, ""));
    chosen = given.has("axis");
    for (const name of ["metric", "axis", "rise", "run", "per", "centre", "level"]) {
      if (given.has(name)) state[name] = given.get(name);
    }
    const study = Number(given.get("study"));
    if (Number.isInteger(study) && study in studies) state.study = study;
  }
  function writeAddress() {
    const kept = new URLSearchParams({ study: state.study, metric: state.metric, axis: state.axis });
    for (const [name, plain] of [["rise", "auto"], ["run", "auto"], ["per", "node"], ["centre", "median"], ["level", ""]]) {
      if (state[name] !== plain) kept.set(name, state[name]);
    }
    try { history.replaceState(null, "", `#?${kept}`); } catch { /* a frame that may not */ }
  }

  // --- choices ------------------------------------------------------------------------------------------------

  function take(name, value) {
    state[name] = value;
    if (name === "metric") state.level = "";
    chosen ||= name === "axis";
    show();
  }
  function choices(place, options, name) {
    const box = find(place);
    box.replaceChildren();
    for (const [value, words] of options) {
      const input = make("input", undefined, { type: "radio", name: place, value });
      input.checked = state[name] === value;
      input.addEventListener("change", () => { take(name, value); });
      const label = make("label", words);
      label.prepend(input);
      box.append(label);
    }
    if (![...box.querySelectorAll("input")].some((input) => input.checked)) box.querySelector("input")?.click();
  }
  const AXES = {
    rounds: "rounds", bits_up: "bits up", bits_down: "bits down", bits: "bits up + down", bits_paper: "bits, as papers count",
    MB: "MB", epochs: "epochs", oracle_calls: "gradients", seconds: "seconds", predicted_seconds: "predicted seconds",
  };
  function fill() {
    preferred();
    choices("metric", study().metrics.map((each) => [each.name, each.label]), "metric");
    choices("axis", study().axes.map((each) => [each.name, AXES[each.name] || each.label]), "axis");
    choices("rise", [["auto", "auto"], ["log", "log"], ["linear", "linear"]], "rise");
    choices("run", [["auto", "auto"], ["log", "log"], ["linear", "linear"]], "run");
    choices("per", [["node", "per node"], ["total", "in total"]], "per");
    choices("centre", [["median", "median"], ["mean", "mean"]], "centre");
    find("centres").hidden = !study().curves.some((curve) => curve.runs > 1);
    find("studies").hidden = studies.length < 2;
    find("study").replaceChildren(...studies.map((each, at) => make("option", each.title, { value: at })));
    find("study").value = state.study;
    legend();
  }

  // --- curves -------------------------------------------------------------------------------------------------

  const colour = (at) => getComputedStyle(root).getPropertyValue(`--c${at % 7}`).trim();
  const ink = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  const DASHES = [[], [8, 4], [2, 4], [8, 4, 2, 4]];
  const dash = (at) => DASHES[Math.floor(at / 7) % DASHES.length];
  const times = (curve, of) => (of.shared && state.per === "total" ? curve.n : 1);

  function points(curve) {
    const places = curve.places[state.axis] || [];
    const bands = curve.values[state.metric] || {};
    const band = bands[state.centre] || bands.median;
    const found = { x: [], middle: [], low: [], high: [] };
    if (!band) return found;
    const factor = times(curve, axis());
    places.forEach((place, i) => {
      if (band.middle[i] === null || place === null) return;
      if (found.x.length && found.x.at(-1) === place * factor) for (const side of Object.values(found)) side.pop();
      found.x.push(place * factor);
      found.middle.push(band.middle[i]);
      found.low.push(band.low ? band.low[i] : null);
      found.high.push(band.high ? band.high[i] : null);
    });
    return found;
  }

  let drawn = null, courses = [], lineOf = new Map();
  const isLog = (heights) => (state.rise === "auto" ? metric().log : state.rise === "log") && heights.some((value) => value > 0);
  function knee() {
    if (state.run === "linear") return null;
    if (axis().knee !== null) return axis().knee * (state.per === "total" && axis().shared ? Math.min(...study().curves.map((c) => c.n)) : 1);
    if (state.run !== "log") return null;
    const firsts = courses.flatMap((course) => course.x.filter((x) => x > 0).slice(0, 1));
    return firsts.length ? Math.min(...firsts) : null;
  }

  function draw() {
    courses = study().curves.map(points);
    const log = isLog(courses.flatMap((course) => course.middle));
    const positive = (values) => (log ? values.map((value) => (value > 0 ? value : null)) : values);
    const tables = [], series = [{}], bands = [];
    lineOf = new Map();
    courses.forEach((course, at) => {
      if (hidden.has(at) || !course.x.length) return;
      const own = { stroke: colour(at), width: 2, dash: dash(at), spanGaps: true, points: { show: course.x.length === 1, size: 8 } };
      const edge = { stroke: "transparent", width: 0, spanGaps: true, points: { show: false } };
      const banded = course.low.some((value) => value !== null);
      tables.push([course.x, positive(course.middle), ...(banded ? [positive(course.high), floored(course.low, course.middle, log)] : [])]);
      lineOf.set(at, series.length);
      series.push(own, ...(banded ? [edge, edge] : []));
      if (banded) bands.push({ series: [series.length - 2, series.length - 1], fill: `color-mix(in srgb, ${colour(at)} 20%, transparent)` });
    });
    const box = find("plot");
    drawn?.destroy();
    drawn = null;
    box.querySelector(".empty")?.remove();
    if (!tables.length) { box.append(make("p", "No curve is shown.", { class: "empty note" })); return; }
    const bend = knee();
    const line = { stroke: ink("soft"), grid: { stroke: ink("grid"), width: 1 }, ticks: { stroke: ink("grid"), width: 1 }, font: "12px system-ui, sans-serif" };
    const largest = Math.max(...courses.flatMap((course, at) => (hidden.has(at) ? [] : course.x.slice(-1))));
    const power = axis().in_bits ? powerOf(largest) : 0;
    const across = (value) => (value === null ? "" : axis().in_bits ? digits(value / 1000 ** power, 6) : shortNumber(value));
    drawn = new uPlot({
      width: box.clientWidth, height: box.clientHeight,
      legend: { show: false },
      focus: { alpha: 0.2 },
      padding: [8, 28, 0, 0],
      cursor: { drag: { x: true, y: true, uni: 24 }, points: { show: false } },
      scales: {
        x: { time: false, ...(bend === null ? {} : { distr: 4, asinh: bend }) },
        y: log ? { distr: 3 } : {},
      },
      axes: [
        {
          ...line, space: 60, size: 34, values: (_, splits) => splits.map(across),
          ...(bend === null ? {} : { splits: (_, __, min, max) => bentTicks(bend, min, max), filter: (_, splits) => splits }),
        },
        {
          ...line, size: 68, values: (_, splits) => splits.map((value) => (value === null ? "" : shortNumber(value))),
          ...(log ? { grid: { ...line.grid, filter: fewer }, ticks: { ...line.ticks, filter: fewer } } : {}),
        },
      ],
      series, bands,
      hooks: { setCursor: [read] },
    }, uPlot.join(tables), box);
    const words = axis().shared ? `${axis().label} ${state.per === "total" ? "in total" : "per node"}` : axis().label;
    find("xlabel").textContent = axis().in_bits ? `${words} (${PREFIXES[power]}bit)` : words;
    find("ylabel").textContent = metric().label;
    box.setAttribute("aria-label", `${metric().label} against ${words}`);
  }
  // ticks of an axis that is linear up to `bend` and logarithmic beyond: ends of decades, with 2 and 5 of few, evenly if zoomed in
  function bentTicks(bend, min, max) {
    const first = Math.floor(Math.log10(bend)), last = Math.floor(Math.log10(max));
    const steps = last - first > 3 ? [1] : [1, 2, 5];
    const found = min <= 0 ? [0] : [];
    for (let power = first; power <= last; power += 1) {
      for (const step of steps) {
        const tick = Number(`${step}e${power}`);
        if (tick >= Math.max(min, bend) && tick <= max) found.push(tick);
      }
    }
    if (found.length > 2) return found;
    const rough = (max - min) / 6, unit = 10 ** Math.floor(Math.log10(rough));
    const even = unit * [1, 2, 5, 10].find((step) => step * unit >= rough);
    const ticks = [];
    for (let k = Math.ceil(min / even); k * even <= max; k += 1) ticks.push(k * even);
    return ticks;
  }
  // of a logarithmic axis over many decades the grid has the ends of decades alone
  function fewer(plot, splits) {
    const { min, max } = plot.scales.y;
    if (max / min < 1e4) return splits;
    return splits.map((value) => (Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6 ? value : null));
  }
  // a band that goes below nought has no place on a logarithmic axis: it ends where the middle's smallest value stands
  function floored(low, middle, log) {
    const least = Math.min(...middle.filter((value) => value > 0));
    return log ? low.map((value) => (value === null ? null : Math.max(value, least / 10))) : low;
  }

  // --- reading values -----------------------------------------------------------------------------------------

  function nearest(course, x) {
    let low = 0, high = course.x.length - 1;
    while (high - low > 1) {
      const half = (low + high) >> 1;
      if (course.x[half] <= x) low = half; else high = half;
    }
    return Math.abs(course.x[high] - x) < Math.abs(course.x[low] - x) ? high : low;
  }
  function read(plot) {
    const { left } = plot.cursor;
    const x = left === null || left < 0 ? null : plot.posToVal(left, "x");
    find("legend").classList.toggle("reading", x !== null);
    document.querySelectorAll("#legend .read").forEach((place, at) => {
      const course = courses[at];
      const inside = x !== null && course.x.length && x <= course.x.at(-1) * 1.0001;
      const i = inside ? nearest(course, x) : 0;
      place.textContent = inside ? `${shortNumber(course.middle[i])} at ${amount(course.x[i], axis())}` : "";
    });
  }
  function say() {
    find("said").textContent = [...document.querySelectorAll("#legend button")]
      .filter((each) => each.getAttribute("aria-pressed") === "true" && each.querySelector(".read").textContent)
      .map((each) => [...each.querySelectorAll("span")].map((part) => part.textContent).join(": ")).join("; ");
  }
  function legend() {
    find("legend").replaceChildren(...study().curves.map((curve, at) => {
      const button = make("button", undefined, { type: "button", "aria-pressed": String(!hidden.has(at)) });
      const lines = `<svg width="26" height="10" aria-hidden="true"><line x1="1" x2="25" y1="5" y2="5" stroke="var(--c${at % 7})" stroke-width="3" stroke-dasharray="${dash(at).join(" ")}"/></svg>`;
      button.innerHTML = lines;
      button.append(make("span", curve.label), make("span", "", { class: "read" }));
      button.addEventListener("click", () => {
        if (hidden.has(at)) hidden.delete(at); else hidden.add(at);
        button.setAttribute("aria-pressed", String(!hidden.has(at)));
        draw();
      });
      for (const name of ["mouseenter", "focus"]) button.addEventListener(name, () => lift(at));
      for (const name of ["mouseleave", "blur"]) button.addEventListener(name, () => lift(null));
      return button;
    }));
  }
  // the curve of a legend's button stands out, where there are several
  function lift(at) {
    if (drawn && lineOf.size > 1) drawn.setSeries(lineOf.get(at) ?? null, { focus: lineOf.has(at) });
  }
  find("plot").addEventListener("keydown", (event) => {
    if (!drawn || event.ctrlKey || event.metaKey || event.altKey) return;
    const width = drawn.over.clientWidth, height = drawn.over.clientHeight;
    const at = drawn.cursor.left >= 0 ? drawn.cursor.left : 0;
    const step = width / (event.shiftKey ? 10 : 60);
    const moves = { ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: width };
    if (event.key in moves) {
      drawn.setCursor({ left: Math.min(width, Math.max(0, moves[event.key])), top: height / 2 });
      say();
    } else if (event.key === "+" || event.key === "=" || event.key === "-") {
      const ratio = event.key === "-" ? 2 : 0.5;
      const [low, high] = [at - at * ratio, at + (width - at) * ratio].map((place) => drawn.posToVal(place, "x"));
      drawn.setScale("x", { min: Math.max(low, drawn.data[0][0]), max: Math.min(high, drawn.data[0].at(-1)) });
    } else if (event.key === "0" || event.key === "Escape") {
      drawn.setScale("x", { min: drawn.data[0][0], max: drawn.data[0].at(-1) });
    } else return;
    event.preventDefault();
  });

  // --- what it takes ------------------------------------------------------------------------------------------

  function rank() {
    const levels = metric()?.levels || [];
    find("ranking").hidden = !levels.length;
    if (!levels.length) return;
    const slider = find("level");
    slider.max = levels.length - 1;
    let at = levels.findIndex((each) => String(each.value) === state.level);
    if (at < 0) at = Math.max(0, levels.findIndex((each) => each.is_default));
    slider.value = at;
    const level = levels[at], words = `${metric().label} ${metric().rises ? "≥" : "≤"} ${shortNumber(level.value)}`;
    slider.setAttribute("aria-valuetext", words);
    find("level-value").textContent = words;
    find("reached").textContent = metric().rises ? "no lower" : "no higher";
    const orders = make("ul");
    orders.append(...level.lines.map((line) => make("li", line)));
    find("verdict").replaceChildren(level.text, ...(level.lines.length ? [orders] : []));
    find("verdict").classList.toggle("flips", level.lines.length > 0);
    const head = make("tr");
    head.append(make("th", ""));
    for (const each of study().axes) {
      const words = each.shared ? `${AXES[each.name]}${state.per === "total" ? ", total" : "/node"}` : AXES[each.name];
      head.append(make("th", words, { class: "right" }));
    }
    const body = make("tbody");
    study().curves.forEach((curve, place) => {
      const row = make("tr");
      row.append(make("th", curve.label, { scope: "row" }));
      for (const each of study().axes) row.append(cost(level.costs[each.name], place, each));
      body.append(row);
    });
    const top = make("thead");
    top.append(head);
    find("spent").replaceChildren(top, body);
  }
  function cost(costs, place, of) {
    const own = costs[place];
    if (own === null) return make("td", "not reached", { class: "right factor" });
    const scaled = costs.map((value, at) => (value === null ? Infinity : value * times(study().curves[at], of)));
    const least = Math.min(...scaled);
    const cell = make("td", amount(scaled[place], of), { class: scaled[place] === least ? "right best" : "right" });
    if (scaled[place] >= 1.05 * least && least > 0) cell.append(make("span", ` ×${digits(scaled[place] / least, 2)}`, { class: "factor" }));
    return cell;
  }
  find("level").addEventListener("input", (event) => {
    state.level = String(metric().levels[event.target.value].value);
    rank();
    writeAddress();
  });

  // --- saving -------------------------------------------------------------------------------------------------

  function save(content, name) {
    const link = make("a", undefined, { href: URL.createObjectURL(content), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  const named = (suffix) => `${state.metric}-${state.axis}.${suffix}`.replace(/[^\w.-]+/g, "_");
  find("picture").addEventListener("click", () => {
    if (!drawn) return;
    const from = drawn.ctx.canvas, scale = devicePixelRatio;
    const shown = study().curves.map((curve, at) => [curve.label, at]).filter(([, at]) => !hidden.has(at) && courses[at].x.length);
    const canvas = make("canvas");
    canvas.width = from.width;
    canvas.height = from.height + (52 + 20 * shown.length) * scale;
    const pen = canvas.getContext("2d");
    pen.fillStyle = ink("paper");
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(from, 0, 22 * scale);
    pen.scale(scale, scale);
    pen.font = "13px system-ui, sans-serif";
    pen.fillStyle = ink("ink");
    const width = canvas.width / scale, below = from.height / scale + 36;
    pen.fillText(find("ylabel").textContent, 8, 15);
    pen.textAlign = "center";
    pen.fillText(find("xlabel").textContent, width / 2, below);
    pen.textAlign = "left";
    shown.forEach(([label, at], place) => {
      const y = below + 18 + 20 * place;
      pen.strokeStyle = colour(at);
      pen.lineWidth = 3;
      pen.setLineDash(dash(at));
      pen.beginPath();
      pen.moveTo(70, y - 4);
      pen.lineTo(98, y - 4);
      pen.stroke();
      pen.fillText(label, 106, y);
    });
    canvas.toBlob((content) => save(content, named("png")));
  });
  find("table").addEventListener("click", () => {
    const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = ["curve,metric,axis,place,value,low,high"];
    courses.forEach((course, at) => {
      if (hidden.has(at)) return;
      course.x.forEach((x, i) => lines.push([
        quoted(study().curves[at].label), state.metric, state.axis, x, course.middle[i], course.low[i] ?? "", course.high[i] ?? "",
      ].join(",")));
    });
    save(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }), named("csv"));
  });

  // --- together -----------------------------------------------------------------------------------------------

  function show() {
    draw();
    rank();
    const runs = study().curves.map((curve) => curve.runs), most = Math.max(...runs);
    const seeds = Math.min(...runs) === most ? most : `${Math.min(...runs)} to ${most}`;
    find("band").textContent = most > 1 ? `Bands: ${state.centre === "median" ? "median and quartiles" : "mean and standard deviation"} over ${seeds} seeds.` : "";
    writeAddress();
  }
  find("study").addEventListener("change", (event) => {
    state.study = Number(event.target.value);
    state.level = "";
    hidden.clear();
    fill();
    show();
  });
  const shape = () => JSON.stringify(studies.map((each) => [
    each.title, each.axes.map((axis) => axis.name), each.metrics.map((metric) => metric.name), each.curves.map((curve) => curve.label),
  ]));
  let known = "";
  function refresh() {
    find("curves").hidden = !studies.length;
    if (!studies.length) return;
    if (shape() !== known) { known = shape(); fill(); }
    const kept = zoomed();
    show();
    if (kept && drawn) drawn.setScale("x", kept);
  }
  // the part of the horizontal axis that the reader chose, if not all
  function zoomed() {
    if (!drawn) return null;
    const { min, max } = drawn.scales.x, all = drawn.data[0];
    return min > all[0] || max < all.at(-1) ? { min, max } : null;
  }
  readAddress();
  refresh();
  restyled.push(() => { if (studies.length) draw(); });
  new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = find("plot");
    if (drawn && width && (width !== drawn.width || height !== drawn.height)) drawn.setSize({ width, height });
  }).observe(find("plot"));
  addEventListener("beforeprint", () => {
    paint("light");
    drawn?.setSize({ width: 680, height: 380 });
  });
  addEventListener("afterprint", () => paint());

  // --- runs that go on ----------------------------------------------------------------------------------------

  const { events } = document.body.dataset;
  if (!events) return;
  const source = new EventSource(events);
  const tell = (words, over) => {
    find("live").textContent = words;
    find("live").classList.toggle("over", over);
  };
  source.addEventListener("points", (event) => {
    const told = JSON.parse(event.data);
    studies = told.studies;
    tell(told.progress, false);
    refresh();
  });
  source.addEventListener("end", (event) => {
    const told = JSON.parse(event.data);
    source.close();
    studies = told.studies;
    document.title = find("title").textContent;
    for (const name of ["subtitle", "links", "sections"]) find(name).innerHTML = told[name];
    pick();
    tell(told.progress, true);
    refresh();
  });
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) source.close();
    tell("The runs are no longer heard of: the page stands as it was.", true);
  });
})();
