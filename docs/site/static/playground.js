// Below each whole spec of a page a link that opens it in the playground; the spec travels in the address.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const root = document.documentElement.dataset.content_root ?? "../";
  for (const block of document.querySelectorAll(".highlight-alg")) {
    const spec = block.querySelector("pre").textContent;
    if (!/^algorithm /m.test(spec) || !/^output /m.test(spec)) continue;
    const link = document.createElement("a");
    link.href = `${root}playground/index.html#${new URLSearchParams({ spec })}`;
    link.textContent = "open in the playground";
    link.className = "playground";
    block.after(link);
  }
});
