// The reader's side of a stepped warp: moves through the steps that Python recorded, and draws the lanes of one step
// and the memory that they touch. Words and numbers are Python's.
(() => {
  const script = document.currentScript;
  const root = script.closest(".glass-step");
  const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  const steps = data.steps;
  if (!steps.length) return;

  const WIDTH = 720, LEFT = 8, CELL = 22, SECTOR = 32, BANKS = 32;
  const middle = (lane) => LEFT + (lane + 0.5) * CELL;
  const has = (mask, lane) => ((mask >>> lane) & 1) === 1;
  const rect = (x, y, w, h, kind, title = "") =>
    `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" class="${kind}">` +
    (title ? `<title>${escape(title)}</title></rect>` : "</rect>");
  const label = (x, y, words, kind = "") =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="middle" class="${kind}">${words}</text>`;
  const escape = (words) => words.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const svg = (kind, height, inner) => // the words beside it say the same
    `<svg class="${kind}" viewBox="0 0 ${WIDTH} ${Math.ceil(height)}" aria-hidden="true">${inner}</svg>`;

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  // ---- what is on the page ----

  let now = 0;
  const changes = steps.map((step, i) => i).filter((i) => i && steps[i].lanes !== steps[i - 1].lanes);
  const before = () => changes.filter((i) => i < now).at(-1) ?? 0;
  const after = () => changes.find((i) => i > now) ?? steps.length - 1;
  const moves = {
    Home: ["first", () => 0],
    ArrowLeft: ["back", () => now - 1],
    ArrowRight: ["next", () => now + 1],
    End: ["last", () => steps.length - 1],
    PageUp: ["previous change", before],
    PageDown: ["next change", after],
  };
  const buttons = Object.entries(moves).map(([key, [words, to]]) => {
    const what = key.startsWith("Page") ? "of the active lanes" : "step";
    const button = make("button", { type: "button", title: `${words} ${what}: key ${key}` }, words);
    button.addEventListener("click", () => show(to()));
    return button;
  });
  const slider = make("input", { type: "range", min: 0, max: steps.length - 1, step: 1, "aria-label": "step" });
  slider.addEventListener("input", () => show(Number(slider.value)));
  const count = make("output");
  const warp = make("div"), words = make("p", { class: "words", "aria-live": "polite" });
  const memory = make("div", { "aria-live": "polite" });
  const table = make("div", { class: "lanes-table-box" });
  const values = make("details", {}, make("summary", {}, "Each lane of this step"), table);
  root.querySelector(".live.controls").append(...buttons, count, slider);
  root.querySelector(".live.step").append(warp, words);
  root.querySelector(".live.memory").append(memory, values);
  const timeline = root.querySelector(".timeline");
  const cursor = make("div", { class: "now" });
  timeline.append(cursor);

  // ---- the lanes of one step, and what they touch ----

  function drawWarp(step) {
    const out = new Set(step.touch.flatMap((access) => access.outside));
    let inner = "";
    for (let lane = 0; lane < 32; lane++) {
      const there = lane < data.threads, runs = has(step.lanes, lane);
      const kind = !there ? "none" : out.has(lane) ? "out" : runs ? "runs" : "";
      const does = !there ? "no thread" : `thread ${data.thread[lane]} ${runs ? "runs" : "does not run"}`;
      inner += rect(LEFT + lane * CELL + 1, 1, CELL - 2, 20, `cell ${kind}`, `lane ${lane}: ${does}`);
      if (there) inner += label(middle(lane), 15, lane, runs ? "runs" : "");
    }
    return svg("warp", 22, inner);
  }

  const active = (step) => step.lanes.toString(2).replaceAll("0", "").length;

  // The lanes of an access with the byte where each begins, and its value; Python left out what repeats.
  function lanesOf(access) {
    const lanes = [...Array(32).keys()].filter((lane) => has(access.lanes, lane));
    return lanes.map((lane, i) => ({
      lane,
      at: access.at ? access.at[i] : access.first + access.stride * i,
      value: access.value ?? access.values[i],
      out: access.outside.includes(lane),
    }));
  }

  const indexAt = (access, byte) => Math.floor((byte - access.origin) / access.element);
  const bankOf = (word) => ((word % BANKS) + BANKS) % BANKS; // before the array a word is negative
  const HIGH = 46; // from the lanes down to the memory
  const way = ({ lane, out }, x) =>
    `<path class="way ${out ? "out" : ""}" d="M${middle(lane).toFixed(1)} 8V12L${x.toFixed(1)} ${HIGH}"/>`;
  const tick = ({ lane, out }) => rect(middle(lane) - 5, 2, 10, 6, `cell ${out ? "out" : "runs"}`);
  const ticks = (lanes) => lanes.map(tick).join("");

  // Global memory: the sectors of 32 bytes that answer, each with its elements; gaps where others lie between.
  function drawSectors(access, lanes) {
    const unit = SECTOR % access.element ? 4 : access.element, per = SECTOR / unit;
    const places = new Map(); // unit of memory -> whether a lane outside the array wants it
    for (const { at, out } of lanes)
      for (let k = 0; k < Math.max(1, access.size / unit); k++)
        places.set(Math.floor((access.origin + at) / unit) + k, out);
    const sectors = [...new Set([...places.keys()].map((place) => Math.floor(place / per)))].sort((a, b) => a - b);
    const gaps = sectors.map((s, i) => (i === 0 ? 0 : s === sectors[i - 1] + 1 ? 0 : 8));
    const gap = gaps.reduce((a, b) => a + b, 0) > WIDTH / 2 ? 3 / 8 : 1;
    const inside = WIDTH - 2 * LEFT - gap * gaps.reduce((a, b) => a + b, 0);
    const wide = Math.min(CELL, inside / (sectors.length * per));
    const spare = inside - wide * per * sectors.length;
    const under = lanes.reduce((sum, { lane }) => sum + middle(lane), 0) / lanes.length; // as straight as it can be
    let x = LEFT + Math.min(Math.max(under - LEFT - (inside - spare) / 2, 0), spare), inner = "";
    const begin = new Map();
    sectors.forEach((sector, i) => {
      x += gap * gaps[i];
      begin.set(sector, x);
      for (let k = 0; k < per; k++) {
        const place = sector * per + k, index = indexAt(access, place * unit);
        const kind = !places.has(place) ? "free" : places.get(place) ? "out" : "hit";
        const thin = wide < 6 ? " thin" : "";
        const seen = Math.max(wide, thin && kind !== "free" ? 3 : 0);
        inner += rect(x + k * wide, HIGH, seen, 16, `cell ${kind}${thin}`, `${access.of}[${index}]`);
      }
      inner += rect(x, HIGH, wide * per, 16, "sector");
      if (wide * per > 40 || i === 0 || i === sectors.length - 1)
        inner += label(x + Math.max(wide / 2, 8), HIGH + 28, indexAt(access, sector * SECTOR));
      x += wide * per;
    });
    const ways = lanes.map((each) => {
      const place = Math.floor((access.origin + each.at) / unit), sector = Math.floor(place / per);
      return way(each, begin.get(sector) + (place - sector * per + Math.max(1, access.size / unit) / 2) * wide);
    });
    return svg("memory", HIGH + 34, ticks(lanes) + ways.join("") + inner);
  }

  // Shared memory: under each bank the different words that are wanted of it, one pass for each.
  function drawBanks(access, lanes) {
    const banks = Array.from({ length: BANKS }, () => []);
    for (const { at } of lanes)
      for (let k = 0; k < Math.max(1, access.size / 4); k++) {
        const word = Math.floor((access.origin + at) / 4) + k, bank = banks[bankOf(word)];
        if (!bank.includes(word)) bank.push(word);
      }
    const most = Math.max(...banks.map((bank) => bank.length)), high = Math.max(5, Math.min(14, 160 / most));
    let inner = "";
    banks.forEach((words, bank) => {
      inner += rect(LEFT + bank * CELL + 1, HIGH, CELL - 2, high * most, "cell");
      words.sort((a, b) => a - b).forEach((word, k) => {
        const index = indexAt(access, word * 4);
        inner += rect(LEFT + bank * CELL + 1, HIGH + k * high, CELL - 2, high, "cell hit", `${access.of}[${index}]`);
      });
      inner += label(middle(bank), HIGH + high * most + 12, bank);
    });
    const ways = lanes.map((each) => way(each, middle(bankOf(Math.floor((access.origin + each.at) / 4)))));
    return svg("memory", HIGH + high * most + 18, ticks(lanes) + ways.join("") + inner);
  }

  function drawAccess(access) {
    const lanes = lanesOf(access);
    const kinds = { shared: "shared memory, by bank", local: "local memory" };
    const where = kinds[access.space] ?? "global memory, by sector of 32 bytes";
    const figure = make("div", {}, make("p", {}, make("b", {}, access.say), ` · ${where}`));
    if (access.of && access.space !== "local") {
      const drawn = make("div");
      drawn.innerHTML = access.space === "shared" ? drawBanks(access, lanes) : drawSectors(access, lanes);
      figure.append(drawn);
    }
    return figure;
  }

  function laneTable(step) {
    const touched = step.touch.map((access) => new Map(lanesOf(access).map((each) => [each.lane, each])));
    const names = ["lane", "threadIdx", ...step.touch.map((access) => access.say.split("[")[0])];
    const head = make("tr", {}, ...names.map((name) => make("th", { scope: "col" }, name)));
    const rows = data.thread.flatMap((thread, lane) => {
      if (!has(step.lanes, lane)) return [];
      const cells = step.touch.map((access, j) => {
        const each = touched[j].get(lane);
        const value = each?.value === undefined ? "" : ` = ${each.value}`;
        return each ? `[${Math.floor(each.at / access.element)}]${value}` : "";
      });
      return [make("tr", {}, ...[lane, thread, ...cells].map((t) => make("td", {}, String(t))))];
    });
    return make("table", { class: "lane-table" }, make("thead", {}, head), make("tbody", {}, ...rows));
  }

  // ---- moving ----

  function show(to) {
    now = Math.min(Math.max(to, 0), steps.length - 1);
    const step = steps[now];
    slider.value = now;
    count.value = `step ${step.n} / ${steps.at(-1).n}`;
    warp.innerHTML = drawWarp(step);
    const row = root.querySelector(`tr[data-line="${step.line}"]`), code = row ? row.lastChild.textContent.trim() : "";
    slider.setAttribute("aria-valuetext", `step ${step.n}, line ${step.line}: ${code}`);
    const happens = step.say.map((each) => ` ${each[0].toUpperCase()}${each.slice(1)}.`).join("");
    const done = `${step.did} instruction${step.did === 1 ? "" : "s"}`;
    words.textContent = `Line ${step.line}: ${active(step)} of ${data.threads} lanes, ${done}.${happens}`;
    const more = step.more ? [make("p", {}, `and ${step.more} more accesses in this step`)] : [];
    memory.replaceChildren(...step.touch.map(drawAccess), ...more);
    table.replaceChildren(laneTable(step));
    cursor.style.left = `${(100 * now) / steps.length}%`;
    cursor.style.width = `${100 / steps.length}%`;
    for (const old of root.querySelectorAll("tr.here")) {
      old.classList.remove("here");
      old.removeAttribute("aria-current");
    }
    if (!row) return;
    row.classList.add("here");
    row.setAttribute("aria-current", "step");
    const box = root.querySelector(".source"); // scroll the listing, never the notebook
    const [inside, around] = [row.getBoundingClientRect(), box.getBoundingClientRect()];
    if (inside.top < around.top) box.scrollTop -= around.top - inside.top;
    if (inside.bottom > around.bottom) box.scrollTop += inside.bottom - around.bottom;
  }

  root.addEventListener("keydown", (event) => {
    if (event.target.closest("details, .source") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // JupyterLab would take the arrows
    if (!moves[event.key]) return;
    event.preventDefault();
    show(moves[event.key][1]());
  });
  timeline.addEventListener("click", (event) => {
    const box = timeline.getBoundingClientRect();
    show(Math.floor(((event.clientX - box.left) / box.width) * steps.length));
    slider.focus({ preventScroll: true });
  });
  show(0);
})();
