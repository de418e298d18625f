// Draws the columns of #chart-data with uPlot. The tables of the page say the same in numbers.
const data = JSON.parse(document.getElementById("chart-data")?.textContent ?? "null");
const HEIGHT = 180;
const HALF_A_DAY = 12 * 3600;
let plots = [];

// Colours come from the page's own theme: light-dark() is only known to elements.
function ink(name) {
  const swatch = document.createElement("i");
  swatch.className = `ink-${name}`;
  document.body.append(swatch);
  const { color } = getComputedStyle(swatch);
  swatch.remove();
  return color;
}

function draw(node) {
  const names = node.dataset.plot.split(" ");
  const inks = (node.dataset.inks ?? "1 2").split(" ").map(ink);
  const [text, line] = [ink("text"), ink("line")];
  const axis = {
    stroke: text,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
    font: "11px InterVar, sans-serif",
  };
  const bars = uPlot.paths.bars({ size: [0.7, 24] });
  const isBars = node.dataset.kind === "bars";
  const series = names.map((name, number) => ({
    stroke: inks[number],
    fill: isBars ? inks[number] : undefined,
    width: isBars ? 0 : 2,
    spanGaps: true,
    points: { show: !isBars, size: 5, fill: inks[number] },
    paths: isBars ? bars : undefined,
  }));
  // The first of two bars stands on the second, so it is drawn to their sum.
  const columns = names.map((name) => data[name]);
  if (names[0] === "prompt")
    columns[0] = data.prompt.map((value, day) => value + data.completion[day]);
  return new uPlot(
    {
      width: node.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: {
        x: { range: (_plot, first, last) => [first - HALF_A_DAY, last + HALF_A_DAY] },
        y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] },
      },
      axes: [
        { ...axis, grid: { show: false } },
        { ...axis, size: 56 },
      ],
      series: [{}, ...series],
    },
    [data.days, ...columns],
    node,
  );
}

function drawAll() {
  for (const plot of plots) plot.destroy();
  plots = data ? [...document.querySelectorAll("[data-plot]")].map(draw) : [];
}

addEventListener("load", drawAll);
addEventListener("resize", () => {
  for (const plot of plots)
    plot.setSize({ width: plot.root.parentElement.clientWidth, height: HEIGHT });
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, {
  attributeFilter: ["data-theme"],
});
