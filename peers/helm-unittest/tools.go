//go:build tools

// Package tools names the programs that this peer is built from.
package tools

import _ "github.com/helm-unittest/helm-unittest/cmd/helm-unittest"
