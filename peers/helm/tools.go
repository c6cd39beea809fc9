//go:build tools

// Package tools names the programs that this peer is built from.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
