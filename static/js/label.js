// Label a text by keyboard: a need's key switches it, or gives it the selected words as quote; Enter saves, s skips, arrows move.
const form = document.querySelector('[data-label-form]');
const box = form?.querySelector('[data-label-text]');
const list = form?.querySelector('[data-label-quotes]');
const letters = [...(box?.textContent ?? '')]; // code points, as the server counts
const toggles = [...(form?.querySelectorAll('input[name=need]') ?? [])];
let sent = false;

const nameOf = (toggle) => toggle.closest('.fl-toggle').querySelector('.fl-toggle-name').textContent;
const typing = (target) => target.closest?.('input:not([type=checkbox]), textarea, select');

// The selected stretch of the text without the white space around it, or null.
function selected() {
  const selection = window.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!box.contains(range.startContainer) || !box.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(box);
  before.setEnd(range.startContainer, range.startOffset);
  const words = range.toString();
  const start = [...before.toString()].length + [...words].length - [...words.trimStart()].length;
  const end = start + [...words.trim()].length;
  return start < end ? { start, end } : null;
}

function quotes() {
  const on = new Set(toggles.filter((toggle) => toggle.checked).map((toggle) => toggle.value));
  return [...list.querySelectorAll('input[name=quote]:checked')].map((input) => {
    const [need, start, end] = input.value.split(':');
    return { need, start: Number(start), end: Number(end) };
  }).filter((quote) => on.has(quote.need));
}

function paint() {
  const found = quotes();
  const edges = [...new Set([0, letters.length, ...found.flatMap((quote) => [quote.start, quote.end])])].sort((a, b) => a - b);
  box.replaceChildren(...edges.slice(0, -1).map((edge, place) => {
    const words = letters.slice(edge, edges[place + 1]).join('');
    const quote = found.find((one) => one.start <= edge && edges[place + 1] <= one.end);
    if (!quote) return document.createTextNode(words);
    const mark = document.createElement('mark');
    mark.className = 'fl-quote';
    mark.dataset.quote = quote.need;
    mark.textContent = words;
    return mark;
  }));
  form.querySelector('[data-no-quotes]').hidden = list.children.length > 0;
}

function addQuote(toggle, { start, end }) {
  toggle.checked = true;
  const value = `${toggle.value}:${start}:${end}`;
  window.getSelection().removeAllRanges();
  if (!list.querySelector(`input[value="${CSS.escape(value)}"]`)) {
    const line = document.createElement('li');
    const label = document.createElement('label');
    label.dataset.quote = toggle.value;
    const input = document.createElement('input');
    Object.assign(input, { type: 'checkbox', name: 'quote', value, checked: true });
    const name = document.createElement('b');
    name.textContent = nameOf(toggle);
    label.append(input, ' ', name, ` “${letters.slice(start, end).join('')}”`);
    line.append(label);
    list.append(line);
  }
  paint();
}

function press(toggle) {
  const words = selected();
  if (words) return addQuote(toggle, words);
  toggle.checked = !toggle.checked;
  return paint();
}

function move(step) {
  const at = toggles.indexOf(document.activeElement);
  toggles[Math.min(Math.max(at + step, 0), toggles.length - 1)]?.focus();
}

const acts = {
  Enter: () => form.requestSubmit(form.querySelector('.btn-primary')),
  s: () => form.querySelector('[data-skip]')?.click(),
  Escape: () => window.getSelection().removeAllRanges(),
  ArrowDown: () => move(1), ArrowRight: () => move(1), ArrowUp: () => move(-1), ArrowLeft: () => move(-1),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector('dialog[open]')) return;
  if (event.key === 'Enter' && event.target.closest?.('a, button, summary')) return;
  const toggle = event.key.length === 1 && form.querySelector(`[data-toggle-key="${CSS.escape(event.key)}"]`);
  if (!toggle && !acts[event.key]) return;
  event.preventDefault();
  if (event.repeat && !event.key.startsWith('Arrow')) return;
  if (toggle) press(toggle);
  else acts[event.key]();
}

if (form) {
  for (const element of document.querySelectorAll('[data-needs-js]')) element.hidden = false;
  document.addEventListener('keydown', onKey, true);
  // A press on a need must not take the selection away before it is used.
  form.addEventListener('mousedown', (event) => { if (event.target.closest('.fl-toggle') && selected()) event.preventDefault(); });
  form.addEventListener('change', (event) => {
    const words = event.target.name === 'need' && selected();
    if (words) addQuote(event.target, words);
    else if (['need', 'quote'].includes(event.target.name)) paint();
  });
  form.addEventListener('submit', (event) => { if (sent) event.preventDefault(); sent = true; });
  window.addEventListener('pageshow', () => { sent = false; });
  if (form.querySelector('[data-skip]')) toggles[0]?.focus({ preventScroll: true });
}
