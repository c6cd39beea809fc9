//go:build tools

// Package tools names the programs that this peer is built from.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"
