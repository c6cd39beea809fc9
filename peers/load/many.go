package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// fanConnections is how many connections many watches share.
const fanConnections = 20

// watchIdle opens many watches on which nothing happens, and tells how much memory they cost the server.
func watchIdle(ctx context.Context, l *load) (any, error) {
	namespace := l.namespace + "-idle"
	if err := namespaceNamed(ctx, l, namespace); err != nil {
		return nil, err
	}
	before, err := residentBytes(l.pid)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	seen := make(chan sight, 1)
	for i := 0; i < l.fan; {
		client, err := separate(l)
		if err != nil {
			return nil, err
		}
		for range l.fan / fanConnections {
			if err := follow(ctx, client, namespace, "0", seen); err != nil {
				return nil, err
			}
			i++
		}
	}
	time.Sleep(5 * time.Second)
	after, err := residentBytes(l.pid)
	if err != nil {
		return nil, err
	}
	return map[string]any{"watches": l.fan, "memory_mb": float64(after-before) / 1e6}, nil
}

// residentBytes is the memory that a process holds.
func residentBytes(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, is := strings.CutPrefix(line, "VmRSS:"); is {
			kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kilobytes * 1024, err
		}
	}
	return 0, fmt.Errorf("the kernel says nothing of the memory of %d", pid)
}

// listPods measures a list of many pods, which nothing runs.
func listPods(ctx context.Context, l *load) (any, error) {
	namespace := l.namespace + "-pods"
	if err := namespaceNamed(ctx, l, namespace); err != nil {
		return nil, err
	}
	// A server without controllers makes no service account, and takes no pod without one.
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	_, err := l.client.CoreV1().ServiceAccounts(namespace).Create(ctx, account, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, err
	}
	err = inParallel(16, l.pods, func(i int) error {
		_, err := l.client.CoreV1().Pods(namespace).Create(ctx, pod(i), metav1.CreateOptions{})
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []time.Duration
	for i := range 13 {
		start := time.Now()
		got, err := l.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		if len(got.Items) != l.pods {
			return nil, fmt.Errorf("the list holds %d pods, expected %d", len(got.Items), l.pods)
		}
		if i >= 3 {
			all = append(all, time.Since(start))
		}
	}
	return map[string]any{"objects": l.pods, "took": spreadOf(all)}, nil
}

func pod(i int) *corev1.Pod {
	labels := map[string]string{"app": fmt.Sprintf("app-%d", i%100)}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("pod-%05d", i), Labels: labels},
		Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Name: "main", Image: "registry.example.org/app:1"}},
		},
	}
}
