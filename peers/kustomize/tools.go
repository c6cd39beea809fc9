//go:build tools

// Package tools pins the peer.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"
