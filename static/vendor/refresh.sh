#!/usr/bin/env bash
# Fetch the pinned front-end files from npm and rebuild the icon sprite from icons.txt. Run it from anywhere.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT; cd "$tmp"
npm pack --silent @tabler/core@1.6.1 htmx.org@2.0.11 sortablejs@1.15.7 @tabler/icons@3.52.0 >/dev/null
take() { mkdir -p "$1" && tar -xzf "$2" -C "$1" --strip-components=1; }
take core tabler-core-*.tgz; take htmx htmx.org-*.tgz; take sortable sortablejs-*.tgz; take icons tabler-icons-*.tgz
# Source maps are not shipped, so their pointers go too: the manifest storage would look for them.
for f in core/dist/css/tabler.min.css core/dist/js/tabler.min.js htmx/dist/htmx.min.js sortable/Sortable.min.js; do
  sed -e 's|/\*# sourceMappingURL=.*\*/||' -e 's|^//# sourceMappingURL=.*||' "$f" >"$here/$(basename "$f")"
done
{
  echo '<svg xmlns="http://www.w3.org/2000/svg">'
  echo '<symbol id="i-fairlead" viewBox="0 0 24 24"><circle cx="12" cy="12" r="6.5"/><path d="M1.5 19c5.5 0 6-7 10.5-7s5-7 10.5-7"/></symbol>'
  while read -r name; do
    [ -n "$name" ] || continue
    printf '<symbol id="i-%s" viewBox="0 0 24 24">' "$name"
    sed -e '/<!--/,/-->/d' -e 's/<svg[^>]*>//' -e '/^<svg/,/^>/d' -e 's|</svg>||' "icons/icons/outline/$name.svg" | tr -d '\n' | sed 's/  */ /g'
    echo '</symbol>'
  done <"$here/icons.txt"
  echo '</svg>'
} >"$here/../icons.svg"
