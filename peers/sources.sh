#!/usr/bin/env bash
# Fetches charts from real servers and compares with what helm itself pulls:
#
#   peers/sources.sh CHART...     folders or archives of charts
#
# Every chart is pushed to a registry (go-containerregistry's `crane registry serve`) by `helm push`, and put into
# a repository (`helm repo index`, served by python3). Ours then reads HelmReleases that name them in every way
# (HelmRepository over http and of `type: oci`, by exact version and by range; OCIRepository by tag, digest, semver
# and layer), and each content must have the digest of what `helm pull` brings; each revision that of `crane
# digest`. A second registry (distribution's) lets only those in who say who they are, by the config.json that
# `helm registry login` wrote. A chart is looked up in an index of 60 MB, with the memory and time of ours and of
# helm. Last the servers go away, and everything must be had from the cache alone. Dials loopback only.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
crane_version=v0.21.5 registry_version=v3.0.0
[ $# -gt 0 ] || { echo "usage: $0 CHART..." >&2; exit 2; }

charts=()
for chart in "$@"; do charts+=("$(realpath "$chart")"); done
cd "$root"
HELM=${HELM:-$(cargo xtask peers helm)}
FETCH=${FETCH:-$(cargo build --release --quiet -p amethyst-source --example fetch && echo "${CARGO_TARGET_DIR:-target}/release/examples/fetch")}
FETCH=$(realpath "$FETCH")
if [ -z "${CRANE:-}" ]; then
  CRANE=${XDG_CACHE_HOME:-$HOME/.cache}/amethyst/peers/crane-$crane_version/crane
  [ -x "$CRANE" ] || GOBIN=$(dirname "$CRANE") go install "github.com/google/go-containerregistry/cmd/crane@$crane_version"
fi
if [ -z "${REGISTRY:-}" ]; then
  REGISTRY=${XDG_CACHE_HOME:-$HOME/.cache}/amethyst/peers/registry-$registry_version/registry
  [ -x "$REGISTRY" ] || GOBIN=$(dirname "$REGISTRY") go install "github.com/distribution/distribution/v3/cmd/registry@$registry_version"
fi

work=$(mktemp -d)
servers=()
stop() { for server in "${servers[@]}"; do kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; done; servers=(); }
trap 'stop; rm -rf "$work"' EXIT
say() { echo "== $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# until_answers URL
until_answers() { for _ in $(seq 100); do curl -s -o /dev/null "$1" && return; sleep 0.1; done; fail "$1 does not answer"; }

export HELM_CACHE_HOME="$work/helm/cache" HELM_CONFIG_HOME="$work/helm/config" HELM_DATA_HOME="$work/helm/data"
mkdir -p "$work/repository" "$work/pulled"
registry=127.0.0.1:$(free_port) web=127.0.0.1:$(free_port)
"$CRANE" registry serve --address "$registry" >"$work/registry.log" 2>&1 & servers+=($!)
python3 -m http.server --bind 127.0.0.1 --directory "$work/repository" "${web##*:}" >"$work/web.log" 2>&1 & servers+=($!)
until_answers "http://$registry/v2/"
until_answers "http://$web/"

for chart in "${charts[@]}"; do
  if [ -d "$chart" ]; then
    "$HELM" package "$chart" --destination "$work/repository" >"$work/package.log" 2>&1 || { tail -n 2 "$work/package.log"; say "left out, helm does not package it: $chart"; }
  else
    cp "$chart" "$work/repository/"
  fi
done
# A chart of our own with a `+` in its version, which a tag writes as `_`, and older and newer versions.
"$HELM" create "$work/own" >/dev/null
for version in 0.9.0 1.0.0+build.7 1.2.0 1.10.0 2.0.0-rc.1; do
  "$HELM" package "$work/own" --version "$version" --destination "$work/repository" >/dev/null
done
"$HELM" repo index "$work/repository"
count=$(ls "$work/repository"/*.tgz | wc -l)
for archive in "$work/repository"/*.tgz; do
  "$HELM" push "$archive" "oci://$registry/charts" --plain-http >"$work/push.log" 2>&1 || { cat "$work/push.log"; fail "helm push $archive"; }
done
# An artifact as `flux push artifact` makes one: the layer is the files' archive.
"$CRANE" append --insecure --oci-empty-base --new_layer "$(ls "$work/repository"/*.tgz | head -n 1)" --new_tag "$registry/files:v1" >/dev/null 2>&1 || fail "crane append"
say "$count charts are pushed and indexed"

source_of() { printf -- '---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: %s\nmetadata: {name: "%s", namespace: flux}\nspec: %s\n' "$1" "$2" "$3"; }
release() { printf -- '---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: "%s", namespace: flux}\nspec: %s\n' "$1" "$2"; }
sha() { sha256sum "$1" | cut -d' ' -f1; }
expected="$work/expected" objects="$work/objects.yaml"
: >"$expected"
{ source_of HelmRepository web "{url: \"http://$web\"}"
  source_of HelmRepository oci "{url: \"oci://$registry/charts\", type: oci, insecure: true}"; } >"$objects"

# by_chart RELEASE CHART VERSION: both repositories against `helm pull` from each.
by_chart() {
  local from url flags
  for from in web oci; do
    mkdir -p "$work/pulled/$from-$1"
    url="--repo http://$web $2"; flags=""
    [ "$from" = web ] || { url="oci://$registry/charts/$2"; flags=--plain-http; }
    # shellcheck disable=SC2086
    "$HELM" pull $url ${3:+--version "$3"} $flags --destination "$work/pulled/$from-$1" >"$work/pull.log" 2>&1 || { cat "$work/pull.log"; fail "helm pull $url $3"; }
    release "$1-$from" "{chart: {spec: {chart: \"$2\", version: \"${3:-*}\", sourceRef: {kind: HelmRepository, name: $from}}}}" >>"$objects"
    echo "HelmRelease/flux/$1-$from sha256:$(sha "$work/pulled/$from-$1"/*.tgz)" >>"$expected"
  done
}

# by_ref RELEASE REPOSITORY SPEC DIGEST [REVISION]
by_ref() {
  source_of OCIRepository "$1" "{url: \"oci://$registry/$2\", insecure: true, $3}" >>"$objects"
  release "$1" "{chartRef: {kind: OCIRepository, name: \"$1\"}}" >>"$objects"
  echo "HelmRelease/flux/$1 sha256:$4${5:+ $5}" >>"$expected"
}

layer=application/vnd.cncf.helm.chart.content.v1.tar+gzip
number=0
for archive in "$work/repository"/*.tgz; do
  "$HELM" show chart "$archive" >"$work/chart.yaml"
  name=$(sed -n 's/^name: *//p' "$work/chart.yaml") version=$(sed -n 's/^version: *//p' "$work/chart.yaml" | tr -d '"'"'")
  tag=${version//+/_} number=$((number + 1))
  by_chart "c$number" "$name" "$version"
  digest=$("$CRANE" digest --insecure "$registry/charts/$name:$tag")
  by_ref "tag$number" "charts/$name" "ref: {tag: \"$tag\"}, layerSelector: {mediaType: $layer, operation: copy}" "$(sha "$archive")" "$tag@$digest"
  by_ref "digest$number" "charts/$name" "ref: {digest: \"$digest\"}" "$(sha "$archive")" "$digest"
done
for range in '' '1.x' '~1.2' '>=1.0.0-0' '^1.0.0' '1.0.0+build.7' '>=0.9.0 <1.2.0' '>1.2 || 0.9.x'; do
  number=$((number + 1))
  by_chart "range$number" own "$range"
done
own() { sha "$work/repository/own-$1.tgz"; }
by_ref semver1 charts/own "ref: {semver: \">=1.0.0\"}, layerSelector: {mediaType: $layer}" "$(own 1.10.0)"
by_ref semver2 charts/own "ref: {semver: \">=1.0.0-0\"}" "$(own 2.0.0-rc.1)"
by_ref semver3 charts/own "ref: {semver: \"*\", semverFilter: \"^1[.]0\"}, layerSelector: {mediaType: $layer}" "$(own '1.0.0+build.7')"
by_ref semver4 charts/own "ref: {semver: \"~1.2\"}" "$(own 1.2.0)"
by_ref files files "ref: {tag: v1}" "$("$CRANE" manifest --insecure "$registry/files:v1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["layers"][0]["digest"][7:])')"

# compare FILE: our lines against what is expected, the revision where there is one.
compare() {
  python3 - "$expected" "$1" <<'PYTHON'
import sys
ours = {line.split()[0]: line.split() for line in open(sys.argv[2]) if line.startswith("HelmRelease/")}
wrong = 0
for line in open(sys.argv[1]):
    name, digest, *revision = line.split()
    got = ours.get(name, ["", "nothing", "", ""])
    if got[1] != digest or (revision and got[3] != revision[0]):
        print(f"differs: {name}: helm has {digest} {revision}, ours {got[1:]}")
        wrong += 1
sys.exit(1 if wrong else 0)
PYTHON
}

"$FETCH" "$work/cache" "$objects" online >"$work/ours" || { grep -v '^HelmRelease/' "$work/ours"; fail "ours does not fetch all"; }
compare "$work/ours" || fail "contents differ"
say "$(wc -l <"$expected") releases: every content has the digest of what helm pulls, every revision that of crane"
"$FETCH" "$work/cache" "$objects" online >"$work/again" || fail "ours does not fetch all again"
! grep -q ' Network$' "$work/again" || { grep ' Network$' "$work/again" | head -n 3; fail "something was downloaded twice"; }
say "once more: everything is confirmed, nothing downloaded"

# A registry that asks who we are, and answers in pages of tags and in ranges.
private=127.0.0.1:$(free_port)
"$HELM" create "$work/password" >/dev/null
rm -r "$work/password/templates"/*
echo '{{ htpasswd "me" "correct horse" }}' >"$work/password/templates/NOTES.txt"
"$HELM" install --dry-run=client x "$work/password" 2>/dev/null | sed -n 's/^\(me:.*\)$/\1/p' >"$work/htpasswd"
[ -s "$work/htpasswd" ] || fail "no password is made"
cat >"$work/registry.yaml" <<YAML
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: "$work/private"}}
http: {addr: "$private"}
auth: {htpasswd: {realm: private, path: "$work/htpasswd"}}
YAML
"$REGISTRY" serve "$work/registry.yaml" >"$work/private.log" 2>&1 & servers+=($!)
until_answers "http://$private/v2/"
"$HELM" registry login "$private" --username me --password 'correct horse' --plain-http >"$work/login.log" 2>&1 || { cat "$work/login.log"; fail "helm registry login"; }
for archive in "$work/repository"/own-*.tgz; do
  "$HELM" push "$archive" "oci://$private/charts" --plain-http >"$work/push.log" 2>&1 || { cat "$work/push.log"; fail "helm push $archive"; }
done
{ source_of HelmRepository private "{url: \"oci://$private/charts\", type: oci, insecure: true}"
  release private-range "{chart: {spec: {chart: own, version: '>=1.0.0', sourceRef: {kind: HelmRepository, name: private}}}}"
  release private-exact "{chart: {spec: {chart: own, version: 1.0.0+build.7, sourceRef: {kind: HelmRepository, name: private}}}}"; } >"$work/private.yaml"
config=$(find "$work/helm/config" -name config.json)
"$FETCH" "$work/cache-private" "$work/private.yaml" online "$config" >"$work/out" || { cat "$work/out"; fail "the private registry does not let us in"; }
grep -q "private-range sha256:$(own 1.10.0)" "$work/out" && grep -q "private-exact sha256:$(own '1.0.0+build.7')" "$work/out" || { cat "$work/out"; fail "contents of the private registry differ"; }
if "$FETCH" "$work/cache-nobody" "$work/private.yaml" online >"$work/out"; then fail "the private registry lets everybody in"; fi
grep -q "answers 401 Unauthorized" "$work/out" || { cat "$work/out"; fail "the refusal is not the registry's"; }
say "a registry that asks who we are: fetched with what helm registry login wrote, refused without: $(head -n 1 "$work/out" | sed 's/.*hint: /hint: /')"

# A 60 MB index, with the wanted chart in its midst.
python3 - "$work/repository" <<'PYTHON'
import sys, os, hashlib
folder = sys.argv[1]
archive = sorted(name for name in os.listdir(folder) if name.startswith("own-1.2.0"))[0]
digest = hashlib.sha256(open(f"{folder}/{archive}", "rb").read()).hexdigest()
os.makedirs(f"{folder}/huge", exist_ok=True)
with open(f"{folder}/huge/index.yaml", "w") as out:
    out.write("apiVersion: v1\nentries:\n")
    for chart in range(900):
        if chart == 450:
            out.write(f"  own:\n  - apiVersion: v2\n    name: own\n    version: 1.2.0\n    digest: {digest}\n    urls:\n    - ../{archive}\n")
        out.write(f"  chart-{chart:04}:\n")
        for version in range(100):
            out.write(f"  - apiVersion: v2\n    appVersion: 1.0.{version}\n    created: \"2026-01-02T03:04:05.{version:09}Z\"\n    description: |\n      Chart {chart}, with words that nobody reads: {'lorem ipsum ' * 20}\n    digest: {hashlib.sha256(f'{chart}/{version}'.encode()).hexdigest()}\n    home: https://example.org/{chart}\n    keywords:\n    - one\n    - two\n    maintainers:\n    - email: me@example.org\n      name: me\n    name: chart-{chart:04}\n    sources:\n    - https://example.org/{chart}/source\n    type: application\n    urls:\n    - https://example.org/charts/chart-{chart:04}-1.0.{version}.tgz\n    version: 1.0.{version}\n")
PYTHON
{ source_of HelmRepository huge "{url: \"http://$web/huge\"}"
  release huge "{chart: {spec: {chart: own, version: '1.x', sourceRef: {kind: HelmRepository, name: huge}}}}"; } >"$work/huge.yaml"
measured() { /usr/bin/time -f '%e s, %M KB' -o "$work/time" "$@" >"$work/out" 2>"$work/err" || { cat "$work/out" "$work/err"; fail "$*"; }; cat "$work/time"; }
mkdir -p "$work/pulled/huge"
say "a chart of an index of $(du -m "$work/repository/huge/index.yaml" | cut -f1) MB:"
echo "   ours: $(measured "$FETCH" "$work/cache-huge" "$work/huge.yaml" online)"
echo "   ours, the index known and asked for again: $(measured "$FETCH" "$work/cache-huge" "$work/huge.yaml" online)"
grep -q "sha256:$(own 1.2.0)" "$work/out" || fail "the chart of the huge index differs"
echo "   helm: $(measured "$HELM" pull own --repo "http://$web/huge" --version 1.x --destination "$work/pulled/huge")"

stop
"$FETCH" "$work/cache" "$objects" offline >"$work/offline" || fail "offline, something is missing"
compare "$work/offline" || fail "offline, contents differ"
[ "$(grep -c ' Cache$' "$work/offline")" = "$(wc -l <"$expected")" ] || fail "offline, something is not from the cache"
say "the servers are gone: all of it is had from the cache"
say "passed"
