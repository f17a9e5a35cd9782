// What went wrong with an htmx request is said in plain words where it happened.
const words = document.getElementById('said')?.dataset ?? {};

function say(at, text) {
  clear(at);
  const line = document.createElement('p');
  line.className = 'fl-error';
  line.setAttribute('role', 'alert');
  line.dataset.requestError = '';
  line.textContent = text;
  at.insertAdjacentElement('afterend', line);
}

function clear(at) {
  const next = at.nextElementSibling;
  if (next && 'requestError' in next.dataset) next.remove();
}

// A polled fragment that fails once must not cover the page with lines: only what a person did is answered.
function place(event) {
  const { elt, requestConfig } = event.detail;
  if (requestConfig?.triggeringEvent === undefined && (elt.getAttribute('hx-trigger') ?? '').includes('every')) return null;
  return elt.closest('form') ?? elt;
}

document.addEventListener('htmx:responseError', (event) => {
  const at = place(event);
  if (!at) return;
  const { status, responseText, getResponseHeader } = event.detail.xhr;
  const plain = event.detail.xhr.getResponseHeader('Content-Type')?.startsWith('text/plain');
  const known = { 403: words.forbidden, 404: words.gone, 410: words.gone };
  say(at, plain && responseText ? responseText : known[status] ?? words.failed);
});

for (const type of ['htmx:sendError', 'htmx:timeout']) {
  document.addEventListener(type, (event) => {
    const at = place(event);
    if (at) say(at, words.offline);
  });
}

document.addEventListener('htmx:beforeRequest', (event) => clear(event.detail.elt.closest('form') ?? event.detail.elt));
