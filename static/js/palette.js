// The palette: one field that finds records (asked from the server) and places (taken from the page's own links).
const dialog = document.getElementById('palette');

if (dialog) {
  const field = dialog.querySelector('input');
  const found = dialog.querySelector('[data-palette-found]');
  const places = dialog.querySelector('[data-palette-places]');
  const title = dialog.querySelector('h2');
  let asked = 0;
  let timer;

  const options = () => [...dialog.querySelectorAll('[role=option]')].filter((option) => !option.hidden);

  function collect() {
    places.replaceChildren();
    for (const link of document.querySelectorAll('.fl-nav a, .fl-top .fl-menu-list a')) {
      const option = link.cloneNode(true);
      option.querySelector('.fl-n')?.remove();
      option.removeAttribute('aria-current');
      option.removeAttribute('data-go');
      option.setAttribute('role', 'option');
      option.tabIndex = -1;
      places.append(option);
    }
  }

  function choose(option) {
    for (const other of options()) other.setAttribute('aria-selected', other === option);
    if (!option) return field.removeAttribute('aria-activedescendant');
    option.id ||= `palette-${Math.random().toString(36).slice(2)}`;
    field.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  }

  function narrow() {
    const words = field.value.trim().toLowerCase();
    for (const option of places.children) option.hidden = !option.textContent.toLowerCase().includes(words);
    title.hidden = ![...places.children].some((option) => !option.hidden);
    choose(options()[0]);
  }

  async function ask() {
    const mine = ++asked;
    const words = field.value.trim();
    if (!words) return found.replaceChildren();
    const answer = await fetch(`${field.dataset.url}?palette=1&q=${encodeURIComponent(words)}`, { headers: { 'HX-Request': 'true' } }).catch(() => null);
    if (mine !== asked || !answer) return;
    found.innerHTML = answer.ok ? await answer.text() : '';
    choose(options()[0]);
  }

  function open(event) {
    event?.preventDefault();
    collect();
    field.value = '';
    found.replaceChildren();
    narrow();
    if (!dialog.open) dialog.showModal();
    field.focus();
  }

  field.addEventListener('input', () => { narrow(); clearTimeout(timer); timer = setTimeout(ask, 150); });
  field.addEventListener('keydown', (event) => {
    const all = options();
    const at = all.findIndex((option) => option.getAttribute('aria-selected') === 'true');
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(all[(at + (event.key === 'ArrowDown' ? 1 : all.length - 1)) % all.length]);
    } else if (event.key === 'Enter' && at >= 0) {
      event.preventDefault();
      all[at].click();
    }
  });
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  document.addEventListener('click', (event) => { if (event.target.closest('[data-palette-open]')) open(event); });
  document.addEventListener('fl:palette', () => open());
}
