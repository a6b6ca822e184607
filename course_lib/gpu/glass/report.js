// A profile's table: sorted by the head that is clicked, coloured by the column that is chosen. Without scripts the
// table is in the order of the source, coloured by its instructions.
for (const report of document.querySelectorAll(".glass-profile:not([data-ready])")) {
  report.dataset.ready = "yes";
  const body = report.querySelector("tbody");
  const heads = [...report.querySelectorAll("table.lines thead th")];
  const number = (row, column) => Number(row.cells[column].dataset.value);

  function sort(column) {
    const way = heads[column].getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", way);
    const rows = [...body.rows].sort((a, b) => number(a, column) - number(b, column) || number(a, 0) - number(b, 0));
    body.append(...(way === "ascending" ? rows : rows.reverse()));
  }
  heads.forEach((head, column) => {
    if (head.classList.contains("code")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.title = `${head.title}; press to sort by it`;
    button.addEventListener("click", () => sort(column));
    head.replaceChildren(button);
  });
  if (heads.length) heads[0].setAttribute("aria-sort", "ascending");

  const choice = report.querySelector("select");
  function heat() {
    const column = Number(choice.value);
    const most = Math.max(...[...body.rows].map((row) => number(row, column)), 1e-30);
    for (const row of body.rows) {
      const share = number(row, column) / most;
      row.querySelector("td.code").style.background = `rgba(230, 120, 30, ${(0.5 * share).toFixed(2)})`;
    }
  }
  choice.addEventListener("change", heat);
  choice.closest("label").hidden = false;
}
