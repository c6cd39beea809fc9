package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
)

// answered is how long a write took to be answered, and then how long after its start a watch saw it.
type answered struct {
	Watchers int    `json:"watchers"`
	Answered spread `json:"answered"`
	Seen     spread `json:"seen"`
}

func watchOne(ctx context.Context, l *load) (any, error) {
	return watched(ctx, l, 1, 1, l.samples)
}

func watchMany(ctx context.Context, l *load) (any, error) {
	return watched(ctx, l, l.watchers, l.watchers, l.samples)
}

// watchFan is a thousand watches that share a few connections, as the informers of some programs do.
func watchFan(ctx context.Context, l *load) (any, error) {
	return watched(ctx, l, l.fan, fanConnections, max(l.samples/5, 10))
}

// watched changes one object again and again, and waits each time for the answer and for every watch.
func watched(ctx context.Context, l *load, watchers, connections, samples int) (any, error) {
	namespace := fmt.Sprintf("%s-watch-%d", l.namespace, watchers)
	if err := namespaceNamed(ctx, l, namespace); err != nil {
		return nil, err
	}
	object, err := l.client.CoreV1().ConfigMaps(namespace).Create(ctx, configMap("watched"), metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	// The channel holds what all watches say of one write: no watch ever waits for the reader.
	seen := make(chan sight, 2*watchers)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	clients := make([]*kubernetes.Clientset, connections)
	for i := range clients {
		if clients[i], err = separate(l); err != nil {
			return nil, err
		}
	}
	for i := range watchers {
		if err := follow(ctx, clients[i%connections], namespace, object.ResourceVersion, seen); err != nil {
			return nil, err
		}
	}
	out := answered{Watchers: watchers}
	var answers, sights []time.Duration
	const warm = 20
	for i := range samples + warm {
		answer, last, err := change(ctx, l, object, watchers, seen)
		if err != nil {
			return nil, err
		}
		if i >= warm {
			answers, sights = append(answers, answer), append(sights, last)
		}
	}
	out.Answered, out.Seen = spreadOf(answers), spreadOf(sights)
	return out, nil
}

// sight is a watch that saw a version.
type sight struct {
	version string
	at      time.Time
}

// follow opens a watch.
func follow(ctx context.Context, client *kubernetes.Clientset, namespace, version string, seen chan<- sight) error {
	opened, err := client.CoreV1().ConfigMaps(namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: version})
	if err != nil {
		return err
	}
	go func() {
		defer opened.Stop()
		for event := range opened.ResultChan() {
			if object, is := event.Object.(*corev1.ConfigMap); is && event.Type == watch.Modified {
				seen <- sight{version: object.ResourceVersion, at: time.Now()}
			}
		}
	}()
	return nil
}

// change writes once: how long the answer took, and how long until answer and all watches were there.
func change(ctx context.Context, l *load, object *corev1.ConfigMap, watchers int, seen <-chan sight) (time.Duration, time.Duration, error) {
	fresh := object.DeepCopy()
	fresh.Data = configMap("").Data
	start := time.Now()
	now, err := l.client.CoreV1().ConfigMaps(object.Namespace).Update(ctx, fresh, metav1.UpdateOptions{})
	if err != nil {
		return 0, 0, err
	}
	answer := time.Since(start)
	last := answer
	now.DeepCopyInto(object)
	timeout := time.After(30 * time.Second)
	for range watchers {
		select {
		case got := <-seen:
			if got.version != now.ResourceVersion {
				return 0, 0, fmt.Errorf("a watch saw version %s, expected %s", got.version, now.ResourceVersion)
			}
			last = max(last, got.at.Sub(start))
		case <-timeout:
			return 0, 0, fmt.Errorf("a watch did not see version %s within 30 s", now.ResourceVersion)
		}
	}
	return answer, last, nil
}

// separate is a client that shares no connection.
func separate(l *load) (*kubernetes.Clientset, error) {
	// A dialer of its own keeps the client out of the cache of connections.
	config := *l.config
	config.Dial = dialer()
	return kubernetes.NewForConfig(&config)
}

// list measures a list of all objects of a namespace.
func list(ctx context.Context, l *load) (any, error) {
	namespace := l.namespace + "-list"
	if _, err := write(ctx, l, namespace, 16, l.list-20); err != nil {
		return nil, err
	}
	var all []time.Duration
	count := max(l.samples/10, 10)
	for i := range count + 3 {
		start := time.Now()
		got, err := l.client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		if i >= 3 {
			all = append(all, time.Since(start))
		}
		// A server may bring an object of its own, as kube-root-ca.crt.
		if len(got.Items) < l.list {
			return nil, fmt.Errorf("the list holds %d objects, expected %d", len(got.Items), l.list)
		}
	}
	if err := empty(ctx, l.client, namespace); err != nil {
		return nil, err
	}
	return map[string]any{"objects": l.list, "took": spreadOf(all)}, nil
}
