// What HTML cannot do by itself. Every page works without this file.
import './js/theme.js';
import './js/quotes.js';
import './js/tabs.js';
import './js/menus.js';
import './js/toasts.js';
import './js/errors.js';
import './js/palette.js';
import './js/keys.js';
