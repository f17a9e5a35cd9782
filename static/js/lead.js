// The lead page: what HTML cannot do by itself. Everything here has a plain form behind it.
import './select_need.js';
import './composer.js';
import './need_keys.js';
