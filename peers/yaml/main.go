// Answers how Go's YAML libraries read and write documents: frames in, frames out.
//
// A frame is one byte that says what is asked, four bytes of length, and that many bytes. An answer is one
// byte, 0 for a result and 1 for an error's text, four bytes of length, and that many bytes.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	v2 "go.yaml.in/yaml/v2"
	v3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

func main() {
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 1<<20)
	head := make([]byte, 5)
	for {
		if _, err := io.ReadFull(in, head); err != nil {
			break
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:]))
		if _, err := io.ReadFull(in, body); err != nil {
			break
		}
		result, err := answer(head[0], body)
		status := byte(0)
		if err != nil {
			status, result = 1, []byte(err.Error())
		}
		out.WriteByte(status)
		binary.BigEndian.PutUint32(head[1:], uint32(len(result)))
		out.Write(head[1:])
		out.Write(result)
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
	out.Flush()
}

func answer(what byte, body []byte) (result []byte, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v", caught)
		}
	}()
	if (what == 'j' || what == 's') && hasCollision(body) {
		return nil, fmt.Errorf("no one answer: keys of different types have one text")
	}
	switch what {
	case 'j': // sigs.k8s.io/yaml: YAML to JSON
		return yaml.YAMLToJSON(body)
	case 's': // the same, refusing duplicate keys
		return yaml.YAMLToJSONStrict(body)
	case 'k': // go-yaml v3 into plain values, as JSON
		var value any
		if err := v3.Unmarshal(body, &value); err != nil {
			return nil, err
		}
		return json.Marshal(value)
	case 'm': // JSON to YAML as sigs.k8s.io/yaml marshals it
		return yaml.JSONToYAML(body)
	case 'p': // JSON to YAML as Helm's toYamlPretty writes it
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			return nil, err
		}
		var text bytes.Buffer
		encoder := v3.NewEncoder(&text)
		encoder.SetIndent(2)
		err := encoder.Encode(value)
		return text.Bytes(), err
	case 'b': // raw bytes as one string, written by go-yaml v2
		return v2.Marshal(string(body))
	case 'B': // raw bytes as one string, written by go-yaml v3 with two spaces
		var text bytes.Buffer
		encoder := v3.NewEncoder(&text)
		encoder.SetIndent(2)
		err := encoder.Encode(map[string]any{"key": string(body)})
		return text.Bytes(), err
	case 'n': // the nodes of all documents with their places, as go-yaml v3 has them
		return nodes(body)
	case '2': // all documents as JSON, one a line, as go-yaml v2 reads them
		return documents(body)
	}
	return nil, fmt.Errorf("nothing is called %q", what)
}

// Whether keys of one map are different to go-yaml and the same in JSON: which value stays is left to chance.
func hasCollision(body []byte) bool {
	var value any
	if v2.Unmarshal(body, &value) != nil {
		return false
	}
	return collides(value)
}

func collides(value any) bool {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			if collides(item) {
				return true
			}
		}
	case map[any]any:
		seen := make(map[string]bool, len(value))
		for key, item := range value {
			text := fmt.Sprint(key)
			if number, ok := key.(float64); ok {
				text = strconv.FormatFloat(number, 'g', -1, 32)
			}
			if seen[text] || collides(item) {
				return true
			}
			seen[text] = true
		}
	}
	return false
}

func documents(body []byte) ([]byte, error) {
	var text bytes.Buffer
	decoder := v2.NewDecoder(bytes.NewReader(body))
	for {
		var value any
		err := decoder.Decode(&value)
		if err == io.EOF {
			return text.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&text, "%#v\n", value)
	}
}

func nodes(body []byte) ([]byte, error) {
	var text strings.Builder
	decoder := v3.NewDecoder(bytes.NewReader(body))
	for {
		var node v3.Node
		err := decoder.Decode(&node)
		if err == io.EOF {
			return []byte(text.String()), nil
		}
		if err != nil {
			return nil, err
		}
		tell(&text, &node, 0)
	}
}

func tell(text *strings.Builder, node *v3.Node, depth int) {
	kinds := map[v3.Kind]string{
		v3.DocumentNode: "document", v3.SequenceNode: "list", v3.MappingNode: "map", v3.ScalarNode: "scalar",
		v3.AliasNode: "alias",
	}
	styles := []struct {
		bit  v3.Style
		name string
	}{
		{v3.DoubleQuotedStyle, "double"}, {v3.SingleQuotedStyle, "single"}, {v3.LiteralStyle, "literal"},
		{v3.FoldedStyle, "folded"}, {v3.FlowStyle, "flow"},
	}
	fmt.Fprintf(text, "%d %s %d:%d", depth, kinds[node.Kind], node.Line, node.Column)
	for _, style := range styles {
		if node.Style&style.bit != 0 {
			fmt.Fprintf(text, " %s", style.name)
		}
	}
	if node.Style&v3.TaggedStyle != 0 {
		fmt.Fprintf(text, " tag=%s", node.ShortTag())
	}
	if node.Anchor != "" {
		fmt.Fprintf(text, " &%s", node.Anchor)
	}
	if node.Kind == v3.ScalarNode || node.Kind == v3.AliasNode {
		fmt.Fprintf(text, " %q", node.Value)
	}
	text.WriteByte('\n')
	for _, child := range node.Content {
		tell(text, child, depth+1)
	}
}
