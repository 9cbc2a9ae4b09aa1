// tip.js: one line of text beside the pointer. It is set as text, never as markup: class names may say anything.
const tip = document.createElement('div');
tip.id = 'tip';
tip.hidden = true;
document.body.append(tip);

function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const left = Math.min(x + 14, document.documentElement.clientWidth - box.width - 4);
  const top = y + 18 + box.height > document.documentElement.clientHeight ? y - box.height - 10 : y + 18;
  tip.style.left = Math.max(4, left) + 'px';
  tip.style.top = Math.max(4, top) + 'px';
}

function hideTip() {
  tip.hidden = true;
}

addEventListener('scroll', hideTip, {passive: true});
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') hideTip();
});

function themeColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
