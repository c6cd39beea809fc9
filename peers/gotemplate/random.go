package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// maker makes up templates: most of them sensible, some broken.
type maker struct {
	*rand.Rand
	depth int
}

func (m *maker) of(words ...string) string { return words[m.Intn(len(words))] }

func (m *maker) template() string {
	text := m.of("{{$x := 1}}{{$y := .list}}", "{{$x := 1}}{{$y := .map}}", "{{$x := .name}}{{$y := .list}}", "{{$y := 2.5}}{{$x := list 1 nil}}")
	if m.Intn(6) != 0 {
		text += "{{define \"d\"}}<" + m.of("{{.}}", "{{.name}}", "{{$.map.one}}", m.list()) + ">{{end}}\n"
	}
	text += m.list()
	if m.Intn(12) == 0 {
		text = m.broken(text)
	}
	return text
}

// broken changes some characters.
func (m *maker) broken(text string) string {
	for range 1 + m.Intn(3) {
		if text == "" {
			return text
		}
		at := m.Intn(len(text))
		switch m.Intn(4) {
		case 0:
			text = text[:at] + text[at+1:]
		case 1:
			text = text[:at] + m.of("}", "{", "(", ")", "\"", "$", "|", ".", " ", "\n", "-", ",", ":", "=", "%", "'", "`", "é", "1", "_") + text[at:]
		case 2:
			text = text[:at] + m.of("{{end}}", "{{else}}", "{{", "}}", "{{break}}", "{{continue}}", "{{if .x}}", "{{define \"d\"}}", "{{/*", "*/}}", "nil", "{{- ", " -}}") + text[at:]
		default:
			end := min(len(text), at+m.Intn(8))
			text = text[:at] + text[end:]
		}
	}
	return text
}

func (m *maker) list() string {
	var out strings.Builder
	for range 1 + m.Intn(2) {
		out.WriteString(m.node())
	}
	return out.String()
}

func (m *maker) open() string  { return m.of("{{", "{{", "{{", "{{- ", "{{ ") }
func (m *maker) close() string { return m.of("}}", "}}", "}}", " -}}", " }}") }

func (m *maker) action(inside string) string { return m.open() + inside + m.close() }

func (m *maker) node() string {
	m.depth++
	defer func() { m.depth-- }()
	kind := m.Intn(16)
	if m.depth > 2 {
		kind = m.Intn(7)
	}
	switch kind {
	case 0:
		return m.of("text ", "\n", "a\n b", "  ", "é[", "}")
	case 1, 2, 3, 4:
		return m.action(m.pipeline())
	case 5:
		return m.action("$" + m.of("x", "y") + m.of(" := ", " := ", " = ") + m.pipeline())
	case 6:
		return m.action(m.printf())
	case 7, 8:
		text := m.action("if "+m.condition()) + m.list()
		if m.Intn(3) == 0 {
			text += m.action("else if "+m.condition()) + m.list()
		}
		if m.Intn(2) == 0 {
			text += m.action("else") + m.list()
		}
		return text + m.action("end")
	case 9:
		text := m.action("with "+m.of("", "", "$x := ")+m.pipeline()) + m.list()
		if m.Intn(4) == 0 {
			text += m.action("else with "+m.pipeline()) + m.list()
		}
		if m.Intn(2) == 0 {
			text += m.action("else") + m.list()
		}
		return text + m.action("end")
	case 10, 11:
		text := m.action("range "+m.of("", "", "$x := ", "$y, $x := ", "$x = ")+m.of(m.collection(), m.collection(), m.collection(), m.collection(), m.pipeline())) + m.list()
		if m.Intn(5) == 0 {
			text += m.action(m.of("break", "continue")) + m.of("", "x")
		}
		if m.Intn(4) == 0 {
			text += m.action("else") + m.list()
		}
		return text + m.action("end")
	case 12:
		return m.action("template \"d\" " + m.any())
	case 13:
		return m.action("include \"" + m.of("d", "d", "d", "d", "d", "e") + "\" " + m.any())
	case 14:
		return m.action("tpl " + m.of("`{{.name}}`", "`{{define \"e\"}}E{{.}}{{end}}{{include \"e\" .}}`", "\"{{.name.x}}\"", "`{{ .map.one | upper }}`", "`{{include \"d\" .}}`") + " " + m.of(".", "$", "$", "$", m.any()))
	default:
		return m.of("{{/* a comment */}}", "{{- /* {{ */ -}}") + m.action("block \"b\" "+m.operand()) + m.list() + m.action("end")
	}
}

func (m *maker) condition() string {
	switch m.Intn(4) {
	case 0:
		return m.of("eq", "ne", "lt", "le", "gt", "ge") + " " + m.text() + " " + m.text()
	case 1:
		return m.of("and", "or") + " " + m.any() + " " + m.any()
	case 2:
		return "not " + m.any()
	default:
		return m.pipeline()
	}
}

func (m *maker) collection() string {
	return m.of(".list", ".numbers", ".mixed", ".none", ".nothing", ".map", ".strings", ".int", ".int64", ".uint8", "3", "0", ".missing", ".name", ".float", "(list 1 \"b\" nil .map)", "(keys .map)", "(slice .list 1)")
}

func (m *maker) field() string {
	return m.of(".name", ".empty", ".zero", ".yes", ".no", ".null", ".html", ".list", ".numbers", ".mixed", ".none", ".nothing", ".map", ".map.one", ".map.two", ".map.deep.er.est", ".map.missing", ".map.missing.more", ".missing", ".missing.more", ".int", ".int64", ".float", ".uint8", ".strings", ".pi", ".name.more", ".int.more", ".list.more", ".k", ".mixed.x")
}

func (m *maker) constant() string {
	return m.of("1", "0", "-3", "+4", "2.5", "1e3", "0x1F", "0b101", "0o17", "017", "1_000", "'a'", "'\\n'", "1e-7", "123456789012", "9223372036854775808", "\"s\"", "\"a b\"", "\"q\\\"\\n\\t\\x41\\u00e9\"", "`raw\\n`", "true", "false", "nil", "\"one\"", "\"%v\"", "\"\\xff\"", "0x1p-2")
}

func (m *maker) operand() string {
	m.depth++
	defer func() { m.depth-- }()
	kind := m.Intn(12)
	if m.depth > 4 {
		kind = m.Intn(7)
	}
	switch kind {
	case 0, 1, 2, 3:
		return m.field()
	case 4:
		return m.constant()
	case 5:
		return m.of(".", "$", "$x", "$y", "$"+m.field(), "$x"+m.field())
	case 6:
		return m.of("null", "list", "dict", "upper")
	case 7:
		return "(" + m.pipeline() + ")" + m.of("", "", m.field())
	default:
		return "(" + m.pipeline() + ")"
	}
}

func (m *maker) pipeline() string {
	text := m.command()
	for m.Intn(16) == 0 {
		text += m.of(" | ", "|", " |\n ") + m.stage()
	}
	return text
}

func (m *maker) stage() string {
	return m.of("upper", "printf \"%v\"", "printf \"%d\"", "printf \"%s-%s\" \"a\"", "len", "not", "html", "js", "urlquery", "print", "println", "index .map", "index .list", "add 1", "half", "joined \"-\"", "joined", "keys", "eq 1", "lt 2", "and", "or 0", "list", "dict \"k\"", "$x", ".name", "slice", "call", "fail", "null", ".map.one")
}

// text, number, float, any: operands that fit.
func (m *maker) text() string {
	return m.of(".name", ".empty", ".html", ".map.two", ".map.deep.er.est", "\"a b\"", "`raw\\n`", "(print "+m.field()+")", "(printf \"%v\" "+m.field()+")", "(index .list 1)", "(upper .html)", "(slice .html 1 3)", "(joined \"-\" .name \"z\")")
}

func (m *maker) number() string {
	return m.of(".int", "1", "0", "-3", "0x1F", "'a'", "(len .list)", "(len .name)", "(add 1 2)", "1_000", "1e3")
}

func (m *maker) any() string {
	return m.of(m.text(), m.number(), m.field(), m.constant(), "(list 1 2.5 nil)", "(dict \"k\" .mixed)", "(keys .map)", "(half 3)")
}

func (m *maker) sensible() string {
	switch m.Intn(14) {
	case 0:
		return "upper " + m.text()
	case 1:
		return m.text() + " | " + m.of("upper", "print", "html", "js", "urlquery", "len", "printf \"%s-%q\" \"a\"", "println", "printf \"%.2s|\"", "printf \"%-6s|\"", "printf \"%x\"", "joined \"-\" \"b\"", "list", "dict \"k\"", "eq \"x\"", "index .map", "printf \"%d\"", "printf \"%v %v\"")
	case 2:
		return m.of("eq", "ne", "lt", "le", "gt", "ge") + " " + m.text() + " " + m.text()
	case 3:
		return m.of("eq", "ne", "lt", "le", "gt", "ge") + " " + m.number() + " " + m.of(m.number(), ".uint8", ".int64")
	case 4:
		return m.of("and", "or") + " " + m.any() + " " + m.any() + m.of("", " "+m.any())
	case 5:
		return m.of("print", "println", "html", "js", "urlquery", "list") + " " + m.any() + m.of("", " "+m.any(), " "+m.any()+" "+m.any())
	case 6:
		return "add " + m.number() + " " + m.number()
	case 7:
		return "half " + m.of("1", "2.5", "(half 3)", ".float", ".pi", ".zero", "1e300", "0x10")
	case 8:
		return "index " + m.of(".list 0", ".list 3", ".list 4", ".map \"one\"", ".map \"deep\" \"er\"", ".mixed 3 \"k\"", ".mixed 2 1", ".name 0", ".map .missing", ".map 1", ".strings 1", ".numbers .uint8", ".missing 1", ".none", ".numbers -1", ".map.missing \"a\"")
	case 9:
		return "slice " + m.of(".list", ".name", ".html", ".strings", ".numbers", ".mixed") + m.of("", " 1", " 0 2", " 2 1", " 1 2 3", " 0 1 2 3", " .uint8", " 1 1")
	case 10:
		return m.of("not ", "len ", "eq nil ", "eq .missing ", "ne nil ", "eq .null ", "eq .map ", "eq .list ") + m.any()
	case 11:
		return "eq " + m.any() + " " + m.any() + " " + m.any()
	default:
		return m.any()
	}
}

func (m *maker) command() string {
	if m.Intn(16) != 0 {
		return m.sensible()
	}
	switch m.Intn(16) {
	case 0:
		return "upper " + m.operand()
	case 1:
		return m.of("index", "slice") + " " + m.operand() + " " + m.operand() + m.of("", " "+m.operand())
	case 2:
		return "len " + m.operand()
	case 3:
		return m.of("print", "println", "html", "js", "urlquery", "list") + m.of("", " "+m.operand()) + m.of("", " "+m.operand()+" "+m.operand())
	case 4:
		return "add " + m.operand() + " " + m.operand()
	case 5:
		return "half " + m.operand()
	case 6:
		return m.condition()
	case 7:
		return m.of("keys ", "fail ", "call ", "null ", "joined \"-\" \"a\" ", "tpl ") + m.operand()
	case 8:
		return "dict \"a\" " + m.operand() + " \"b\" " + m.operand()
	case 9:
		return m.printf()
	case 10:
		return m.operand() + " " + m.operand()
	default:
		return m.operand()
	}
}

func (m *maker) printf() string {
	format := ""
	count := m.Intn(4)
	for range count {
		flags := ""
		for m.Intn(3) == 0 {
			flags += m.of("+", "-", "#", "0", " ")
		}
		width := m.of("", "", "", "5", "12", "*", "[1]")
		precision := m.of("", "", "", ".2", ".0", ".", ".*", ".10", ".[2]*")
		verb := m.of("v", "v", "d", "s", "q", "x", "X", "o", "O", "b", "c", "U", "e", "E", "f", "F", "g", "G", "t", "T", "%", "w", "z", "!", "é")
		format += m.of("", "a", " ") + "%" + flags + width + precision + m.of("", "", "", "[1]", "[9]", "[x]") + verb
	}
	text := fmt.Sprintf("printf %q", format+m.of("", "", "%"))
	for range count {
		text += " " + m.of(m.any(), m.text(), m.number(), m.of(".pi", ".float", "1e6", "1e21", "1e-5", "-0.0", "123456789.0", "(half 1e-320)", "65", "128512", "-1", "\"\\xffé\"", "\"\\u0301\\u200b\""))
	}
	return text
}
