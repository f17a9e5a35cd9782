// The keys of the sheet (?). Pages join in with data-key="e" on what a key should press, data-row on rows, data-go on links.
const sheet = document.getElementById('keys');
const ROWS = '[data-row], .fl-table tbody tr, .fl-queue .fl-task';
let going = 0;

const typing = (target) => target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]');
const rows = () => [...document.querySelectorAll(ROWS)].filter((row) => row.offsetParent !== null);
const row = () => document.querySelector('.is-at');

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(row());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  row()?.classList.remove('is-at');
  next.classList.add('is-at');
  next.scrollIntoView({ block: 'nearest' });
  (next.querySelector('a[href], button') ?? next).focus({ preventScroll: true });
}

function press(key) {
  const inRow = row()?.querySelector(`[data-key="${key}"]`);
  const target = inRow ?? [...document.querySelectorAll(`[data-key="${key}"]`)].find((element) => element.offsetParent !== null);
  target?.click();
  return Boolean(target);
}

const single = {
  '/': () => document.dispatchEvent(new Event('fl:palette')),
  '?': () => sheet?.showModal(),
  c: () => {
    const create = document.querySelector('[data-create]');
    if (!create) return;
    create.parentElement.open = true;
    create.parentElement.querySelector('a')?.focus();
  },
  j: () => move(1),
  k: () => move(-1),
  x: () => row()?.querySelector('input[type=checkbox]')?.click() ?? press('x'),
  ' ': () => row()?.querySelector('[data-preview]')?.click(),
};

function combined(event) {
  if (event.key.toLowerCase() === 'k') return document.dispatchEvent(new Event('fl:palette'));
  if (event.key !== 'Enter') return false;
  const form = event.target.closest?.('form');
  if (form) form.requestSubmit();
  return Boolean(form);
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) {
    if (combined(event)) event.preventDefault();
    return;
  }
  if (event.altKey || typing(event.target) || document.querySelector('dialog[open]')) return;
  if (going && Date.now() - going < 1500) {
    going = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) location.assign(link.href);
    return;
  }
  if (event.key === 'g') going = Date.now();
  else if (event.key === 'Enter') { if (event.target === document.body) row()?.querySelector('a[href]')?.click(); }
  else if (event.key === ' ' && (event.target.closest('button, summary') || !row()?.querySelector('[data-preview]'))) return;
  else if (single[event.key]) { event.preventDefault(); single[event.key](); }
  else if (event.key.length === 1 && press(event.key)) event.preventDefault();
});

document.addEventListener('click', (event) => { if (event.target.closest('[data-keys-open]')) sheet?.showModal(); });
for (const button of document.querySelectorAll('[data-keys-open]')) button.hidden = false;
