// The finder of methods on the page of all methods: it reads that page's own tables, and hides the rows that do not fit.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const page = document.getElementById("the-methods");
  const byClass = document.querySelector("#by-the-class-of-compressors table");
  const bySent = document.querySelector("#by-what-they-send table");
  if (!page || !byClass || !bySent) return;

  const groups = (table) =>
    new Map([...table.tBodies[0].rows].map((row) =>
      [row.cells[0].textContent, new Set([...row.cells[1].querySelectorAll("code")].map((code) => code.textContent))]));
  const choices = { class: groups(byClass), sends: groups(bySent) };
  const sections = [...page.querySelectorAll("section")].map((section) => ({
    section,
    family: section.querySelector("h3").firstChild.textContent,
    rows: [...section.querySelectorAll("tbody tr")].map((row) =>
      ({ row, name: row.cells[0].textContent.trim(), text: row.textContent.toLowerCase() })),
  }));

  const form = document.createElement("form");
  form.className = "finder";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Find a method");
  const words = field("words", Object.assign(document.createElement("input"), { type: "search" }));
  const family = field("family", select(sections.map(({ family }) => family)));
  const kind = field("class of compressors", select([...choices.class.keys()]));
  const sends = field("messages of a round", select([...choices.sends.keys()]));
  const count = document.createElement("output");
  form.append(count);
  byClass.closest("section").before(form);
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  show();

  function field(title, control) {
    const label = document.createElement("label");
    label.append(title, control);
    form.append(label);
    return control;
  }

  function select(options) {
    const control = document.createElement("select");
    control.append(new Option("any", ""), ...options.map((text) => new Option(text, text)));
    return control;
  }

  function show() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const any = !wanted.length && !family.value && !kind.value && !sends.value;
    for (const table of [byClass, bySent]) table.closest("section").hidden = !any;
    let found = 0;
    for (const { section, family: here, rows } of sections) {
      let some = false;
      for (const { row, name, text } of rows) {
        const fits = (!family.value || family.value === here)
          && (!kind.value || choices.class.get(kind.value).has(name))
          && (!sends.value || choices.sends.get(sends.value).has(name))
          && wanted.every((word) => text.includes(word));
        row.hidden = !fits;
        some ||= fits;
        found += fits;
      }
      section.hidden = !some;
    }
    count.textContent = `${found} ${found === 1 ? "method" : "methods"}`;
  }
});
