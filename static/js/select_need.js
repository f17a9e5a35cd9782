// Select words in a message and a button offers to add a need; pressing it opens the message's form with them filled in.
const button = document.createElement('button');
button.type = 'button';
button.className = 'btn btn-sm btn-primary fl-pick';
button.hidden = true;
let picked = null;

// Offsets count the stored text: the numbers behind quotes are ours and do not count.
function offset(root, node, at) {
  const range = document.createRange();
  range.setStart(root, 0);
  range.setEnd(node, at);
  const part = range.cloneContents();
  part.querySelectorAll('sup').forEach((number) => number.remove());
  return [...part.textContent].length;
}

function read() {
  const selection = document.getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const root = (range.startContainer.parentElement ?? range.startContainer).closest?.('[data-selectable]');
  if (!root || !root.contains(range.endContainer)) return null;
  const copy = range.cloneContents();
  copy.querySelectorAll('sup').forEach((number) => number.remove());
  const text = copy.textContent;
  if (!text.trim()) return null;
  return { root, range, text, start: offset(root, range.startContainer, range.startOffset), end: offset(root, range.endContainer, range.endOffset) };
}

function place() {
  picked = read();
  button.hidden = !picked;
  if (!picked) return;
  const form = document.querySelector(`[data-add-need="${picked.root.dataset.message}"] form`);
  if (!form) { button.hidden = true; return; }
  button.textContent = form.querySelector('button').textContent;
  document.body.append(button);
  const box = picked.range.getBoundingClientRect();
  button.style.left = `${Math.max(8, Math.min(box.left + scrollX, document.documentElement.clientWidth - button.offsetWidth - 8))}px`;
  button.style.top = `${box.bottom + scrollY + 6}px`;
}

function open() {
  const { root, text, start, end } = picked;
  const details = document.querySelector(`[data-add-need="${root.dataset.message}"]`);
  details.open = true;
  const form = details.querySelector('form');
  form.elements.quote.value = text.replace(/\s+/g, ' ').trim();
  form.elements.start.value = start;
  form.elements.end.value = end;
  button.hidden = true;
  form.elements.need.focus();
  form.scrollIntoView({ block: 'nearest' });
}

let timer;
document.addEventListener('selectionchange', () => { clearTimeout(timer); timer = setTimeout(place, 150); });
button.addEventListener('pointerdown', (event) => event.preventDefault()); // keep the selection
button.addEventListener('click', open);

// By keyboard: with words selected (caret browsing), Enter or “a” does the same; Esc gives the selection up.
document.addEventListener('keydown', (event) => {
  if (button.hidden || !picked || event.target.closest('input, textarea, select, button')) return;
  if (event.key === 'Enter' || event.key === 'a' && !event.ctrlKey && !event.metaKey) { event.preventDefault(); open(); }
  if (event.key === 'Escape') document.getSelection().removeAllRanges();
});

// A swapped-in fragment has other nodes: what was selected in the old ones is gone.
document.addEventListener('htmx:afterSwap', () => { button.hidden = true; });
