// Command load puts one load on a Kubernetes API server and prints what it measured as one JSON document.
//
// It is the same program for every server, talks to it as client-go does by default (protobuf for the
// types that have it, HTTP/2 over TLS), and knows nothing of which server it measures.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// options are what the command line says.
type options struct {
	kubeconfig string
	kubectl    string
	crds       string
	steps      string
	started    int64
	objects    int
	writers    string
	count      int
	serial     int
	watchers   int
	fan        int
	pods       int
	samples    int
	list       int
	repository string
	key        string
	namespace  string
	pid        int
	certs      string
	url        string
	json       bool
}

// step is one thing to measure: it gives what stands under its name in the document.
type step func(context.Context, *load) (any, error)

var steps = map[string]step{
	"ready":    ready,
	"create":   create,
	"fill":     fill,
	"watch":    watchOne,
	"watchers": watchMany,
	"fan":      watchFan,
	"idle":     watchIdle,
	"list":     list,
	"pods":     listPods,
	"crds":     definitions,
	"serial":   serial,
	"commit":   commits,
}

// load is the connection and the settings that the steps share.
type load struct {
	options
	config *rest.Config
	client *kubernetes.Clientset
}

func main() {
	var o options
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "the server and who to be there")
	flag.StringVar(&o.kubectl, "kubectl", "kubectl", "the kubectl that creates definitions")
	flag.StringVar(&o.crds, "crds", "", "a folder with CustomResourceDefinitions, one in a file")
	flag.StringVar(&o.steps, "steps", "ready", "what to do, in this order, separated by commas")
	flag.Int64Var(&o.started, "started", 0, "when the server was started, in nanoseconds since 1970")
	flag.StringVar(&o.namespace, "namespace", "load", "where the objects go; made when missing")
	flag.IntVar(&o.objects, "objects", 2000, "how many objects `fill` makes")
	flag.StringVar(&o.writers, "writers", "64,16,1", "how many writers `create` has, one run for each")
	flag.IntVar(&o.count, "count", 3000, "how many objects a run of `create` makes")
	flag.IntVar(&o.serial, "serial", 500, "how many objects one writer alone makes, in `create` and `serial`")
	flag.IntVar(&o.watchers, "watchers", 100, "how many watches `watchers` opens")
	flag.IntVar(&o.fan, "fan", 1000, "how many watches `fan` and `idle` open, over a few connections")
	flag.IntVar(&o.pods, "pods", 10000, "how many pods `pods` lists")
	flag.IntVar(&o.samples, "samples", 300, "how many writes `watch`, `watchers`, `list` and `commit` measure (list: a tenth)")
	flag.IntVar(&o.list, "list", 3000, "how many objects `list` lists")
	flag.StringVar(&o.repository, "repository", "", "the checkout that `commit` commits to")
	flag.StringVar(&o.key, "file", "", "the ConfigMap in it that `commit` changes")
	flag.IntVar(&o.pid, "pid", 0, "the process whose bytes to disk `serial` counts, and whose memory `idle` reads")
	flag.StringVar(&o.certs, "certificates", "", "only write a server's certificates and kubeconfig into this folder")
	flag.StringVar(&o.url, "url", "", "the URL that goes into that kubeconfig")
	flag.BoolVar(&o.json, "json", false, "take answers in JSON alone, to see what their format costs")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	if o.certs != "" {
		return certificates(o.certs, o.url)
	}
	// `ready` waits, so it reads the kubeconfig when the server has written it; everything after it has it.
	deadline := time.Now().Add(time.Minute)
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	for err != nil && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
		config, err = clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	}
	if err != nil {
		return fmt.Errorf("failed to read the kubeconfig: %w", err)
	}
	// The client's own limit would be what is measured.
	config.QPS, config.Burst = -1, 0
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	if o.json {
		config.AcceptContentTypes = "application/json"
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("failed to make a client: %w", err)
	}
	l := &load{options: o, config: config, client: client}
	out := map[string]any{}
	for _, name := range strings.Split(o.steps, ",") {
		step, known := steps[name]
		if !known {
			return fmt.Errorf("no step is called %q", name)
		}
		got, err := step(context.Background(), l)
		if err != nil {
			return fmt.Errorf("failed to measure %q: %w", name, err)
		}
		out[name] = got
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

// numbers reads "64,16,1".
func numbers(text string) ([]int, error) {
	var out []int
	for _, part := range strings.Split(text, ",") {
		number, err := strconv.Atoi(part)
		if err != nil {
			return nil, err
		}
		out = append(out, number)
	}
	return out, nil
}
