package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// dialer is a new one for each client.
func dialer() func(context.Context, string, string) (net.Conn, error) {
	return (&net.Dialer{Timeout: 30 * time.Second}).DialContext
}

// definitions lets kubectl create the CustomResourceDefinitions of a folder, and waits until each is Established.
func definitions(ctx context.Context, l *load) (any, error) {
	expected, err := defined(l.crds)
	if err != nil {
		return nil, err
	}
	// A server may have brought some of its own.
	before, err := established(ctx, l)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	kubectl := exec.CommandContext(ctx, l.kubectl, "--kubeconfig", l.kubeconfig, "create", "-f", l.crds)
	if said, err := kubectl.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("kubectl: %w\n%s", err, said)
	}
	created := time.Since(start)
	for {
		now, err := established(ctx, l)
		if err != nil {
			return nil, err
		}
		if now-before >= expected {
			break
		}
		if time.Since(start) > 2*time.Minute {
			return nil, fmt.Errorf("%d of %d definitions are established after two minutes", now-before, expected)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return map[string]any{
		"count": expected, "created_s": created.Seconds(), "established_s": time.Since(start).Seconds(),
	}, nil
}

// defined is how many definitions the files of a folder hold.
func defined(folder string) (int, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return 0, err
	}
	out := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		out += bytes.Count(append([]byte{'\n'}, text...), []byte("\nkind: CustomResourceDefinition\n"))
	}
	if out == 0 {
		return 0, fmt.Errorf("found no definitions in %q", folder)
	}
	return out, nil
}

// established is how many definitions are served. Schemas are passed over unread: decoding megabytes of them
// would be what is measured.
func established(ctx context.Context, l *load) (int, error) {
	request := l.client.Discovery().RESTClient().Get().AbsPath("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
	text, err := request.SetHeader("Accept", "application/json").DoRaw(ctx)
	if err != nil {
		return 0, err
	}
	var all struct {
		Items []struct {
			Status struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return 0, err
	}
	out := 0
	for _, definition := range all.Items {
		for _, condition := range definition.Status.Conditions {
			if condition.Type == "Established" && condition.Status == "True" {
				out++
			}
		}
	}
	return out, nil
}

// commits changes one ConfigMap by `git commit` and waits until a watch sees it, again and again.
func commits(ctx context.Context, l *load) (any, error) {
	opened, err := l.client.CoreV1().ConfigMaps("default").Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=committed"})
	if err != nil {
		return nil, err
	}
	defer opened.Stop()
	var all []time.Duration
	const warm = 3
	for i := range l.samples + warm {
		value := fmt.Sprintf("commit-%d", i)
		text := fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: committed\n  namespace: default\ndata:\n  value: %s\n", value)
		if err := os.WriteFile(filepath.Join(l.repository, l.key), []byte(text), 0o644); err != nil {
			return nil, err
		}
		git := exec.CommandContext(ctx, "git", "-C", l.repository, "-c", "user.name=load", "-c", "user.email=load@example.org", "commit", "--quiet", "--all", "--message", value)
		if said, err := git.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("git commit: %w\n%s", err, said)
		}
		// The clock starts when the commit is there.
		start := time.Now()
		timeout := time.After(time.Minute)
		for seen := false; !seen; {
			select {
			case event, open := <-opened.ResultChan():
				if !open {
					return nil, fmt.Errorf("the watch ended")
				}
				object, is := event.Object.(*corev1.ConfigMap)
				seen = is && object.Data["value"] == value
			case <-timeout:
				return nil, fmt.Errorf("commit %d was not applied within a minute", i)
			}
		}
		if i >= warm {
			all = append(all, time.Since(start))
		}
		// Commits of people do not come in step with the server's timers.
		time.Sleep(time.Duration(20+37*(i%13)) * time.Millisecond)
	}
	return spreadOf(all), nil
}
