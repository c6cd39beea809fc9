// Runs kustomize's own krusty tests and writes every build they do into a folder: its files, its options, and
// what kustomize made of them. The tests themselves stay where they are; a copy of the module is changed so that
// the one function that builds tells what it did.
//
//	go run ./krusty OUTPUT
package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const module = "sigs.k8s.io/kustomize/api@v0.21.2"

//go:embed recorder.go.txt
var recorder string

func main() {
	if len(os.Args) != 2 {
		fail("usage: krusty OUTPUT")
	}
	output, err := filepath.Abs(os.Args[1])
	check(err)
	work, err := os.MkdirTemp("", "krusty-")
	check(err)
	defer os.RemoveAll(work)
	check(os.CopyFS(work, os.DirFS(source())))
	instrument(work)
	check(os.RemoveAll(output))
	check(os.MkdirAll(output, 0o755))
	const version = "-X sigs.k8s.io/kustomize/api/provenance.version=(test)"
	tests := exec.Command("go", "test", "-json", "-count=1", "-ldflags", version, "./krusty")
	tests.Dir = work
	path := os.Getenv("PATH")
	if helm := os.Getenv("KRUSTY_HELM"); helm != "" {
		// The tests look for a program of this name.
		check(os.MkdirAll(filepath.Join(work, "bin"), 0o755))
		check(os.Symlink(helm, filepath.Join(work, "bin/helmV3")))
		path = filepath.Join(work, "bin") + ":" + path
	}
	tests.Env = append(os.Environ(), "KRUSTY_OUTPUT="+output, "GOFLAGS=-mod=mod", "PATH="+path)
	tests.Stderr = os.Stderr
	// Tests that want the network, a container or a compiled plugin fail here; the report says which.
	report, _ := tests.Output()
	check(os.WriteFile(filepath.Join(output, "tests.json"), verdicts(report), 0o644))
}

// Where the module lies in Go's cache.
func source() string {
	answer, err := exec.Command("go", "mod", "download", "-json", module).Output()
	check(err)
	var found struct{ Dir string }
	check(json.Unmarshal(answer, &found))
	return found.Dir
}

// Puts the recorder into the copy: builds go through it, and what leaves the program is noted.
func instrument(work string) {
	edit := func(file string, pairs ...string) {
		path := filepath.Join(work, file)
		content, err := os.ReadFile(path)
		check(err)
		text := string(content)
		for at := 0; at < len(pairs); at += 2 {
			if !strings.Contains(text, pairs[at]) {
				fail(fmt.Sprintf("%s holds no %q", file, pairs[at]))
			}
			text = strings.Replace(text, pairs[at], pairs[at+1], 1)
		}
		check(os.Chmod(path, 0o644))
		check(os.WriteFile(path, []byte(text), 0o644))
	}
	check(filepath.WalkDir(work, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return err
	}))
	check(os.WriteFile(filepath.Join(work, "krusty/recorder.go"), []byte(recorder), 0o644))
	check(os.MkdirAll(filepath.Join(work, "internal/needs"), 0o755))
	needs := "package needs\n\nvar List []string\n\nfunc Note(what string) { List = append(List, what) }\n"
	check(os.WriteFile(filepath.Join(work, "internal/needs/needs.go"), []byte(needs), 0o644))
	edit("krusty/kustomizer.go", "func (b *Kustomizer) Run(", "func (b *Kustomizer) run(")
	const imported = "\"sigs.k8s.io/kustomize/api/internal/needs\"\n"
	edit("internal/plugins/loader/loader.go",
		"import (\n", "import (\n"+imported,
		"func (l *Loader) loadPlugin(res *resource.Resource) (resmap.Configurable, error) {\n",
		"func (l *Loader) loadPlugin(res *resource.Resource) (resmap.Configurable, error) {\nneeds.Note(\"plugin\")\n")
	// Built-in plugins are those that are linked in: nothing is compiled.
	edit("internal/plugins/loader/loader.go",
		"case types.BploLoadFromFileSys:\n\t\t\tc, err = l.loadPlugin(res)",
		"case types.BploLoadFromFileSys:\n\t\t\tc, err = l.makeBuiltinPlugin(res.GetGvk())")
	edit("internal/plugins/utils/utils.go",
		"func DeterminePluginSrcRoot(fSys filesys.FileSystem) (string, error) {\n",
		"func DeterminePluginSrcRoot(fSys filesys.FileSystem) (string, error) {\nif true { return os.TempDir(), nil }\n")
	edit("internal/plugins/compiler/compiler.go",
		"func (b *Compiler) Compile() error {\n",
		"func (b *Compiler) Compile() error {\nif true { return nil }\n")
	edit("internal/git/cloner.go",
		"import (\n", "import (\n"+imported,
		"func ClonerUsingGitExec(repoSpec *RepoSpec) error {\n",
		"func ClonerUsingGitExec(repoSpec *RepoSpec) error {\nneeds.Note(\"git\")\n")
	edit("internal/loader/fileloader.go",
		"import (\n", "import (\n"+imported,
		"func (fl *FileLoader) httpClientGetContent(path string) ([]byte, error) {\n",
		"func (fl *FileLoader) httpClientGetContent(path string) ([]byte, error) {\nneeds.Note(\"http\")\n")
	edit("internal/builtins/HelmChartInflationGenerator.go",
		"import (\n", "import (\n"+imported,
		"func (p *HelmChartInflationGeneratorPlugin) runHelmCommand(\n\targs []string) ([]byte, error) {\n",
		"func (p *HelmChartInflationGeneratorPlugin) runHelmCommand(\n\targs []string) ([]byte, error) {\nneeds.Note(\"helm \"+args[0])\n")
}

// The verdict of each test: pass, fail or skip.
func verdicts(report []byte) []byte {
	found := map[string]string{}
	decoder := json.NewDecoder(strings.NewReader(string(report)))
	for {
		var event struct{ Action, Test string }
		if decoder.Decode(&event) != nil {
			break
		}
		switch event.Action {
		case "pass", "fail", "skip":
			if event.Test != "" {
				found[event.Test] = event.Action
			}
		}
	}
	text, err := json.MarshalIndent(found, "", "  ")
	check(err)
	return text
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(1)
}
