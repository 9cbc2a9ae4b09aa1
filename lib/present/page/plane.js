// plane.js: 2-D embeddings and projections, drawn on a canvas of their own: ten thousand points at once, in any browser.
//
// A plane shows [x0, x0 + side] x [y0, y0 + side]; dragging moves it, the buttons and keys zoom.
const planes = []; // {figure, view, canvas, x0, y0, side}

function classColor(c) {
  return c < 0 ? themeColor('--soft') : report.classes[c].color;
}

function fitPlane(plane) {
  const x = coordinates(plane.view, 'x'), reach = isUnit(plane.view) ? 1 : -Infinity;
  const low = [-reach, -reach], high = [reach, reach];
  for (let i = 0; i < x.length; i++) {
    if (x[i] < low[i % 2]) low[i % 2] = x[i];
    if (x[i] > high[i % 2]) high[i % 2] = x[i];
  }
  const side = 1.06 * Math.max(high[0] - low[0], high[1] - low[1]) || 1;
  plane.side = side;
  plane.x0 = (low[0] + high[0] - side) / 2;
  plane.y0 = (low[1] + high[1] - side) / 2;
}

function onCanvas(plane, x, y) {
  const scale = plane.canvas.width / plane.side;
  return [(x - plane.x0) * scale, plane.canvas.height - (y - plane.y0) * scale];
}

function drawCircle(plane, context) {
  const [x, y] = onCanvas(plane, 0, 0);
  context.strokeStyle = themeColor('--soft');
  context.lineWidth = context.canvas.width / 500;
  context.beginPath();
  context.arc(x, y, context.canvas.width / plane.side, 0, 2 * Math.PI);
  context.stroke();
}

function drawPlane(plane) {
  const {canvas, view} = plane, at = coordinates(view, 'x');
  const size = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
  if (!size) return;
  canvas.width = canvas.height = size;
  const context = canvas.getContext('2d');
  const dot = size * (view.samples.label.length < 3000 ? 0.009 : 0.006);
  if (isUnit(view)) drawCircle(plane, context);
  context.globalAlpha = 0.75;
  for (const i of shownSamples(view)) {
    const [x, y] = onCanvas(plane, at[2 * i], at[2 * i + 1]);
    context.fillStyle = classColor(view.samples.label[i]);
    context.fillRect(x - dot / 2, y - dot / 2, dot, dot);
  }
  context.globalAlpha = 1;
  context.strokeStyle = themeColor('--text');
  context.lineWidth = size / 300;
  for (const center of shownCenters(view)) {
    const [x, y] = onCanvas(plane, center.at[0], center.at[1]), r = size / 55;
    context.beginPath();
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
    context.closePath();
    context.fillStyle = classColor(center.class);
    context.fill();
    context.stroke();
  }
  plane.figure.dataset.drawn = 'yes';
}

function nearestSample(plane, event) {
  const box = plane.canvas.getBoundingClientRect(), scale = plane.canvas.width / box.width;
  const px = (event.clientX - box.left) * scale, py = (event.clientY - box.top) * scale;
  const at = coordinates(plane.view, 'x');
  let best = -1, distance = (12 * scale) ** 2;
  for (const i of shownSamples(plane.view)) {
    const [x, y] = onCanvas(plane, at[2 * i], at[2 * i + 1]);
    const d = (x - px) ** 2 + (y - py) ** 2;
    if (d < distance) {
      best = i;
      distance = d;
    }
  }
  return best;
}

function movePlane(plane, right, up) { // by shares of the side
  plane.x0 += right * plane.side;
  plane.y0 += up * plane.side;
  drawPlane(plane);
}

function zoomPlane(plane, factor) {
  const side = plane.side * factor;
  plane.x0 += (plane.side - side) / 2;
  plane.y0 += (plane.side - side) / 2;
  plane.side = side;
  drawPlane(plane);
}

const PLANE_KEYS = {
  ArrowLeft: (plane) => movePlane(plane, -0.1, 0), ArrowRight: (plane) => movePlane(plane, 0.1, 0),
  ArrowUp: (plane) => movePlane(plane, 0, 0.1), ArrowDown: (plane) => movePlane(plane, 0, -0.1),
  '+': (plane) => zoomPlane(plane, 0.8), '-': (plane) => zoomPlane(plane, 1.25),
  '0': (plane) => {
    fitPlane(plane);
    drawPlane(plane);
  },
};

function listenPlane(plane) {
  const canvas = plane.canvas;
  let from = null;
  canvas.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse') return; // a finger scrolls the page
    from = event;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointerup', () => {
    from = null;
  });
  canvas.addEventListener('pointermove', (event) => {
    if (from) {
      movePlane(plane, (from.clientX - event.clientX) / canvas.clientWidth, (event.clientY - from.clientY) / canvas.clientWidth);
      from = event;
      return;
    }
    const i = nearestSample(plane, event);
    if (i < 0) hideTip();
    else showTip(describe(plane.view.samples, i), event.clientX, event.clientY);
  });
  canvas.addEventListener('pointerleave', hideTip);
  canvas.addEventListener('keydown', (event) => {
    const act = PLANE_KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(plane);
  });
}

function showPlane(figure, view) {
  const canvas = document.createElement('canvas');
  canvas.className = 'canvas';
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', figure.dataset.label + '. Arrow keys move, + and - zoom, 0 resets.');
  figure.prepend(canvas);
  figure.classList.add('live');
  const plane = {figure: figure, view: view, canvas: canvas};
  planes.push(plane);
  fitPlane(plane);
  drawPlane(plane);
  listenPlane(plane);
  new ResizeObserver(() => drawPlane(plane)).observe(canvas);
}
