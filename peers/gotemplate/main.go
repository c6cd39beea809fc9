// Runs templates through Go's text/template, so that amethyst-gotemplate can be held against it.
//
// `gotemplate random COUNT SEED` makes up templates, `gotemplate given` reads them from the standard input, one
// JSON string a line. For each a line is written: {"text": ..., "out": ...} or {"text": ..., "error": ...}. The
// example `oracle` of the crate reads them and compares.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"text/template"
)

const document = `{"name":"x","empty":"","zero":0,"yes":true,"no":false,"null":null,
"html":"<a href='b'>&\"</a>","list":["a","b","c"],"numbers":[1,2,3],
"mixed":[1,"b",null,{"k":"v"},["z"]],"none":[],"nothing":{},
"map":{"one":1,"two":"zwei","deep":{"er":{"est":"down"}}}}`

func data() map[string]any {
	var values map[string]any
	if err := json.Unmarshal([]byte(document), &values); err != nil {
		panic(err)
	}
	values["int"] = 17
	values["int64"] = int64(64)
	values["float"] = 3.5
	values["uint8"] = uint8(8)
	values["strings"] = []string{"s", "t"}
	values["pi"] = math.Pi
	return values
}

func functions(set *template.Template) template.FuncMap {
	return template.FuncMap{
		"upper": strings.ToUpper,
		"list":  func(values ...any) []any { return values },
		"dict": func(values ...any) map[string]any {
			pairs := map[string]any{}
			for i := 0; i < len(values); i += 2 {
				key, _ := values[i].(string)
				pairs[key] = nil
				if i+1 < len(values) {
					pairs[key] = values[i+1]
				}
			}
			return pairs
		},
		"fail": func(text string) (string, error) { return "", errors.New(text) },
		"add":  func(a, b int) int { return a + b },
		"half": func(value float64) float64 { return value / 2 },
		"keys": func(values map[string]any) []string {
			keys := []string{}
			for key := range values {
				keys = append(keys, key)
			}
			// In the order that the other side walks maps.
			for i := range keys {
				for j := i + 1; j < len(keys); j++ {
					if keys[j] < keys[i] {
						keys[i], keys[j] = keys[j], keys[i]
					}
				}
			}
			return keys
		},
		"joined": func(separator string, values ...string) string { return strings.Join(values, separator) },
		"null":   func() any { return nil },
		"include": func(name string, values any) (string, error) {
			if depth >= 4 {
				return "", errors.New("too deep")
			}
			depth++
			defer func() { depth-- }()
			var out strings.Builder
			err := set.ExecuteTemplate(&out, name, values)
			return out.String(), err
		},
		"tpl": func(text string, values any) (string, error) {
			if depth >= 4 {
				return "", errors.New("too deep")
			}
			depth++
			defer func() { depth-- }()
			copied, err := set.Clone()
			if err != nil {
				return "", err
			}
			copied.Option("missingkey=zero")
			copied.Funcs(functions(copied))
			parsed, err := copied.New("gotpl").Parse(text)
			if err != nil {
				return "", err
			}
			var out strings.Builder
			err = parsed.Execute(&out, values)
			return out.String(), err
		},
	}
}

// depth counts inner templates.
var depth int

type answer struct {
	Text  string `json:"text"`
	Out   string `json:"out"`
	Error string `json:"error,omitempty"`
}

func run(text string) answer {
	set := template.New("gotpl").Option("missingkey=zero")
	set.Funcs(functions(set))
	if _, err := set.New("t").Parse(text); err != nil {
		return answer{Text: text, Error: err.Error()}
	}
	var out strings.Builder
	if err := set.ExecuteTemplate(&out, "t", data()); err != nil {
		return answer{Text: text, Error: err.Error()}
	}
	return answer{Text: text, Out: out.String()}
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if len(os.Args) == 4 && os.Args[1] == "random" {
		count, _ := strconv.Atoi(os.Args[2])
		seed, _ := strconv.ParseInt(os.Args[3], 10, 64)
		maker := &maker{rand.New(rand.NewSource(seed)), 0}
		for range count {
			_ = encoder.Encode(run(maker.template()))
		}
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	for in.Scan() {
		var text string
		if err := json.Unmarshal(in.Bytes(), &text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_ = encoder.Encode(run(text))
	}
}
