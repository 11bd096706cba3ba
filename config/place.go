package config

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// places knows the line of every key of a document.
type places struct {
	file string
	line map[string]int
}

// newPlaces notes where the keys of a valid TOML document stand.
func newPlaces(data []byte, file string) places {
	p := places{file, map[string]int{}}
	var parser unstable.Parser
	parser.Reset(data)
	walk := placer{p, &parser, 1, 0}
	table := ""
	for parser.NextExpression() {
		switch node := parser.Expression(); node.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = walk.key("", node)
		case unstable.KeyValue:
			walk.entry(table, node)
		}
	}
	return p
}

// placer walks a document from its beginning to its end.
type placer struct {
	places
	parser *unstable.Parser
	at     int // the line of the byte at offset
	offset int
}

// key notes the key of a node within a table and every table on the way to it.
func (w *placer) key(table string, node *unstable.Node) string {
	for parts := node.Key(); parts.Next(); {
		part := parts.Node()
		here := int(part.Raw.Offset)
		w.at += bytes.Count(w.parser.Data()[w.offset:here], []byte("\n"))
		w.offset = here
		table = joinKey(table, string(part.Data))
		if _, known := w.line[table]; !known {
			w.line[table] = w.at
		}
	}
	return table
}

// entry notes the key of a key-value pair, and those of a table that is its value.
func (w *placer) entry(table string, node *unstable.Node) {
	key := w.key(table, node)
	if node.Value().Kind != unstable.InlineTable {
		return
	}
	for inner := node.Value().Children(); inner.Next(); {
		if inner.Node().Kind == unstable.KeyValue {
			w.entry(key, inner.Node())
		}
	}
}

// lineOf returns the line of a key, or of the closest table around it; 0 if
// there is none.
func (p places) lineOf(key string) int {
	for key != "" {
		if line, ok := p.line[key]; ok {
			return line
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return 0
}

// of returns "file:line" of a key, if known.
func (p places) of(key string) string {
	if line := p.lineOf(key); line > 0 {
		return place(p.file, line)
	}
	return ""
}

// place is a line of a file, which may have no name.
func place(file string, line int) string {
	if file == "" {
		return fmt.Sprintf("line %d", line)
	}
	return fmt.Sprintf("%s:%d", file, line)
}
