// Asking for data, and what the reader does.

const POLL_MS = 2000;
const HIDDEN_POLL_MS = 30000;

async function get(path) {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok && response.status !== 404) {
    throw new Error(`the proxy answers ${response.status}`);
  }
  return response.status === 404 ? undefined : await response.json();
}

async function refreshDetail() {
  const name = view.detail;
  if (name === "") return;
  const service = await get(
    `/api/service.json?name=${encodeURIComponent(name)}`,
  );
  if (view.detail !== name) return;
  if (service !== undefined) showDetail(service);
  else {
    byId("detail-body").replaceChildren(
      element("p", { text: "This Service is gone.", kind: "empty" }),
    );
  }
}

async function refresh() {
  const lost = byId("lost");
  try {
    const [node, services] = await Promise.all([
      get("/api/node.json"),
      get("/api/services.json"),
      refreshDetail(),
    ]);
    takeServices(services);
    showNode(node);
    showServices();
    lost.hidden = true;
    document.body.dataset.loaded ??= String(Math.round(performance.now()));
  } catch (error) {
    lost.textContent = `What is shown is old: ${error.message}`;
    lost.hidden = false;
  }
}

let timer;
async function poll() {
  clearTimeout(timer);
  await refresh();
  timer = setTimeout(poll, document.hidden ? HIDDEN_POLL_MS : POLL_MS);
}

function openDetail(name) {
  view.detail = name;
  byId("detail-title").textContent = name;
  byId("detail-body").replaceChildren(
    element("p", { text: "Reading…", kind: "empty" }),
  );
  byId("detail").showModal();
  refreshDetail().catch((error) => {
    byId("detail-body").textContent = error.message;
  });
}

byId("filter").addEventListener("input", ({ target }) => {
  view.filter = target.value;
  view.page = 0;
  showServices();
});
byId("states").addEventListener("click", ({ target }) => {
  const { state } = target.dataset;
  if (state === undefined) return;
  view.state = view.state === state ? "" : state;
  view.page = 0;
  showServices();
});
byId("service-table").addEventListener("click", ({ target }) => {
  const { service, sort } = target.dataset;
  if (service !== undefined) openDetail(service);
  if (sort === undefined) return;
  view.isDescending = view.sort === sort ? !view.isDescending : false;
  view.sort = sort;
  for (const head of byId("service-table").querySelectorAll("thead th")) {
    head.removeAttribute("aria-sort");
  }
  target.closest("th").setAttribute(
    "aria-sort",
    view.isDescending ? "descending" : "ascending",
  );
  showServices();
});
byId("previous").addEventListener("click", () => {
  view.page--;
  showServices();
});
byId("next").addEventListener("click", () => {
  view.page++;
  showServices();
});
byId("close").addEventListener("click", () => byId("detail").close());
byId("detail").addEventListener("close", () => {
  const name = view.detail;
  view.detail = "";
  // The row was made anew meanwhile: the focus goes to its successor.
  byId("service-table").querySelector(`[data-service="${CSS.escape(name)}"]`)
    ?.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey) return;
  if (event.target instanceof HTMLInputElement || byId("detail").open) return;
  event.preventDefault();
  byId("filter").focus();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) poll();
});
poll();
