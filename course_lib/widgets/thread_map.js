// The reader's side of the thread map: native inputs, the picture that Python drew, and its words, read out when they
// change. Nothing is computed here but which thread was pointed at.

const SHAPE = [
  ["m", "rows of C, m", 1, 128],
  ["n", "columns of C, n", 1, 128],
  ["bx", "block width, bx", 1, 32],
  ["by", "block height, by", 1, 32],
];
const THREAD = [
  ["block_x", "blockIdx.x"],
  ["block_y", "blockIdx.y"],
  ["thread_x", "threadIdx.x"],
  ["thread_y", "threadIdx.y"],
];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function render({ model, el }) {
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  // JupyterLab takes arrow keys that reach it: it collapses headings with them.
  el.addEventListener("keydown", (event) => event.stopPropagation());

  const inputs = {};
  const field = (type, [name, words, min, max]) => {
    const input = (inputs[name] = element("input", { type, min, max, step: 1, "data-name": name }));
    input.addEventListener("input", () => {
      const value = Math.round(Number(input.value));
      if (input.value !== "") set({ [name]: Math.min(Math.max(value, Number(input.min)), Number(input.max)) });
    });
    const shown = type === "range" ? [element("output")] : [];
    return element("label", {}, element("span", {}, words), input, ...shown);
  };
  const rounding = element("input", { type: "checkbox", "data-name": "round_up" });
  rounding.addEventListener("change", () => set({ round_up: rounding.checked }));

  const shape = element("fieldset", {}, element("legend", {}, "The launch"), ...SHAPE.map((f) => field("range", f)));
  shape.append(element("label", { class: "check" }, rounding, "round the number of blocks up"));
  const thread = element("fieldset", {}, element("legend", {}, "The thread"));
  thread.append(...THREAD.map(([name, words]) => field("number", [name, words, 0, 0])));

  const picture = element("div", { class: "picture", tabindex: 0, role: "application" });
  picture.setAttribute("aria-label", "Threads over C: arrow keys move the selected thread, its words follow below");
  const launchWords = element("p", { class: "launch", "aria-live": "polite" });
  const threadWords = element("p", { class: "thread", "aria-live": "polite" });
  el.append(element("div", { class: "thread-map" }, shape, thread, picture, launchWords, threadWords));

  // Global column and row -> block and thread indices. Nothing happens outside the grid.
  const select = (col, row) => {
    const [bx, by, blocks] = [model.get("bx"), model.get("by"), model.get("blocks")];
    if (col < 0 || row < 0 || col >= blocks[0] * bx || row >= blocks[1] * by) return;
    const [block_x, block_y] = [Math.floor(col / bx), Math.floor(row / by)];
    set({ block_x, block_y, thread_x: col - block_x * bx, thread_y: row - block_y * by });
  };
  picture.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    const col = model.get("block_x") * model.get("bx") + model.get("thread_x");
    const row = model.get("block_y") * model.get("by") + model.get("thread_y");
    select(col + step[0], row + step[1]);
  });
  picture.addEventListener("click", (event) => {
    const svg = picture.querySelector("svg");
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const [[left, top], scale] = [model.get("corner"), model.get("scale")];
    select(Math.floor((at.x - left) / scale), Math.floor((at.y - top) / scale));
  });

  const show = () => {
    const blocks = model.get("blocks");
    const most = [blocks[0], blocks[1], model.get("bx"), model.get("by")];
    THREAD.forEach(([name], i) => {
      inputs[name].max = Math.max(most[i] - 1, 0);
      inputs[name].disabled = blocks[0] * blocks[1] === 0;
    });
    for (const [name, input] of Object.entries(inputs)) {
      if (Number(input.value) !== model.get(name)) input.value = model.get(name);
      if (input.type === "range") input.nextElementSibling.value = model.get(name);
    }
    rounding.checked = model.get("round_up");
    picture.innerHTML = model.get("svg");
    launchWords.textContent = model.get("launch_text");
    threadWords.textContent = model.get("thread_text");
  };
  model.on("change", show);
  show();
}

export default { render };
