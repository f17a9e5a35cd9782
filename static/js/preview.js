// A click on a row shows the lead beside the list, a second one opens it; on a phone the first one opens it.
const pane = document.getElementById('preview');
const wide = matchMedia('(min-width: 1200px)');
const phone = matchMedia('(max-width: 767.98px)');

function show(row) {
  document.querySelectorAll('[data-previews] tr.is-open').forEach((other) => {
    other.classList.remove('is-open');
    other.removeAttribute('aria-current');
  });
  row.classList.add('is-open');
  row.setAttribute('aria-current', 'true');
}

function close() {
  pane.replaceChildren();
  document.querySelector('[data-previews] tr.is-open')?.classList.remove('is-open');
}

document.querySelector('[data-previews]')?.addEventListener('click', (event) => {
  const row = event.target.closest('tbody tr');
  if (!row) return;
  const preview = event.target.closest('[data-preview]');
  if (preview) return row.classList.contains('is-open') ? (event.preventDefault(), event.stopPropagation(), open(row)) : show(row);
  if (event.target.closest('a, button, input, label') || event.ctrlKey || event.metaKey || getSelection().toString()) return;
  if (phone.matches || row.classList.contains('is-open')) open(row);
  else row.querySelector('[data-preview]').click();
}, true);

function open(row) { row.querySelector('a[href]:not([data-preview])').click(); }

pane?.addEventListener('click', (event) => { if (event.target.closest('[data-preview-close]')) close(); });
document.addEventListener('keydown', (event) => { if (event.key === 'Escape' && pane?.childElementCount && !wide.matches) close(); });

// On a wide screen the pane is never empty: it starts with the first row. htmx binds the links on this event, before us.
document.addEventListener('DOMContentLoaded', () => {
  const first = document.querySelector('[data-previews] tbody tr [data-preview]');
  if (first && wide.matches) first.click();
});
