// page.js: the legend, the switches and the theme; and what makes each picture live when it is scrolled into view.
let redrawComing = false;

function redraw() {
  if (redrawComing) return;
  redrawComing = true;
  requestAnimationFrame(() => {
    redrawComing = false;
    redrawScenes();
    planes.forEach(drawPlane);
  });
}

const classButtons = [...document.querySelectorAll('button[data-class]')];

function updateLegend() {
  for (const button of classButtons) button.setAttribute('aria-pressed', String(!choice.hidden.has(Number(button.dataset.class))));
  redraw();
}

function setHidden(isHidden) {
  report.classes.forEach((_, c) => (isHidden(c) ? choice.hidden.add(c) : choice.hidden.delete(c)));
  updateLegend();
}

for (const button of classButtons) {
  const c = Number(button.dataset.class);
  button.disabled = false;
  button.addEventListener('click', () => {
    if (!choice.hidden.delete(c)) choice.hidden.add(c);
    updateLegend();
  });
  button.addEventListener('dblclick', () => setHidden((other) => other !== c));
}

const SWITCHES = {
  all: () => setHidden(() => false),
  none: () => setHidden(() => true),
};

for (const button of document.querySelectorAll('button[data-switch]')) {
  button.disabled = false;
  button.addEventListener('click', SWITCHES[button.dataset.switch]);
}

const mistakesBox = document.querySelector('input[data-choice=mistakes]');
mistakesBox.disabled = false;
choice.mistakes = mistakesBox.checked; // a browser may remember it
mistakesBox.addEventListener('change', () => {
  choice.mistakes = mistakesBox.checked;
  redraw();
});

// At first each run is drawn as its head sees it; runs may differ in that.
const unitBox = document.querySelector('input[data-choice=unit]');
const embeddings = report.runs.flatMap((run) => run.views).filter((view) => view.embeddings);
unitBox.disabled = embeddings.length === 0;
unitBox.checked = embeddings.length > 0 && embeddings.every((view) => view.unit);
unitBox.indeterminate = !unitBox.checked && embeddings.some((view) => view.unit);
unitBox.addEventListener('change', () => {
  choice.unit = unitBox.checked;
  planes.filter((plane) => plane.view.embeddings).forEach(fitPlane);
  redraw();
});

const dark = matchMedia('(prefers-color-scheme: dark)');
const themeButton = document.getElementById('theme');

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : dark.matches;
}

function nameTheme() {
  themeButton.textContent = isDark() ? 'Light colors' : 'Dark colors';
}

themeButton.hidden = false;
themeButton.addEventListener('click', () => {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
  nameTheme();
  redraw();
});
dark.addEventListener('change', () => {
  nameTheme();
  redraw();
});
nameTheme();
document.documentElement.classList.add('scripted');

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    const figure = entry.target, view = report.runs[figure.dataset.run].views[figure.dataset.view];
    if (view.dim === 3) {
      showScene(figure, view).catch((problem) => console.error(problem));
    } else {
      watcher.unobserve(figure);
      showPlane(figure, view);
    }
  }
}, {rootMargin: '150px'});

for (const figure of document.querySelectorAll('figure[data-view]')) {
  watcher.observe(figure);
  figure.addEventListener('click', () => { // one that had to go to make room
    const view = report.runs[figure.dataset.run].views[figure.dataset.view];
    if (view.dim === 3 && !figure.classList.contains('live')) showScene(figure, view).catch((problem) => console.error(problem));
  });
}
