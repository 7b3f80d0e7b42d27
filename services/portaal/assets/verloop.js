// Charts of the tables on this page: what is drawn is what stands there, and a question mark is a gap in the line. It must not
// hold a number of its own.
(() => {
  "use strict";
  if (!window.uPlot) return;
  // Lines differ in how they are drawn too, for who does not see the colours.
  const DASHES = [[], [8, 4], [2, 4]];
    const colour = (node, name = "color") => getComputedStyle(node)[name];

  const draw = (figure) => {
    const table = figure.querySelector("table");
    const heads = [...table.tHead.rows[0].cells];
    const lines = heads.map((head, column) => ({ column, name: head.textContent.trim() })).filter(({ column }) => "lijn" in heads[column].dataset);
    const rows = [...table.tBodies[0].rows];
    const days = rows.map((row) => row.cells[0].firstChild.textContent.trim());
    const values = lines.map(({ column }) => rows.map((row) => { const raw = row.cells[column].textContent.trim(); return raw === "?" ? null : Number(raw); }));

    const legend = document.createElement("ul");
    legend.className = "legenda";
    lines.forEach((line, index) => {
      const it = document.createElement("li");
      it.innerHTML = `<svg class="lijn-${index}" width="36" height="12" aria-hidden="true"><line x1="0" y1="6" x2="36" y2="6" stroke="currentColor" stroke-width="3" stroke-dasharray="${DASHES[index].join(" ")}"/></svg>`;
      line.value = document.createElement("span");
      line.value.className = "getal";
      it.append(` ${line.name} `, line.value);
      legend.append(it);
      line.swatch = it.firstChild;
    });
    const day = document.createElement("li");
    day.className = "dag";
    legend.append(day);
    const box = document.createElement("div");
    box.className = "grafiek";
    box.setAttribute("aria-hidden", "true");
    figure.querySelector("figcaption").after(legend, box);

    let chart;
    const tell = (at) => {
      const index = at ?? days.length - 1;
      day.textContent = days[index] ?? "";
      lines.forEach((line, it) => { line.value.textContent = values[it][index] ?? "?"; });
    };
    const make = () => {
      chart?.destroy();
      const ink = colour(figure);
      const soft = matchMedia("(forced-colors: active)").matches ? "GrayText" : colour(legend, "borderTopColor");
      const axis = { stroke: ink, font: "13px system-ui, sans-serif", grid: { stroke: soft, width: 1 }, ticks: { stroke: soft, width: 1 } };
      chart = new uPlot({
        width: Math.max(200, box.clientWidth), height: 240, legend: { show: false }, cursor: { y: false, drag: { x: false, y: false } },
        scales: { x: { time: false, range: [-0.5, days.length - 0.5] }, y: { range: (_, low, high) => [0, Math.max(4, Math.ceil((high ?? 0) * 1.1))] } },
        axes: [
          { ...axis, incrs: [1, 2, 4, 7, 14, 28], space: 56, values: (_, at) => at.map((it) => (days[it] ?? "").slice(0, 5)) },
          { ...axis, incrs: [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000], size: 48 },
        ],
        series: [{}, ...lines.map((line, index) => ({ stroke: colour(line.swatch), width: 2, dash: DASHES[index], spanGaps: false, points: { show: days.length < 40, size: 6, fill: colour(line.swatch) } }))],
        hooks: { setCursor: [(it) => tell(it.cursor.idx)] },
      }, [days.map((_, index) => index), ...values], box);
      tell();
    };
    // The table is what there is without this; beside a chart it is there for who asks.
    figure.querySelector("details").open = false;
    make();
    new ResizeObserver(() => { if (chart.width !== box.clientWidth && box.clientWidth > 0) chart.setSize({ width: box.clientWidth, height: 240 }); }).observe(box);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", make);
  };
  document.querySelectorAll("figure.verloop").forEach(draw);
})();
