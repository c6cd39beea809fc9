#!/usr/bin/env bash
# Runs real controllers as processes against `amethyst up --builtins none`, and shows that they do their work:
#
#   peers/controllers.sh cert-manager BINARIES CHART   cert-manager issues a certificate from a CA issuer
#   peers/controllers.sh helm-controller               Flux's helm-controller reports a missing source
#
# BINARIES holds cert-manager's `controller`, `webhook` and `cainjector`; CHART is its chart's folder. Everything
# else comes from `cargo xtask peers`. Needs root: each run lives in a network of its own, whose only address
# beside loopback is one of documentation (192.0.2.53), so that a webhook behind a Service can be reached as on
# a cluster; each controller finds its token where a pod would.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
address=192.0.2.53

if [ "${AMETHYST_INSIDE:-}" != yes ]; then
  cd "$root"
  export AMETHYST="${AMETHYST:-$(cargo build --release --quiet -p amethyst-homelab && echo "${CARGO_TARGET_DIR:-target}/release/amethyst")}"
  AMETHYST=$(realpath "$AMETHYST")
  KUBECTL=$(cargo xtask peers kubectl)
  HELM=$(cargo xtask peers helm)
  [ "${1:-}" != helm-controller ] || HELM_CONTROLLER=$(cargo xtask peers helm-controller)
  export KUBECTL HELM HELM_CONTROLLER="${HELM_CONTROLLER:-}" AMETHYST_INSIDE=yes
  exec unshare --net --mount --pid --fork --mount-proc "$0" "$@"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ip link set lo up
ip address add "$address/32" dev lo
export KUBECONFIG="$work/kubeconfig"
kubectl() { "$KUBECTL" "$@"; }

say() { echo "== $*"; }

fail() {
  echo "FAILED: $*" >&2
  for log in "$work"/*.log; do echo "--- $(basename "$log")" >&2; tail -n 25 "$log" | cut -c1-600 >&2; done
  exit 1
}

# until_true SECONDS WHAT COMMAND...: waits until a command succeeds.
until_true() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >"$work/last" 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { cat "$work/last" >&2; fail "$what did not come about"; }
    sleep 0.3
  done
  say "$what"
}

# in_cluster NAMESPACE ACCOUNT LOG COMMAND...: runs a program as if in a pod of this service account.
in_cluster() {
  local namespace=$1 account=$2 log=$3
  shift 3
  local mounted="$work/account-$account"
  mkdir -p "$mounted"
  kubectl create token --namespace "$namespace" "$account" --duration 1h >"$mounted/token"
  kubectl get configmap --namespace "$namespace" kube-root-ca.crt -o 'jsonpath={.data.ca\.crt}' >"$mounted/ca.crt"
  printf %s "$namespace" >"$mounted/namespace"
  env -u KUBECONFIG POD_NAMESPACE="$namespace" RUNTIME_NAMESPACE="$namespace" \
    KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=6443 \
    unshare --mount bash -c '
      set -e
      mkdir -p /var/run/secrets/kubernetes.io/serviceaccount
      mount --bind "$0" /var/run/secrets/kubernetes.io/serviceaccount
      exec "$@"' "$mounted" "$@" >"$work/$log.log" 2>&1 &
}

start() {
  "$AMETHYST" up --offline --builtins none --path "$root" --data-dir "$work/state" --kubeconfig "$KUBECONFIG" \
    --listen 127.0.0.1:6443 >"$work/amethyst.log" 2>&1 &
  until_true 20 "the API answers" kubectl get --raw /readyz
}

cert_manager() {
  local binaries=$1 chart=$2
  cp -r "$chart" "$work/chart"
  # A chart in its source has a template where a released one has its description.
  [ -f "$work/chart/Chart.yaml" ] || printf 'apiVersion: v2\nname: cert-manager\nversion: 0.0.0\nappVersion: v0.0.0\n' >"$work/chart/Chart.yaml"
  kubectl create namespace cert-manager
  "$HELM" template cert-manager "$work/chart" --namespace cert-manager --set crds.enabled=true \
    --set startupapicheck.enabled=false --set global.leaderElection.namespace=cert-manager >"$work/manifests.yaml"
  kubectl apply --server-side -f "$work/manifests.yaml" >"$work/applied"
  say "$(wc -l <"$work/applied") objects of the chart are applied"
  in_cluster cert-manager cert-manager controller "$binaries/controller" --v=2 \
    --cluster-resource-namespace=cert-manager --leader-election-namespace=cert-manager
  in_cluster cert-manager cert-manager-cainjector cainjector "$binaries/cainjector" --v=2 \
    --leader-election-namespace=cert-manager --metrics-listen-address=0
  local names=cert-manager-webhook,cert-manager-webhook.cert-manager,cert-manager-webhook.cert-manager.svc
  in_cluster cert-manager cert-manager-webhook webhook "$binaries/webhook" --v=2 --secure-port=10250 \
    --healthz-port=6080 --metrics-listen-address=0 --dynamic-serving-ca-secret-namespace=cert-manager \
    --dynamic-serving-ca-secret-name=cert-manager-webhook-ca --dynamic-serving-dns-names="$names"
  # No kubelet runs the webhook's pod; its process is reached all the same, through its Service.
  kubectl apply -f - <<YAML
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cert-manager-webhook-process, namespace: cert-manager, labels: {kubernetes.io/service-name: cert-manager-webhook}}
addressType: IPv4
ports: [{name: https, port: 10250, protocol: TCP}]
endpoints: [{addresses: ["$address"], conditions: {ready: true}}]
YAML
  injected() { [ -n "$(kubectl get validatingwebhookconfiguration cert-manager-webhook -o 'jsonpath={.webhooks[0].clientConfig.caBundle}')" ]; }
  until_true 60 "cainjector has injected the webhook's authority" injected
  # From a file, for standard input can be read once only and this may need more tries.
  echo '{"apiVersion":"cert-manager.io/v1","kind":"ClusterIssuer","metadata":{"name":"self"},"spec":{"selfSigned":{}}}' >"$work/self.json"
  until_true 60 "an issuer passes the webhook" kubectl apply -f "$work/self.json"
  local wrong='{"apiVersion":"cert-manager.io/v1","kind":"Issuer","metadata":{"name":"two","namespace":"default"},"spec":{"selfSigned":{},"ca":{"secretName":"x"}}}'
  if kubectl apply -f - <<<"$wrong" >"$work/refused" 2>&1; then fail "the webhook let a wrong issuer through"; fi
  grep -q 'admission webhook "webhook.cert-manager.io" denied the request' "$work/refused" || { cat "$work/refused"; fail "the refusal is not the webhook's"; }
  say "a wrong issuer is refused: $(cut -c1-160 "$work/refused" | head -n 1)"
  kubectl apply -f - <<'YAML'
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: authority, namespace: cert-manager}
spec: {isCA: true, commonName: homelab, secretName: authority, privateKey: {algorithm: ECDSA}, issuerRef: {name: self, kind: ClusterIssuer}}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: homelab}
spec: {ca: {secretName: authority}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web, namespace: default}
spec: {dnsNames: [web.home.arpa], secretName: web-tls, privateKey: {algorithm: ECDSA}, issuerRef: {name: homelab, kind: ClusterIssuer}}
YAML
  until_true 90 "the certificate is Ready" kubectl wait --for=condition=Ready --timeout=1s --namespace default certificate/web
  for file in ca.crt tls.crt; do
    kubectl get secret --namespace default web-tls -o "go-template={{index .data \"$file\" | base64decode}}" >"$work/$file"
  done
  openssl verify -CAfile "$work/ca.crt" "$work/tls.crt" >"$work/last" || { cat "$work/last"; fail "the certificate is not the authority's"; }
  openssl x509 -in "$work/tls.crt" -noout -ext subjectAltName | grep -q web.home.arpa || fail "the certificate names something else"
  kubectl get certificates,certificaterequests,issuers,clusterissuers -A
}

helm_controller() {
  local from
  from=$(cd "$root/peers/helm-controller" && GOFLAGS=-mod=mod go list -m -f '{{.Dir}}' github.com/fluxcd/helm-controller)
  local sources
  sources=$(cd "$(mktemp -d)" && go mod download -json github.com/fluxcd/source-controller@v1.9.1 | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  kubectl apply --server-side -f "$from/config/crd/bases" -f "$sources/config/crd/bases" >"$work/applied"
  say "$(wc -l <"$work/applied") definitions are applied"
  kubectl create namespace flux-system
  kubectl create serviceaccount --namespace flux-system helm-controller
  # As Flux installs it: the controller may do what an administrator may.
  kubectl create clusterrolebinding helm-controller --clusterrole cluster-admin --serviceaccount flux-system:helm-controller
  kubectl apply -f - <<'YAML'
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: by-ref, namespace: flux-system}
spec: {interval: 1m, chartRef: {kind: OCIRepository, name: missing}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: by-chart, namespace: flux-system}
spec: {interval: 1m, chart: {spec: {chart: podinfo, sourceRef: {kind: HelmRepository, name: missing}}}}
YAML
  in_cluster flux-system helm-controller helm-controller "$HELM_CONTROLLER" --enable-leader-election \
    --watch-all-namespaces --events-addr= --metrics-addr=127.0.0.1:8080 --health-addr=127.0.0.1:9440
  condition() { kubectl get helmrelease --namespace flux-system "$1" -o 'jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status} {.reason} {.message}{end}' | grep -qF "$2"; }
  until_true 60 "the missing OCIRepository is reported" condition by-ref 'False ArtifactFailed could not get Source object: OCIRepository.source.toolkit.fluxcd.io "missing" not found'
  until_true 60 "the chart that nobody fetches is reported" condition by-chart 'False SourceNotReady'
  until_true 30 "the chart is asked for" kubectl get helmchart --namespace flux-system flux-system-by-chart
  until_true 30 "the controller leads" kubectl get lease --namespace flux-system helm-controller-leader-election
  # A deletion goes through the controller's finalizer.
  kubectl delete helmrelease --namespace flux-system by-ref by-chart --timeout=30s
}

start
case "${1:-}" in
  cert-manager) cert_manager "$2" "$3" ;;
  helm-controller) helm_controller ;;
  *) echo "usage: $0 cert-manager BINARIES CHART | helm-controller" >&2; exit 2 ;;
esac
say "passed"
