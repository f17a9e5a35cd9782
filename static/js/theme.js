// Light or dark: at once on the page, and kept for the user by a POST.
const root = document.documentElement;

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-theme-toggle]');
  if (!button) return;
  event.preventDefault();
  const theme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
  root.dataset.bsTheme = root.dataset.theme = theme;
  const body = new FormData(button.form);
  body.set('theme', theme);
  fetch(button.form.action, { method: 'POST', body, headers: { Accept: 'application/json' } });
});

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
  if (root.dataset.theme === 'system') root.dataset.bsTheme = event.matches ? 'dark' : 'light';
});
