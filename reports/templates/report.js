"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const articles = new Map(all("article.rule").map((article) => [article.id, article]));

  // --- filters: one state for the matrix and the sections below it ---
  const search = find("#search");
  const chosen = (name) => find(`input[name="${name}"]:checked`).value;

  function matches(article, words, family, verdict) {
    const { text, statuses } = article.dataset;
    return (
      (!family || article.dataset.family === family) &&
      (!verdict || statuses.split(" ").includes(verdict)) &&
      words.every((word) => text.includes(word))
    );
  }

  function applyFilters() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const family = chosen("family");
    const verdict = chosen("verdict");
    const filtering = Boolean(words.length || family || verdict);
    let found = 0;
    for (const article of articles.values()) {
      article.hidden = !matches(article, words, family, verdict);
      found += article.hidden ? 0 : 1;
    }
    for (const row of all("tr[data-rule]")) row.hidden = articles.get(row.dataset.rule).hidden;
    for (const head of all("tbody.family")) {
      const rows = find(`#rows-${head.dataset.family}`);
      const shown = all("tr", rows).some((row) => !row.hidden);
      const button = find("button", head);
      head.hidden = !shown;
      rows.hidden = !(filtering ? shown : button.getAttribute("aria-expanded") === "true");
      button.disabled = filtering;
    }
    for (const section of all(".family-rules, #not-covered")) {
      section.hidden = all("article.rule", section).every((article) => article.hidden);
    }
    const total = find("#found").dataset.total;
    find("#found").textContent = filtering ? `${found} of ${total} rules` : `${total} rules`;
    find(".nothing").hidden = found > 0;
  }

  function clearFilters() {
    search.value = "";
    for (const name of ["family", "verdict"]) find(`input[name="${name}"][value=""]`).checked = true;
    applyFilters();
  }

  find(".filters").addEventListener("input", applyFilters);
  find(".filters").addEventListener("submit", (event) => event.preventDefault());
  find("#clear").addEventListener("click", () => {
    clearFilters();
    search.focus();
  });
  for (const button of all("tbody.family button")) {
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      applyFilters();
    });
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "Escape" && event.target === search) clearFilters();
  });

  // --- the matrix: words where there is room for them, else marks; scrolling as a last resort ---
  const frame = find(".matrix-frame");
  const columns = Number(frame.dataset.candidates);
  function fitMatrix() {
    const room = frame.clientWidth / parseFloat(getComputedStyle(document.documentElement).fontSize);
    const scrolls = columns * 2.9 + 8.5 > room;
    frame.classList.toggle("compact", columns > 1 && columns * 7.5 + 14 > room);
    frame.classList.toggle("scrolls", scrolls);
    // What scrolls has to be reachable by keyboard, and have a name.
    if (scrolls) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
    frame.role = scrolls ? "region" : null;
    frame.ariaLabel = scrolls ? "Matrix" : null;
  }
  addEventListener("resize", fitMatrix);
  fitMatrix();

  // --- deep links: #FL-02 and counterexamples open what holds them ---
  function openTarget() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    const article = target && target.closest("article.rule");
    if (!article) return;
    if (article.hidden) clearFilters();
    const details = find("details", article);
    details.open = true;
    target.scrollIntoView();
    const quietly = { preventScroll: true, focusVisible: false };
    if (target === article) find("summary", details).focus(quietly);
  }
  addEventListener("hashchange", openTarget);
  // A link to where the address already points changes no hash, yet has to open it again.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) openTarget();
  });

  const openAll = find("#open-all");
  openAll.addEventListener("click", () => {
    const open = openAll.getAttribute("aria-pressed") !== "true";
    openAll.setAttribute("aria-pressed", String(open));
    openAll.textContent = open ? "Close all" : "Open all";
    for (const article of articles.values()) find("details", article).open = open;
  });

  // --- copy ---
  async function copyText(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const copied = document.execCommand("copy");
      area.remove();
      return copied;
    }
  }
  for (const button of all("button.copy")) {
    button.addEventListener("click", async () => {
      const copied = await copyText(find("code", button.closest("figure").lastElementChild).textContent);
      button.textContent = copied ? "Copied" : "Select and copy by hand";
      button.focus();
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
  }

  // --- theme: as the system, light or dark; remembered where the browser allows it ---
  const theme = find("#theme");
  const THEMES = ["auto", "light", "dark"];
  function setTheme(name) {
    if (name === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    theme.textContent = `Theme: ${name}`;
    theme.setAttribute("aria-label", `Colour theme: ${name === "auto" ? "as the system" : name}`);
    theme.value = name;
  }
  function stored() {
    try {
      return localStorage.getItem("loadproof-theme");
    } catch {
      return null;
    }
  }
  setTheme(THEMES.includes(stored()) ? stored() : "auto");
  theme.addEventListener("click", () => {
    setTheme(THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]);
    try {
      localStorage.setItem("loadproof-theme", theme.value);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  });

  // --- print: everything open, and as it was afterwards ---
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });

  applyFilters();
  openTarget();
})();
