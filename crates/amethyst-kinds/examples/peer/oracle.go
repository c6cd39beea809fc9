// Oracle does with upstream's packages what the example `peer` beside it does with this crate's, so that their
// outputs can be compared. To build it, copy it into a folder with a go.mod that requires k8s.io/kubernetes in the
// release of the tables and replaces its staging modules by their published versions.
//
//	oracle tables FROM TO      decodes and defaults each document of FROM, writes it to TO, prints columns and cells
//	oracle normalize FROM TO   decodes each document of FROM into its struct and writes that to TO
//	oracle quantities FILE     prints the canonical spelling of each quantity of a list
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/resource/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	_ "k8s.io/kubernetes/pkg/apis/storagemigration/install"
	"k8s.io/kubernetes/pkg/printers"
	"k8s.io/kubernetes/pkg/printers/internalversion"
	kjson "sigs.k8s.io/json"
)

func main() {
	out := map[string]any{}
	switch os.Args[1] {
	case "tables":
		generator := printers.NewTableGenerator().With(internalversion.AddHandlers)
		each(os.Args[2], func(name string, text []byte) error { return table(generator, name, text, out) })
	case "normalize":
		each(os.Args[2], normalize)
		return
	case "quantities":
		quantities(out)
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

// each calls do with every document of a folder; what upstream cannot decode or print is told and left out.
func each(folder string, do func(name string, text []byte) error) {
	files, _ := filepath.Glob(filepath.Join(folder, "*.json"))
	for _, file := range files {
		func() {
			defer func() {
				if failure := recover(); failure != nil {
					fmt.Fprintln(os.Stderr, file, failure)
				}
			}()
			text, err := os.ReadFile(file)
			if err == nil {
				err = do(filepath.Base(file), text)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, file, err)
			}
		}()
	}
}

func table(generator printers.TableGenerator, name string, text []byte, out map[string]any) error {
	object, kind, err := legacyscheme.Codecs.UniversalDecoder().Decode(text, nil, nil)
	if err != nil {
		return err
	}
	stored, err := runtime.Encode(legacyscheme.Codecs.LegacyCodec(kind.GroupVersion()), object)
	if err != nil {
		return err
	}
	table, err := generator.GenerateTable(object, printers.GenerateOptions{Wide: true})
	if err != nil {
		return err
	}
	type column struct {
		Name, Type, Format string
		Priority           int32
	}
	columns, rows, conditions := []column{}, []any{}, []any{}
	for _, it := range table.ColumnDefinitions {
		columns = append(columns, column{it.Name, it.Type, it.Format, it.Priority})
	}
	for _, row := range table.Rows {
		rows = append(rows, row.Cells)
		conditions = append(conditions, append([]metav1.TableRowCondition{}, row.Conditions...))
	}
	out[name] = map[string]any{"columns": columns, "rows": rows, "conditions": conditions}
	return os.WriteFile(filepath.Join(os.Args[3], name), stored, 0o644)
}

func normalize(name string, text []byte) error {
	meta := metav1.TypeMeta{}
	if err := json.Unmarshal(text, &meta); err != nil {
		return err
	}
	object, err := scheme.Scheme.New(schema.FromAPIVersionAndKind(meta.APIVersion, meta.Kind))
	if err != nil {
		return err
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, object); err != nil {
		return err
	}
	written, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(os.Args[3], name), written, 0o644)
}

func quantities(out map[string]any) {
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		panic(err)
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		panic(err)
	}
	for _, it := range list {
		out[it] = "ERR"
		if quantity, err := resource.ParseQuantity(it); err == nil {
			out[it] = quantity.String()
		}
	}
}
