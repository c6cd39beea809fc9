package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// spread is how a set of durations lies, in milliseconds.
type spread struct {
	Samples int     `json:"samples"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
	Max     float64 `json:"max_ms"`
}

func spreadOf(all []time.Duration) spread {
	if len(all) == 0 {
		return spread{}
	}
	slices.Sort(all)
	at := func(share float64) float64 {
		index := min(int(float64(len(all))*share), len(all)-1)
		return float64(all[index].Nanoseconds()) / 1e6
	}
	return spread{Samples: len(all), P50: at(0.5), P99: at(0.99), Max: at(1)}
}

// ready waits until /readyz says so, and tells how long after the start that was.
func ready(ctx context.Context, l *load) (any, error) {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	for {
		_, err := l.client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("the server did not become ready: %w", err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	elapsed := time.Duration(time.Now().UnixNano() - l.started)
	return map[string]float64{"ready_ms": float64(elapsed.Nanoseconds()) / 1e6}, nil
}

// configMap is an object whose data is 1 KB that no compression makes smaller than hexadecimal digits are.
func configMap(name string) *corev1.ConfigMap {
	bytes := make([]byte, 512)
	_, _ = rand.Read(bytes) // never fails: crypto/rand ends the program instead
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Data:       map[string]string{"value": hex.EncodeToString(bytes)},
	}
}

// namespaceNamed makes a namespace when it is not there.
func namespaceNamed(ctx context.Context, l *load, name string) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err := l.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// written is what writing objects took.
type written struct {
	Writers   int     `json:"writers"`
	Count     int     `json:"count"`
	PerSecond float64 `json:"per_second"`
	spread
}

// write makes `count` objects in a namespace by `writers` writers.
func write(ctx context.Context, l *load, namespace string, writers, count int) (written, error) {
	if err := namespaceNamed(ctx, l, namespace); err != nil {
		return written{}, err
	}
	// The connection and the paths through the server are warm before the clock runs.
	for i := range min(20, count) {
		if _, err := l.client.CoreV1().ConfigMaps(namespace).Create(ctx, configMap(fmt.Sprintf("warm-%d", i)), metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return written{}, err
		}
	}
	objects := make([]*corev1.ConfigMap, count)
	for i := range objects {
		objects[i] = configMap(fmt.Sprintf("w%d-%06d", writers, i))
	}
	took := make([]time.Duration, count)
	began := time.Now()
	err := inParallel(writers, count, func(i int) error {
		start := time.Now()
		_, err := l.client.CoreV1().ConfigMaps(namespace).Create(ctx, objects[i], metav1.CreateOptions{})
		took[i] = time.Since(start)
		return err
	})
	elapsed := time.Since(began)
	if err != nil {
		return written{}, err
	}
	return written{
		Writers: writers, Count: count, PerSecond: float64(count) / elapsed.Seconds(), spread: spreadOf(took),
	}, nil
}

// inParallel does something `count` times by `workers` workers; each ends at its first failure.
func inParallel(workers, count int, do func(i int) error) error {
	failed := make([]error, workers)
	var next atomic.Int64
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					failed[worker] = err
					return
				}
			}
		})
	}
	group.Wait()
	return errors.Join(failed...)
}

// create measures creates per second, for each number of writers.
func create(ctx context.Context, l *load) (any, error) {
	all, err := numbers(l.writers)
	if err != nil {
		return nil, err
	}
	out := []written{}
	for _, writers := range all {
		count := l.count
		if writers == 1 {
			count = l.serial
		}
		namespace := fmt.Sprintf("%s-%d", l.namespace, writers)
		got, err := write(ctx, l, namespace, writers, count)
		if err != nil {
			return nil, err
		}
		out = append(out, got)
		if err := empty(ctx, l.client, namespace); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// empty takes the objects away again, so that each run meets the same server.
func empty(ctx context.Context, client *kubernetes.Clientset, namespace string) error {
	return client.CoreV1().ConfigMaps(namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
}

// fill makes objects that stay.
func fill(ctx context.Context, l *load) (any, error) {
	return write(ctx, l, l.namespace, 16, l.objects)
}

// serial counts the bytes that the server's process writes for each object of one writer alone.
func serial(ctx context.Context, l *load) (any, error) {
	// What a server itself makes in a new namespace is no write of this load.
	if err := namespaceNamed(ctx, l, l.namespace+"-serial"); err != nil {
		return nil, err
	}
	time.Sleep(time.Second)
	before, err := diskBytes(l.pid)
	if err != nil {
		return nil, err
	}
	got, err := write(ctx, l, l.namespace+"-serial", 1, l.serial)
	if err != nil {
		return nil, err
	}
	after, err := diskBytes(l.pid)
	if err != nil {
		return nil, err
	}
	// The warm-up of `write` is written as well.
	writes := l.serial + 20
	return map[string]float64{"bytes_per_write": float64(after-before) / float64(writes), "per_second": got.PerSecond}, nil
}

// diskBytes is what a process had the disk write until now.
func diskBytes(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "write_bytes: "); found {
			return strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		}
	}
	return 0, fmt.Errorf("/proc/%d/io says nothing of write_bytes", pid)
}
