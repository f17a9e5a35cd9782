// Tabs of the composer without a reload, files dropped on it, and questions taken over into the reply.
const composer = document.querySelector('[data-composer]');

function show(name) {
  for (const tab of composer.querySelectorAll('[data-tab]')) tab.toggleAttribute('aria-current', tab.dataset.tab === name);
  for (const tab of composer.querySelectorAll('[aria-current]')) tab.setAttribute('aria-current', 'true');
  for (const panel of composer.querySelectorAll('[data-panel]')) panel.hidden = panel.dataset.panel !== name;
  const field = composer.querySelector(`[data-panel="${name}"] :is(textarea, input:not([type=hidden]))`);
  field?.focus();
  return field;
}

function take(file) {
  const field = composer.querySelector('[data-file]');
  const list = new DataTransfer();
  list.items.add(file);
  field.files = list.files;
  named(field);
}

function named(field) {
  const name = composer.querySelector('[data-file-name]');
  name.textContent = name.title = field.files[0]?.name ?? '';
}

if (composer) {
  composer.addEventListener('click', (event) => {
    const tab = event.target.closest('[data-tab]');
    if (!tab || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(tab.dataset.tab);
  });
  composer.addEventListener('change', (event) => { if (event.target.matches('[data-file]')) named(event.target); });
  for (const type of ['dragover', 'dragleave', 'drop']) {
    composer.addEventListener(type, (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      composer.classList.toggle('is-over', type === 'dragover');
      if (type !== 'drop' || !event.dataTransfer.files[0]) return;
      show('message');
      take(event.dataTransfer.files[0]);
    });
  }
  document.addEventListener('click', (event) => {
    const ask = event.target.closest('[data-insert]');
    if (!ask) return;
    event.preventDefault();
    const field = show('reply');
    field.value = [field.value.trimEnd(), ask.dataset.insert].filter(Boolean).join('\n');
    field.setSelectionRange(field.value.length, field.value.length);
    composer.scrollIntoView({ block: 'nearest' });
  });
}
