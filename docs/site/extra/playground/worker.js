// Python in the browser: loads Pyodide and cablese's wheel, and has cablese answer the page's requests, one at a time.
const config = await (await fetch("config.json")).json();
const base = new URL(config.pyodide, self.location).href;

let pyodide, answer;
try {
  const { loadPyodide } = await import(`${base}pyodide.mjs`);
  const [loaded, wheel] = await Promise.all([
    loadPyodide({ indexURL: base }),
    fetch(config.wheel).then((found) => found.arrayBuffer()),
  ]);
  pyodide = loaded;
  pyodide.unpackArchive(wheel, "wheel");
  answer = pyodide.runPython("from cablese.playground import answer\nanswer");
  self.postMessage({ ready: true });
} catch (failure) {
  self.postMessage({ failed: `Python could not be loaded from ${base}: ${failure.message}` });
}

self.onmessage = async ({ data: { id, request } }) => {
  try {
    self.postMessage({ id, answer: await answered(id, request) });
  } catch (failure) {
    self.postMessage({ id, answer: { error: `This is a bug in cablese: ${failure.message}` } });
  }
};

// The answer to a request, with the packages loaded that it asks for.
async function answered(id, request) {
  const tell = (point) => self.postMessage({ id, point: JSON.parse(point) });
  for (;;) {
    const found = JSON.parse(answer(JSON.stringify(request), tell));
    if (!found.missing) return found;
    self.postMessage({ id, loading: found.missing });
    if (!(await loads(found.missing))) {
      return { error: `A run needs ${found.missing}, which is not at ${base}. Check, show and diff need nothing more; ` +
        "runs are at home on your own machine: pip install cablese." };
    }
  }
}

async function loads(name) {
  if (config.packages && !config.packages.some((file) => file.startsWith(`${name}-`))) return false;
  try {
    await pyodide.loadPackage(name, { messageCallback: () => {}, errorCallback: () => {} });
  } catch {
    return false;
  }
  return name in pyodide.loadedPackages;
}
