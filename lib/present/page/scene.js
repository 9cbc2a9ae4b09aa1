// scene.js: the 3-D scenes. Plotly comes compressed with the page; without it, or without WebGL, the static pictures stay.
//
// A browser gives a page about sixteen WebGL contexts, so at most eight scenes live. A scene is made when it is scrolled
// into view, and the one that was longest out of sight goes.
const MOST_SCENES = 8;
const START = {eye: {x: 1.25, y: 1.25, z: 0.9}, center: {x: 0, y: 0, z: 0}, up: {x: 0, y: 0, z: 1}};

const scenes = []; // that live: {figure, view, box, seen}, least recently seen first
let camera = START; // of all scenes
let plotlyComing = null;

function hasWebGL() {
  const gl = document.createElement('canvas').getContext('webgl');
  const lose = gl && gl.getExtension('WEBGL_lose_context');
  if (lose) lose.loseContext();
  return Boolean(gl);
}

async function inflate(base64) {
  const packed = new Blob([decode(base64, Uint8Array)]).stream();
  return new Response(packed.pipeThrough(new DecompressionStream('gzip'))).text();
}

async function loadPlotly() {
  const packed = document.getElementById('plotly');
  if (!packed || !hasWebGL() || typeof DecompressionStream === 'undefined') return null;
  const script = document.createElement('script');
  script.textContent = await inflate(packed.textContent);
  document.head.append(script);
  return window.Plotly || null;
}

function plotly() {
  plotlyComing = plotlyComing || loadPlotly();
  return plotlyComing;
}

// Meridians and parallels of the unit sphere as one line; null lifts the pen.
function sphereLines() {
  const line = {x: [], y: [], z: []};
  const put = (x, y, z) => line.x.push(x) && line.y.push(y) && line.z.push(z);
  const steps = 48;
  for (let ring = 0; ring < 6; ring++) {
    const angle = ring * Math.PI / 6;
    for (let k = 0; k <= steps; k++) {
      const t = 2 * Math.PI * k / steps;
      put(Math.sin(t) * Math.cos(angle), Math.sin(t) * Math.sin(angle), Math.cos(t));
    }
    put(null, null, null);
  }
  for (let ring = -2; ring <= 2; ring++) {
    const height = ring * Math.PI / 6;
    for (let k = 0; k <= steps; k++) {
      const t = 2 * Math.PI * k / steps;
      put(Math.cos(height) * Math.cos(t), Math.cos(height) * Math.sin(t), Math.sin(height));
    }
    put(null, null, null);
  }
  return line;
}

function sceneTraces(view) {
  const x = coordinates(view, 'x'), chosen = shownSamples(view), centers = shownCenters(view);
  const points = chosen.map((i) => x.subarray(3 * i, 3 * i + 3)), diamonds = centers.map((c) => c.at);
  const axes = (from) => ({x: from.map((at) => at[0]), y: from.map((at) => at[1]), z: from.map((at) => at[2])});
  const few = view.samples.label.length < 3000;
  const traces = [
    {type: 'scatter3d', mode: 'markers', ...axes(points), customdata: chosen, hoverinfo: 'none',
      marker: {size: few ? 2.5 : 1.5, opacity: 0.8, line: {width: 0}, color: chosen.map((i) => classColor(view.samples.label[i]))}},
    {type: 'scatter3d', mode: 'markers', ...axes(diamonds), customdata: centers.map((c) => -1 - c.class), hoverinfo: 'none',
      // Not quite opaque: Plotly then draws them after the points and over them, though the points surround them.
      marker: {symbol: 'diamond', size: 8, opacity: 0.99, color: centers.map((c) => classColor(c.class)),
        line: {width: 1, color: themeColor('--text')}}},
  ];
  if (isUnit(view)) {
    traces.push({type: 'scatter3d', mode: 'lines', ...sphereLines(), hoverinfo: 'skip', connectgaps: false,
      line: {width: 1, color: themeColor('--line')}});
  }
  return traces;
}

function sceneLayout() {
  const axis = {title: {text: ''}, color: themeColor('--soft'), gridcolor: themeColor('--line'), showspikes: false,
    zerolinecolor: themeColor('--soft'), tickfont: {size: 10}, nticks: 5, showbackground: false};
  return {margin: {l: 0, r: 0, t: 0, b: 0}, showlegend: false, paper_bgcolor: 'rgba(0,0,0,0)', hovermode: 'closest',
    modebar: {bgcolor: 'rgba(0,0,0,0)', color: themeColor('--soft'), activecolor: themeColor('--accent')},
    scene: {xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: 'data', camera: camera, dragmode: 'orbit'}};
}

const CONFIG = {displaylogo: false, showSendToCloud: false, showEditInChartStudio: false, plotlyServerURL: '', showTips: false,
  responsive: true, modeBarButtonsToRemove: ['tableRotation', 'resetCameraLastSave3d', 'hoverClosest3d']};

function linkCameras(from, moved) {
  camera = moved;
  for (const scene of scenes) {
    if (scene.box === from || scene.waits) continue;
    scene.waits = true; // one redraw per frame, with the newest camera
    requestAnimationFrame(() => {
      scene.waits = false;
      if (scene.box.isConnected) window.Plotly.relayout(scene.box, {'scene.camera': camera});
    });
  }
}

// The eye on a sphere around the center: turned by degrees to the side and upwards, or nearer.
function turnCamera(side, up, nearer) {
  const eye = camera.eye, length = Math.hypot(eye.x, eye.y, eye.z) * nearer;
  const azimuth = Math.atan2(eye.y, eye.x) + side * Math.PI / 180;
  const height = Math.max(-1.5, Math.min(1.5, Math.asin(eye.z * nearer / length) + up * Math.PI / 180));
  const flat = length * Math.cos(height);
  linkCameras(null, {...camera, up: START.up,
    eye: {x: flat * Math.cos(azimuth), y: flat * Math.sin(azimuth), z: length * Math.sin(height)}});
}

const SCENE_KEYS = {
  ArrowLeft: () => turnCamera(-10, 0, 1), ArrowRight: () => turnCamera(10, 0, 1),
  ArrowUp: () => turnCamera(0, 10, 1), ArrowDown: () => turnCamera(0, -10, 1),
  '+': () => turnCamera(0, 0, 0.85), '-': () => turnCamera(0, 0, 1 / 0.85), '0': () => linkCameras(null, START),
};

function listen(scene) {
  const {box, view} = scene;
  const cameraOf = (event) => event['scene.camera'];
  for (const name of ['plotly_relayouting', 'plotly_relayout']) {
    box.on(name, (event) => {
      const moved = cameraOf(event);
      if (moved && moved !== camera) linkCameras(box, moved);
    });
  }
  box.on('plotly_hover', (event) => {
    const number = event.points[0].customdata, at = event.event;
    showTip(number < 0 ? 'center of class ' + className(-1 - number) : describe(view.samples, number), at.clientX, at.clientY);
  });
  box.on('plotly_unhover', hideTip);
}

function endScene(scene) {
  scenes.splice(scenes.indexOf(scene), 1);
  window.Plotly.purge(scene.box);
  scene.box.remove();
  scene.figure.classList.remove('live');
}

function makeRoom() {
  for (const scene of scenes.slice()) {
    if (scenes.length < MOST_SCENES) return;
    endScene(scene);
  }
}

async function showScene(figure, view) {
  const before = scenes.findIndex((scene) => scene.figure === figure);
  if (before >= 0) {
    scenes.push(...scenes.splice(before, 1));
    return;
  }
  if (figure.dataset.coming) return;
  figure.dataset.coming = 'yes';
  try {
    const Plotly = await plotly();
    if (!Plotly) return;
    makeRoom();
    const box = document.createElement('div');
    box.className = 'canvas';
    box.tabIndex = 0;
    box.setAttribute('role', 'application');
    box.setAttribute('aria-label', figure.dataset.label + '. Arrow keys turn, + and - zoom, 0 resets.');
    box.addEventListener('keydown', (event) => {
      const act = SCENE_KEYS[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    });
    figure.prepend(box);
    figure.classList.add('live');
    const scene = {figure: figure, view: view, box: box};
    scenes.push(scene);
    await Plotly.newPlot(box, sceneTraces(view), sceneLayout(), CONFIG);
    if (scenes.includes(scene)) listen(scene);
    figure.dataset.drawn = 'yes';
  } finally {
    delete figure.dataset.coming;
  }
}

function redrawScenes() {
  for (const scene of scenes) window.Plotly.react(scene.box, sceneTraces(scene.view), sceneLayout(), CONFIG);
}
